import { type Context, connect } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type FilterOptions, filterOf } from './filter.ts';
import { filtered, provable } from './lines.ts';
import { writeLines } from './write-file.ts';

export interface ExportOptions extends FilterOptions {
  readonly format: 'jsonl' | 'csv' | 'cef';
  readonly output?: string;
}

/** All records, page by page: of a ledger that grows meanwhile, those that were there when it began. */
export async function exportRecords(context: Context, application: string | undefined, options: ExportOptions): Promise<ExitCode> {
  const filter = filterOf(application, options);
  const { format, output } = options;
  if (format === 'jsonl' && Object.keys(filter).length > 0)
    throw new UsageError(
      'An export that proves itself has every record',
      "take the filters away, or choose '--format csv' or '--format cef'",
    );
  const client = await connect(context, options);
  const { size } = await client.audit.checkpoint();
  const lines = format === 'jsonl' ? provable(client) : filtered(client, { ...filter, last: String(size) }, context.version, format);
  if (output === undefined) await print(context, lines);
  else await keep(context, output, lines, format);
  return EXIT.done;
}

async function print({ terminal: { out } }: Context, lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) {
    out.write(line);
    await out.drained();
  }
}

async function keep({ terminal: { err } }: Context, file: string, lines: AsyncIterable<string>, format: string): Promise<void> {
  await writeLines(file, lines);
  err.line(format === 'jsonl' ? `The ledger is in ${file}; 'tidegate audit verify ${file}' looks whether it is whole` : `It is in ${file}`);
}
