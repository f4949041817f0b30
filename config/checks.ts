import { z } from 'zod';
import type { CheckRule } from '../domain/gates/rules.ts';
import { alarmUrl } from './addresses.ts';
import { filePath } from './paths.ts';
import { secret } from './references.ts';
import { duration, name } from './scalars.ts';

const DAY_MS = 86_400_000;

/** Other people's systems that may be asked whether a release goes on. Where they are is for an installation's owners to say. */
export const checks = z
  .array(
    z.strictObject({
      name: name(),
      url: alarmUrl().describe('What is asked, without credentials'),
      secrets: z
        .array(secret())
        .min(1)
        .max(2)
        .describe('The first signs the question, any of them proves the answer: two while one is replaced by the other'),
      ca: z.exactOptional(filePath().describe('PEM file of authorities to trust besides the well-known ones')),
    }),
  )
  .max(50)
  .default([])
  .describe('External checks that protection of environments and pipelines can ask for by name');

/** One of them as a gate. */
export const checkRule = z
  .strictObject({
    name: name().describe('One of checks of tidegate.yaml'),
    deadline: duration({ min: 1_000, max: 30 * DAY_MS })
      .prefault('1d')
      .describe('How long the gate waits for its answer'),
  })
  .transform(({ name: check, deadline }): CheckRule => ({ name: check, deadlineMs: deadline }));
