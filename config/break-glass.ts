import { z } from 'zod';
import type { BreakGlassRules } from '../domain/break-glass.ts';
import { duration } from './scalars.ts';

const DAY = 86_400_000;

/** What breaking the glass means in an environment. */
export const breakGlass = () =>
  z.strictObject({
    expires: duration({ min: 60_000, max: 7 * DAY })
      .prefault('1h')
      .describe('How long a release may go past gates'),
    ratifyWithin: duration({ min: 60_000, max: 14 * DAY })
      .prefault('1d')
      .describe('How long a second person has to ratify it'),
    otherwise: z.enum(['freeze', 'rollback']).default('freeze').describe('What follows where nobody does'),
    freeze: duration({ min: 60_000, max: 366 * DAY })
      .prefault('7d')
      .describe('How long a freeze lasts that follows'),
  });

export function toBreakGlass(rules: z.output<ReturnType<typeof breakGlass>>): BreakGlassRules {
  const { expires, ratifyWithin, otherwise, freeze } = rules;
  return { expiresMs: expires, ratifyWithinMs: ratifyWithin, consequence: otherwise, freezeMs: freeze };
}
