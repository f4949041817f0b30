import { z } from 'zod';
import { customIssue, duration } from './scalars.ts';

const WEEK_MS = 7 * 86_400_000;

const step = z.strictObject({
  weight: z.number().int().min(1).max(99).describe('Percent of the requests that the new version gets'),
  pause: duration({ min: 1_000, max: WEEK_MS }).describe('Until it is judged'),
});

const steps = z
  .array(step)
  .min(1)
  .max(20)
  .check((context) => {
    const { value } = context;
    value.forEach(({ weight }, index) => {
      const before = value[index - 1]?.weight ?? 0;
      if (weight > before) return;
      const message = `expected more than ${before}, the weight of the step before, and saw ${weight}`;
      context.issues.push(customIssue(weight, { message }, [index, 'weight']));
    });
  });

const times = z.number().min(1).max(1_000).default(1.5).describe('And by so many times');

const tolerance = (points: number) =>
  z.strictObject({ points: z.number().min(0).max(100).default(points).describe('Worse by more percentage points'), times }).prefault({});

const judgement = z.strictObject({
  requests: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe('That each version must have had: of fewer nobody can say that all is well'),
  failed: tolerance(1).describe('Answers of 500 and above, no answer, an answer cut short'),
  refused: tolerance(5).describe('Answers of 400 to 499'),
  latency: z
    .strictObject({ more: duration({ min: 0, max: 600_000 }).prefault('50ms').describe('Later by more'), times })
    .prefault({})
    .describe('Mean time until an answer begins'),
});

const onUnclear = z.strictObject({
  ask: z.boolean().default(true).describe('Whether a person is asked; without, the default counts at once'),
  deadline: duration({ min: 1_000, max: WEEK_MS }).prefault('30m').describe('How long a person has to answer'),
  default: z.enum(['proceed', 'roll-back']).default('roll-back').describe('What happens when nobody does'),
});

/** Which share of the requests a new version gets, for how long, and by what it is judged. */
export const canary = z.strictObject({
  steps: steps.describe('In order; after the last one all requests move'),
  judgement: judgement.prefault({}),
  onUnclear: onUnclear.prefault({}),
});

export type CanaryDocument = z.output<typeof canary>;
