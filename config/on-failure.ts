import { z } from 'zod';
import { duration } from './scalars.ts';

/** Whether a person is asked when a host fails, in both files. */
export const onFailure = () =>
  z
    .strictObject({
      ask: z.boolean().default(true).describe('Whether a person is asked; without, everything goes back at once'),
      deadline: duration({ min: 1_000, max: 7 * 86_400_000 })
        .prefault('30m')
        .describe('How long a person has to answer'),
      default: z.enum(['skip', 'exclude', 'roll-back']).default('roll-back').describe('What happens when nobody does'),
    })
    .transform(({ deadline, ...rule }) => ({ ...rule, deadlineMs: deadline }));
