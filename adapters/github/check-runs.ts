import type { CheckRuns, CommitStatus, Telling } from '../../activities/github.ts';
import { type CheckNews, checkNameAmongOthers } from '../../domain/check-run.ts';
import { objectIn, wholeList } from './answers.ts';
import type { GitHubClient, GitHubQuestion, GitHubRepository } from './client.ts';
import type { GitHubPlaces } from './statuses.ts';

/** https://docs.github.com/rest/checks/runs takes 65,535 characters at most. */
const SUMMARY_LIMIT = 60_000;
const TITLE_LIMIT = 200;

/**
 * Check runs of a GitHub App, by https://docs.github.com/rest/checks/runs: one for each attempt of a release's stage, found again by its
 * external id. What was completed and goes on is another run, as GitHub keeps what people saw. Throws what CommitStatuses says.
 */
export function createGitHubCheckRuns(client: GitHubClient, places: GitHubPlaces): CheckRuns {
  return {
    report: async (told, of, telling) => {
      const repository = places.repository(of.application);
      if (repository === undefined) return;
      const news = places.isShared(of.application) ? { ...told, name: checkNameAmongOthers(told.name, of.application) } : told;
      const page = of.release === undefined ? undefined : places.page(of.application, of.release);
      await tell(client, { news, repository, commit: of.commit, page }, telling);
    },
  };
}

interface Report extends Pick<CommitStatus, 'commit'> {
  readonly news: CheckNews;
  readonly repository: GitHubRepository;
  readonly page: string | undefined;
}

interface Found {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly external_id: string | null;
}

async function tell(client: GitHubClient, report: Report, telling: Telling): Promise<void> {
  const { news } = report;
  const found = await newest(client, report, telling);
  if (telling.isRepeat && found !== undefined && isThere(found, news)) return;
  if (found === undefined || (found.status === 'completed' && news.status !== 'completed')) await make(client, report, telling);
  else await change(client, report, found.id, telling);
}

/** The newest of this release's stage: others of the same name are of other releases of the commit. */
async function newest(client: GitHubClient, report: Report, { signal }: Telling): Promise<Found | undefined> {
  const { repository, commit, news } = report;
  const prefix = news.externalId.slice(0, news.externalId.lastIndexOf('/') + 1);
  const { data } = await client.ask(questionOf(report, 200), signal, (octokit, common) =>
    octokit.rest.checks.listForRef({ ...repository, ref: commit, check_name: news.name, filter: 'all', per_page: 100, ...common }),
  );
  return [...wholeList(objectIn(data).check_runs as typeof data.check_runs, 'check_runs')]
    .filter((run) => run.external_id?.startsWith(prefix) === true)
    .sort((one, other) => other.id - one.id)[0];
}

function isThere(found: Found, { status, conclusion, externalId }: CheckNews): boolean {
  return found.status === status && found.conclusion === (conclusion ?? null) && found.external_id === externalId;
}

async function make(client: GitHubClient, report: Report, { signal }: Telling): Promise<void> {
  const { repository, commit, news } = report;
  await client.ask(questionOf(report, 201), signal, (octokit, common) =>
    octokit.rest.checks.create({ ...repository, name: news.name, head_sha: commit, ...writtenOf(report), ...common }),
  );
}

async function change(client: GitHubClient, report: Report, id: number, { signal }: Telling): Promise<void> {
  await client.ask(questionOf(report, 200), signal, (octokit, common) =>
    octokit.rest.checks.update({ ...report.repository, check_run_id: id, ...writtenOf(report), ...common }),
  );
}

function writtenOf({ news, page }: Report) {
  const { externalId, status, conclusion, title, summary, actions = [] } = news;
  return {
    external_id: externalId,
    status,
    ...(conclusion !== undefined && { conclusion }),
    ...(page !== undefined && { details_url: page }),
    output: { title: title.slice(0, TITLE_LIMIT), summary: summary.slice(0, SUMMARY_LIMIT) },
    actions: [...actions],
  };
}

function questionOf({ news, repository, commit }: Report, expects: number): GitHubQuestion {
  const name = `${repository.owner}/${repository.repo}`;
  return {
    repository,
    what: `take the check run ${news.name} of ${name} at ${commit.slice(0, 12)}`,
    permission: { name: 'Checks', access: 'write', scope: 'none: an App alone may make check runs' },
    expects,
    whenInvalid: `Check that the commit was pushed to ${name}`,
  };
}
