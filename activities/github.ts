import { Context } from '@temporalio/activity';
import type { CheckNews } from '../domain/check-run.ts';
import type { DeploymentNews } from '../domain/deployment-news.ts';
import { asGitHubFailure } from './github/as-failure.ts';
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

/** What belongs to a status, and may be told later than it. */
export interface StageDetails extends Pick<CommitStatus, 'application' | 'commit' | 'context' | 'release'> {
  readonly deployments?: readonly DeploymentNews[];
  readonly check?: CheckNews;
}

/** What came of a report whose status was told, or refused while something else is still to be told. */
export interface Told {
  /** What GitHub could not take now. */
  readonly untold?: StageDetails;
  /** What it refused for good, in words. */
  readonly refused?: readonly string[];
  /** True where the status itself is among the refused. */
  readonly isStatusRefused?: true;
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
     * Tells the status, and then what belongs to it. Fails as GitHubUnavailable while the status cannot be told, to be retried when GitHub asked for it, or
     * as GitHubRefused, for good. What else cannot be told now is handed back: the status is told by itself. Beats, so that a killed worker's report
     * is made again at once.
     */
    reportStatus: ({ deployments, check, ...status }: StageReport): Promise<Told | undefined> =>
      beatingGitHub(async (telling) => {
        const refused = await refusalOf(() => github.statuses.report(status, telling));
        const { application, commit, context, release } = status;
        const details = { application, commit, context, ...(release !== undefined && { release }), deployments, check };
        const left = await tellWhatIsPossible(github, withoutGaps(details), telling);
        if (refused === undefined) return left;
        if (left?.untold === undefined) throw new GitHubRefused([refused, ...(left?.refused ?? [])].join('\n'));
        return { ...left, refused: [refused, ...(left.refused ?? [])], isStatusRefused: true };
      }),

    /** Tells what a status left behind; it may have arrived. Fails as `reportStatus` does. */
    reportDetails: (details: StageDetails): Promise<void> =>
      beatingGitHub(async ({ signal }) => {
        const refusals: string[] = [];
        for (const part of partsOf(github, details, { signal, isRepeat: true })) {
          const refused = await refusalOf(part.tell);
          if (refused !== undefined) refusals.push(refused);
        }
        if (refusals.length > 0) throw new GitHubRefused(refusals.join('\n'));
      }),
  };
}

function beatingGitHub<Result>(act: (telling: Telling) => Promise<Result>): Promise<Result> {
  return withHeartbeat(async ({ signal }) => {
    try {
      return await act({ signal, isRepeat: Context.current().info.attempt > 1 });
    } catch (error) {
      throw asGitHubFailure(error);
    }
  });
}

interface Part {
  readonly tell: () => Promise<void>;
  readonly left: Pick<StageDetails, 'deployments' | 'check'>;
}

function partsOf({ deployments: reports, checks }: GitHub, details: StageDetails, telling: Telling): readonly Part[] {
  const { deployments = [], check } = details;
  return [
    ...deployments.map((news) => ({ tell: () => reports.report(news, details, telling), left: { deployments: [news] } })),
    ...(check === undefined || checks === undefined ? [] : [{ tell: () => checks.report(check, details, telling), left: { check } }]),
  ];
}

/** Once GitHub could not take one of them, nothing more is asked of it now; what it refuses is no reason to keep the others from it. */
async function tellWhatIsPossible(github: GitHub, details: StageDetails, telling: Telling): Promise<Told | undefined> {
  const refusals: string[] = [];
  const parts = partsOf(github, details, telling);
  for (const [index, { tell }] of parts.entries()) {
    try {
      const refused = await refusalOf(tell);
      if (refused !== undefined) refusals.push(refused);
    } catch (error) {
      if (!(error instanceof GitHubUnavailable)) throw error;
      return { untold: restOf(details, parts.slice(index)), ...(refusals.length > 0 && { refused: refusals }) };
    }
  }
  return refusals.length === 0 ? undefined : { refused: refusals };
}

function restOf({ application, commit, context, release }: StageDetails, parts: readonly Part[]): StageDetails {
  const deployments = parts.flatMap(({ left }) => left.deployments ?? []);
  const check = parts.find(({ left }) => left.check !== undefined)?.left.check;
  return withoutGaps({ application, commit, context, release, deployments: deployments.length > 0 ? deployments : undefined, check });
}

/** What GitHub said when it refused; undefined where it did not. */
async function refusalOf(tell: () => Promise<void>): Promise<string | undefined> {
  try {
    await tell();
    return undefined;
  } catch (error) {
    if (error instanceof GitHubRefused) return error.message;
    throw error;
  }
}

type Gaps<Whole> = { readonly [Key in keyof Whole]: Whole[Key] | undefined };

function withoutGaps(details: Gaps<StageDetails>): StageDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)) as unknown as StageDetails;
}
