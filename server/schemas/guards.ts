import { z } from 'zod';
import { instantSchema, listOf } from './parts.ts';

export const guardSchema = z
  .object({
    repository: z.object({ id: z.number(), name: z.string().meta({ description: '`owner/name` on GitHub' }) }),
    run: z.number().meta({ description: "GitHub's number of the run whose jobs wait" }),
    environment: z.string().meta({ description: 'As GitHub calls it' }),
    places: listOf(z.object({ application: z.string(), environment: z.string() })).meta({ description: 'What it stands for here' }),
    since: instantSchema,
    waitsFor: z.string(),
  })
  .meta({ id: 'Guard' });

export const guardListSchema = z.object({ guards: listOf(guardSchema) }).meta({ id: 'GuardList' });

export const guardEndSchema = z
  .strictObject({
    run: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
    environment: z.string().min(1).max(255).meta({ description: 'As GitHub calls it' }),
    reason: z.string().trim().min(1, 'say why').max(2_000),
  })
  .meta({ id: 'GuardEnd' });
