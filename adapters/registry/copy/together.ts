import { setMaxListeners } from 'node:events';

/**
 * Does everything side by side. The first failure stops the others; it is thrown when all have ended, so that nothing of a failed
 * attempt is still at work afterwards.
 */
export async function together<const Work extends readonly Promise<unknown>[]>(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // As many as there is work; Node would take them for a leak.
  setMaxListeners(0, either);
  const failures: unknown[] = [];
  const work = begin(either);
  const watched = work.map((one) =>
    one.catch((error: unknown) => {
      failures.push(error);
      stop.abort(error);
    }),
  );
  await Promise.all(watched);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return (await Promise.all(work)) as { -readonly [Index in keyof Work]: Awaited<Work[Index]> };
}
