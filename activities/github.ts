import { ApplicationFailure, Context } from '@temporalio/activity';
import type { CheckNews } from '../domain/check-run.ts';
import type { DeploymentNews } from '../domain/deployment-news.ts';
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
  /** Absent where an earlier version told it. */
  readonly release?: number;
}

/** All that is told of one transition of a stage. */
export interface StageReport extends CommitStatus {
  /** At most one for each deployment; absent where the stage does not deploy, or not yet. */
  readonly deployments?: readonly DeploymentNews[];
  readonly check?: CheckNews;
}

/** How something is told. */
export interface Telling {
  readonly signal: AbortSignal;
  /** Whether it was tried before, and may have arrived. */
  readonly isRepeat: boolean;
}

/** What each throws: GitHubRefused (terminal) or GitHubUnavailable (retryable, with the wait that GitHub asked for). An application without a GitHub repository is told nowhere. */
export interface CommitStatuses {
  report(status: CommitStatus, telling: Telling): Promise<void>;
}

export interface DeploymentReports {
  report(news: DeploymentNews, of: Pick<CommitStatus, 'application' | 'commit'>, telling: Telling): Promise<void>;
}

export interface CheckRuns {
  report(news: CheckNews, of: Pick<CommitStatus, 'application' | 'commit' | 'release'>, telling: Telling): Promise<void>;
}

export interface GitHub {
  readonly statuses: CommitStatuses;
  readonly deployments: DeploymentReports;
  /** Absent where Tidegate is no GitHub App there: nobody else may make check runs. */
  readonly checks?: CheckRuns;
}

/**
 * Activities around GitHub. The first attempt writes without asking whether it was written: a look beforehand would cost every report a
 * request that can fail and counts against the rate limit. Later attempts look first, as the answer to an earlier one may have been lost.
 */
export function createGitHubActivities(github: GitHub) {
  return {
    /**
     * Tells the status, then the deployments, then the check run. Fails as GitHubUnavailable, to be retried when GitHub asked for it, or as
     * GitHubRefused, for good. Beats, so that a killed worker's report is made again at once.
     */
    reportStatus: (report: StageReport): Promise<void> =>
      withHeartbeat(async ({ signal }) => {
        try {
          await tellAll(github, report, { signal, isRepeat: Context.current().info.attempt > 1 });
        } catch (error) {
          throw asFailure(error);
        }
      }),
  };
}

/** What GitHub refuses of one is no reason to keep the others from it; when it is away, all of it waits. */
async function tellAll(github: GitHub, { deployments = [], check, ...status }: StageReport, telling: Telling): Promise<void> {
  const { checks } = github;
  const parts = [
    () => github.statuses.report(status, telling),
    ...deployments.map((news) => () => github.deployments.report(news, status, telling)),
    ...(check === undefined || checks === undefined ? [] : [() => checks.report(check, status, telling)]),
  ];
  const refusals: GitHubRefused[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      if (!(error instanceof GitHubRefused)) throw error;
      refusals.push(error);
    }
  }
  const [first, ...others] = refusals;
  if (first !== undefined) throw others.length === 0 ? first : new GitHubRefused(refusals.map(({ message }) => message).join('\n'));
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
