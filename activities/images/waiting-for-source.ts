import { ApplicationFailure, asyncLocalStorage } from '@temporalio/activity';
import { GitHubUnavailable } from '../github/errors.ts';
import { SourceUnavailable } from './errors.ts';

/** After each attempt but the last that the workflow allows: seconds for what passes at once, together more than half an hour. */
const PAUSES_MS = [1_000, 5_000, 20_000, 60_000, 240_000, 600_000, 1_200_000];

/**
 * A source that GitHub does not hand out now is waited for, as long as GitHub asks and for its usual outages: a push is told once, and nobody begins its release
 * again. Everything else passes as it is, also a source that we may not read.
 */
export async function waitingForSource<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SourceUnavailable) || !(error.cause instanceof GitHubUnavailable)) throw error;
    const pause = PAUSES_MS[(asyncLocalStorage.getStore()?.info.attempt ?? 1) - 1] ?? 0;
    const nextRetryDelay = Math.max(pause, error.cause.retryAfterMs ?? 0);
    throw ApplicationFailure.create({ message: error.message, type: error.name, cause: error, nextRetryDelay });
  }
}
