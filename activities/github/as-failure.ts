import { ApplicationFailure } from '@temporalio/activity';
import { GitHubRefused, GitHubUnavailable } from './errors.ts';

/** Temporal waits as long as GitHub asked, instead of by its own backoff. Everything else passes as it is, cancellation above all. */
export function asGitHubFailure(error: unknown): unknown {
  if (error instanceof GitHubRefused) return failure(error, { nonRetryable: true });
  if (error instanceof GitHubUnavailable)
    return failure(error, error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs });
  return error;
}

function failure(error: Error, how: { readonly nonRetryable?: true; readonly nextRetryDelay?: number }): ApplicationFailure {
  return ApplicationFailure.create({ message: error.message, type: error.name, cause: error, ...how });
}
