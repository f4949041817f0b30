import { setTimeout as delay } from 'node:timers/promises';
import { RegistryBusy, RegistryUnavailable } from '../../../activities/registry/errors.ts';

const REPETITIONS = 4;
const FIRST_DELAY_MS = 200;

/** A step that has taken this long is not begun again, and a registry that wants to be left alone for longer is left alone. */
const PATIENCE_MS = 20_000;

/** Does a step of a copy, and again when the registry could not for a moment: one bad answer of hundreds must not end it all. */
export async function patiently<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let repetition = 0; ; repetition += 1) {
    try {
      return await step();
    } catch (error) {
      const pause = pauseAfter(error, FIRST_DELAY_MS * 2 ** repetition);
      if (pause === undefined || repetition >= REPETITIONS || performance.now() + pause > end) throw error;
      await delay(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** Milliseconds until it is worth another try; undefined when it is worth none. */
function pauseAfter(error: unknown, usual: number): number | undefined {
  if (error instanceof RegistryBusy) return error.retryAfterMs ?? usual * 2;
  return error instanceof RegistryUnavailable ? usual : undefined;
}
