import { ApplicationFailure } from '@temporalio/activity';
import { GitHubRefused, GitHubUnavailable } from './github/errors.ts';
import { withHeartbeat } from './with-heartbeat.ts';

/** A commit status, as GitHub takes it: https://docs.github.com/rest/commits/statuses */
export interface CommitStatus {
  readonly application: string;
  readonly commit: string;
  /** `tidegate/<stage>`. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** Cut to 140 characters by the adapter. */
  readonly description: string;
  readonly targetUrl?: string;
}

/** Tells GitHub how a stage stands. An application without a GitHub repository is told nowhere. */
export interface CommitStatuses {
  /** Throws GitHubRefused (terminal) or GitHubUnavailable (retryable, with the wait that GitHub asked for). */
  report(status: CommitStatus, options: { readonly signal: AbortSignal }): Promise<void>;
}

/**
 * Activities around GitHub. A status is posted without asking first whether it is there: a second one of the same kind
 * changes nothing that people or branch protection see, a retry after a lost answer adds one to the 1,000 that GitHub takes for a commit
 * and context, and a look beforehand would cost every report a second request that can fail and count against the rate limit.
 */
export function createGitHubActivities(statuses: CommitStatuses) {
  return {
    /** Fails as GitHubUnavailable, to be retried when GitHub asked for it, or as GitHubRefused, for good. Beats, so that a killed worker's report is made again at once. */
    reportStatus: (status: CommitStatus): Promise<void> =>
      withHeartbeat(async ({ signal }) => {
        try {
          await statuses.report(status, { signal });
        } catch (error) {
          throw asFailure(error);
        }
      }),
  };
}

/** Temporal waits as long as GitHub asked, instead of by its own backoff. Everything else passes as it is, cancellation above all. */
function asFailure(error: unknown): unknown {
  if (error instanceof GitHubRefused) return failure(error, { nonRetryable: true });
  if (error instanceof GitHubUnavailable)
    return failure(error, error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs });
  return error;
}

function failure(error: Error, how: { readonly nonRetryable?: true; readonly nextRetryDelay?: number }): ApplicationFailure {
  return ApplicationFailure.create({ message: error.message, type: error.name, cause: error, ...how });
}
