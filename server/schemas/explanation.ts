import { z } from 'zod';
import type { StageExplanation } from '../../domain/gates/explain.ts';
import { listOf } from './parts.ts';
import { gateReportSchema, stageKindSchema } from './release.ts';

const stageExplanationSchema = z
  .object({
    stage: z.string(),
    environment: z.string().exactOptional(),
    state: stageKindSchema,
    hindrances: listOf(
      z.object({ reason: z.string(), todo: z.string().exactOptional().meta({ description: 'What to do about it' }) }),
    ).meta({ description: 'What comes before the stage, or has ended it' }),
    gates: listOf(gateReportSchema).meta({ description: 'Every gate of the stage, as it is judged now' }),
  })
  .meta({ id: 'StageExplanation' }) satisfies z.ZodType<StageExplanation>;

export const explanationSchema = z.object({ stages: listOf(stageExplanationSchema) }).meta({ id: 'Explanation' });
