import { z } from 'zod';
import type { RunSpec } from '../domain/pipeline.ts';
import { heededSignal } from './container-schema.ts';
import { mountPath } from './paths.ts';
import { duration } from './scalars.ts';

/** One step on a host has half an hour for all that it does. */
const LONGEST_MS = 900_000;
const REQUESTS_MS = 10_000;

const bySignal = z.strictObject({
  signal: heededSignal().describe('What tells it to begin nothing more'),
  until: z
    .union([z.literal('exit'), z.strictObject({ file: mountPath() })], { error: 'expected exit, or { file: /path }' })
    .default('exit')
    .describe('When it has ended its work: it ends by itself, or makes this file'),
  timeout: duration({ min: 1_000, max: LONGEST_MS }).prefault('1m').describe('Then it is stopped as it is'),
});

/** How a component ends what it has begun: a duration for its requests, or a signal where it has no port. */
export const drain = () =>
  z.union([duration({ min: 0, max: 3_600_000 }), bySignal], { error: 'expected a duration, or { signal, until, timeout }' });

export function toDrain(document: z.output<ReturnType<typeof drain>>): Pick<RunSpec, 'drainMs' | 'drain'> {
  if (typeof document === 'number') return { drainMs: document };
  const { timeout, ...rest } = document;
  return { drainMs: REQUESTS_MS, drain: { ...rest, timeoutMs: timeout } };
}
