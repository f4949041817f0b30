import { jsonSchemas } from '../../config/json-schemas.ts';
import type { Context } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

const FILES = { installation: 'tidegate.schema.json', pipeline: 'pipeline.schema.json' } as const;

/** The schema that editors check a file by while it is written. */
export async function printSchema(context: Context, file: keyof typeof FILES): Promise<ExitCode> {
  const schema = jsonSchemas()[FILES[file]];
  if (schema === undefined) throw new CommandFailed(`There is no schema of ${file}`);
  context.terminal.out.write(schema);
  return EXIT.done;
}
