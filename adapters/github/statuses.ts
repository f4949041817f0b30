import { Octokit } from 'octokit';
import type { CommitStatus, CommitStatuses } from '../../activities/github.ts';
import type { Secret } from '../../domain/secret.ts';
import { cutDescription } from './description.ts';
import { type Attempt, failureOf, strangeAnswer, unusableToken } from './failure.ts';

export interface GitHubRepository {
  readonly owner: string;
  readonly repo: string;
}

export interface GitHubStatusesOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly token: Secret;
  /** An application's repository; undefined where it has none on GitHub. */
  readonly repositories: (application: string) => GitHubRepository | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How long a request may take; 10 s by default. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;

/**
 * Commit statuses on GitHub, by https://docs.github.com/rest/commits/statuses#create-a-commit-status
 * One request for each report. Throws what CommitStatuses says; an aborted signal rejects with its reason.
 */
export function createGitHubStatuses(options: GitHubStatusesOptions): CommitStatuses {
  const octokit = createClient(options.apiUrl);
  return {
    report: async (status, { signal }) => {
      const repository = options.repositories(status.application);
      if (repository !== undefined) await post(octokit, { status, repository, options, signal });
    },
  };
}

/**
 * Without octokit's own retries and pacing, so that waiting has one owner, Temporal: a wait inside the client would be spent from the
 * activity's time, would hold a worker's slot, would be forgotten when the worker dies, and knows nothing of other workers.
 */
function createClient(apiUrl: string): Octokit {
  return new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'tidegate',
    retry: { enabled: false },
    throttle: { enabled: false },
  });
}

interface Report {
  readonly status: CommitStatus;
  readonly repository: GitHubRepository;
  readonly options: GitHubStatusesOptions;
  readonly signal: AbortSignal;
}

async function post(octokit: Octokit, report: Report): Promise<void> {
  const attempt = attemptOf(report);
  if (!/^[\x21-\x7e]+$/.test(report.options.token.reveal())) throw unusableToken(attempt);
  const answered = await send(octokit, report, attempt).catch((error: unknown) => {
    // Cancellation is not GitHub's failure.
    report.signal.throwIfAborted();
    throw failureOf(error, attempt);
  });
  // A redirect turned into a read also answers without an error.
  if (answered !== 201) throw strangeAnswer(answered, attempt);
}

async function send(octokit: Octokit, { status, repository, options, signal }: Report, { deadline }: Attempt): Promise<number> {
  const answer = await octokit.rest.repos.createCommitStatus({
    ...repository,
    sha: status.commit,
    state: status.state,
    context: status.context,
    description: cutDescription(status.description),
    ...(status.targetUrl === undefined ? {} : { target_url: status.targetUrl }),
    // Revealed for this request alone, so that no client keeps it.
    headers: { authorization: `Bearer ${options.token.reveal()}` },
    request: { signal: AbortSignal.any([signal, deadline]) },
  });
  return answer.status;
}

function attemptOf({ status, repository, options }: Report): Attempt {
  const name = `${repository.owner}/${repository.repo}`;
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  return {
    host: new URL(options.apiUrl).host,
    repository: name,
    what: `the status ${status.context} of ${name} at ${status.commit.slice(0, 12)}`,
    deadlineMs,
    deadline: AbortSignal.timeout(deadlineMs),
    token: options.token,
    now: options.clock(),
  };
}
