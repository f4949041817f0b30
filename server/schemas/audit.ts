import { z } from 'zod';
import { instantSchema } from './parts.ts';

const MOST = 1_000;
const word = z.string().min(1).max(200);
const sequence = z.coerce.number().int().positive();

export const recordsQuerySchema = z.strictObject({
  application: word.exactOptional(),
  release: sequence.exactOptional(),
  actor: word.exactOptional(),
  action: word.exactOptional(),
  since: z.iso.datetime({ offset: true }).exactOptional().meta({ description: 'From this moment on' }),
  until: z.iso.datetime({ offset: true }).exactOptional().meta({ description: 'Before this moment' }),
  after: z.coerce.number().int().min(0).exactOptional().meta({ description: 'Of higher numbers than this; `next` of the page before' }),
  last: sequence
    .exactOptional()
    .meta({ description: 'Of no higher number than this; `next` of the page before, where the newest come first' }),
  order: z.enum(['oldest', 'newest']).default('oldest').meta({ description: 'Which come first' }),
  limit: z.coerce.number().int().min(1).max(MOST).default(100),
});

export const recordParametersSchema = z.object({ sequence });

const factsSchema = z.looseObject({ action: z.string(), at: instantSchema }).meta({ description: 'What was done, to what, and when' });

const personalSchema = z
  .object({ key: z.string(), actor: z.string(), authentication: z.string().exactOptional(), reason: z.string(), salt: z.string() })
  .meta({ description: 'Who did it and why; absent once it was erased' });

const exportedSchema = z
  .object({
    sequence: z.number().int(),
    facts: factsSchema,
    commitment: z.string().meta({ description: 'The hash of the personal part, as the leaf has it' }),
    personal: personalSchema.exactOptional(),
    hash: z.string().meta({ description: 'Of the leaf in the tree, hexadecimal' }),
  })
  .meta({ id: 'LedgerRecord' });

export const recordsSchema = z.object({ records: z.array(exportedSchema), next: z.number().int().exactOptional() });
export const recordSchema = exportedSchema;

export const proofSchema = z
  .object({
    format: z.string(),
    record: exportedSchema.omit({ hash: true }),
    inclusion: z.array(z.string()).meta({ description: 'Hashes from the leaf up, base64 (RFC 6962)' }),
    checkpoint: z.string(),
    key: z.string(),
  })
  .meta({ id: 'LedgerProof' });

export const growthQuerySchema = z.strictObject({ since: sequence.meta({ description: 'How many records it had then' }) });

export const growthSchema = z
  .object({
    format: z.string(),
    size: z.number().int(),
    root: z.string().meta({ description: 'Of the first `size` records, base64' }),
    consistency: z.array(z.string()).meta({ description: 'The consistency proof, base64 (RFC 6962)' }),
    checkpoint: z.string(),
    key: z.string(),
  })
  .meta({ id: 'LedgerGrowth' });

export const differencesSchema = z.object({
  differences: z.array(
    z.object({
      what: z.string().meta({ description: 'The decision, token, release or pass' }),
      reason: z.string().meta({ description: 'How it differs from its record, and what follows' }),
    }),
  ),
});

export const newErasureSchema = z.strictObject({
  records: z.array(z.number().int().positive()).min(1).max(MOST),
  reason: z.string().trim().min(1).max(1_000).meta({ description: 'Why; it stands in the ledger for good, so name nobody in it' }),
});

export const erasureSchema = z.object({
  erased: z.array(z.number().int()).meta({ description: 'Those that still had it' }),
});

export const checkpointSchema = z
  .object({
    checkpoint: z.string().meta({ description: 'A signed note (C2SP tlog-checkpoint)' }),
    size: z.number().int(),
    key: z.string().meta({ description: 'The public key (C2SP vkey)' }),
    checkpoints: z.number().int().meta({ description: 'How many earlier ones there are' }),
  })
  .meta({ id: 'LedgerCheckpoint' });

export const checkpointsQuerySchema = z.strictObject({ after: z.coerce.number().int().min(0), last: sequence });
export const checkpointsSchema = z.object({ checkpoints: z.array(z.object({ size: z.number().int(), checkpoint: z.string() })) });
