import { ApplicationFailure } from '@temporalio/common';

/** Whoever asks for more is asked again after an hour all the same. */
const LONGEST_MS = 3_600_000;

/** Does work at a registry, and has it repeated no sooner than the registry asked for. */
export async function heedingRetryAfter<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const delay = retryAfterOf(error);
    if (!(error instanceof Error) || delay === undefined) throw error;
    const { message, name: type } = error;
    const nextRetryDelay = Math.min(delay, LONGEST_MS);
    // Workflows are told the details of a failure alone.
    throw ApplicationFailure.create({ message, type, cause: error, nextRetryDelay, details: [{ nextRetryDelay }] });
  }
}

function retryAfterOf(error: unknown): number | undefined {
  const wanted = error instanceof Error && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof wanted === 'number' && wanted > 0 ? wanted : undefined;
}
