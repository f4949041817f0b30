import type { CommitStatus, CommitStatuses, Telling } from '../../activities/github.ts';
import { contextAmongOthers } from '../../domain/commit-status.ts';
import { wholeList } from './answers.ts';
import type { GitHubClient, GitHubQuestion, GitHubRepository } from './client.ts';
import { cutDescription } from './description.ts';

/** Where an application is, on GitHub and for people. */
export interface GitHubPlaces {
  /** An application's repository; undefined where it has none on GitHub. */
  readonly repository: (application: string) => GitHubRepository | undefined;
  /** Whether other applications are in the same repository. */
  readonly isShared: (application: string) => boolean;
  /** Where people look at a release; undefined where there is no such place. */
  readonly page: (application: string, release: number) => string | undefined;
  /** Where people use what an application serves in an environment. */
  readonly serving: (application: string, environment: string) => string | undefined;
}

/**
 * Commit statuses on GitHub, by https://docs.github.com/rest/commits/statuses#create-a-commit-status
 * One request for each report; told again, one more that looks whether the last attempt arrived. Throws what CommitStatuses says; an aborted signal
 * rejects with its reason.
 */
export function createGitHubStatuses(client: GitHubClient, places: GitHubPlaces): CommitStatuses {
  return {
    report: async (of, telling) => {
      const repository = places.repository(of.application);
      if (repository === undefined) return;
      const status = places.isShared(of.application) ? { ...of, context: contextAmongOthers(of.context, of.application) } : of;
      const written = writtenOf(status, places);
      if (telling.isRepeat && (await isThere(client, { status, repository, written }, telling))) return;
      await post(client, { status, repository, written }, telling);
    },
  };
}

interface Report {
  readonly status: CommitStatus;
  readonly repository: GitHubRepository;
  readonly written: Written;
}

/** What GitHub keeps of a status. */
interface Written {
  readonly state: CommitStatus['state'];
  readonly description: string;
  readonly target_url?: string;
}

function writtenOf(status: CommitStatus, places: GitHubPlaces): Written {
  const page = status.release === undefined ? undefined : places.page(status.application, status.release);
  const target = status.targetUrl ?? page;
  return { state: status.state, description: cutDescription(status.description), ...(target !== undefined && { target_url: target }) };
}

async function post(client: GitHubClient, { status, repository, written }: Report, { signal }: Telling): Promise<void> {
  const place = { ...repository, sha: status.commit, context: status.context };
  await client.ask(questionOf(status, repository), signal, (octokit, common) =>
    octokit.rest.repos.createCommitStatus({ ...place, ...written, ...common }),
  );
}

/** A status as it is listed. Gitea calls the state `status`, and lists those of one second in no order. */
interface Found {
  readonly id: number;
  readonly context: string;
  readonly state?: string;
  readonly status?: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

/** Whether the newest status of this context is this one: the answer to the last attempt was lost then, and a second one would count against GitHub's limit. */
async function isThere(client: GitHubClient, { status, repository, written }: Report, { signal }: Telling): Promise<boolean> {
  const asked = { ...questionOf(status, repository), expects: 200 };
  const { data } = await client.ask(asked, signal, (octokit, common) =>
    octokit.rest.repos.listCommitStatusesForRef({ ...repository, ref: status.commit, per_page: 100, ...common }),
  );
  const [newest] = wholeList<Found>(data, 'statuses')
    .filter(({ context }) => context.toLowerCase() === status.context.toLowerCase())
    .toSorted((one, other) => other.id - one.id);
  return (
    newest !== undefined &&
    (newest.state ?? newest.status) === written.state &&
    newest.description === written.description &&
    (newest.target_url ?? undefined) === written.target_url
  );
}

function questionOf({ context, commit }: CommitStatus, repository: GitHubRepository): GitHubQuestion {
  const name = `${repository.owner}/${repository.repo}`;
  return {
    repository,
    what: `take the status ${context} of ${name} at ${commit.slice(0, 12)}`,
    permission: { name: 'Commit statuses', access: 'write', scope: 'repo:status' },
    expects: 201,
    whenInvalid: `Check that the commit was pushed to ${name}; a commit and context take 1,000 statuses at most`,
  };
}
