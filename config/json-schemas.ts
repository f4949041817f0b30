import { z } from 'zod';
import { installationSchema } from './installation-schema.ts';
import { pipelineSchema } from './pipeline-schema.ts';

const FILES = { 'tidegate.schema.json': installationSchema, 'pipeline.schema.json': pipelineSchema } as const;

/** The JSON Schemas (draft 7, which editors read) of both files by file name, made from the schemas that read them. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  const entries = Object.entries(FILES).map(([file, schema]) => {
    const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', reused: 'inline' });
    return [file, `${JSON.stringify(json, null, 2)}\n`] as const;
  });
  return Object.fromEntries(entries);
}
