import { checksInOrder, deploymentsInOrder } from '../activities/github/details-in-order.ts';
import { GitHubUnavailable } from '../activities/github/errors.ts';
import { inOrder } from '../activities/github/in-order.ts';
import type { GitHub } from '../activities/github.ts';
import type { GuardedRuns } from '../activities/guards.ts';
import { createAsk } from '../adapters/github/ask.ts';
import { createGitHubCheckRuns } from '../adapters/github/check-runs.ts';
import { createGitHubClient, type GitHubClient, type GitHubCredentials, type GitHubRepository } from '../adapters/github/client.ts';
import { createGitHubDeployments } from '../adapters/github/deployments.ts';
import { createGitHubReads } from '../adapters/github/github-reads.ts';
import { createGuardedRuns } from '../adapters/github/guarded-runs.ts';
import type { GitHubReads } from '../adapters/github/reads.ts';
import { createGitHubStatuses, type GitHubPlaces } from '../adapters/github/statuses.ts';
import type { Words } from '../adapters/ledger/words/open-words.ts';
import type { SecretResolver } from '../adapters/secrets/resolve.ts';
import type { Installation } from '../config/installation.ts';
import type { GitHubInstallation } from '../config/settings/outside.ts';

/** An installation without GitHub tells nobody. `words` is what is to be shown of each commit. */
export async function connectGitHub(installation: Installation, secrets: SecretResolver, words: Words): Promise<GitHub> {
  const { github } = installation;
  if (github === undefined) return { statuses: SILENT, deployments: SILENT };
  const client = gitHubClient(github, secrets);
  const places = placesOf(installation);
  return {
    statuses: inOrder(createGitHubStatuses(client, places), words.statuses),
    deployments: deploymentsInOrder(createGitHubDeployments(client, places, installation.name), words.deployments),
    ...(github.credentials.kind === 'app' && { checks: checksInOrder(createGitHubCheckRuns(client, places), words.checks) }),
  };
}

/** What deliveries of GitHub are read again with; undefined where the installation has no GitHub: nothing it sends is believed then. */
export async function connectGitHubReads({ github }: Installation, secrets: SecretResolver): Promise<GitHubReads | undefined> {
  return github === undefined ? undefined : createGitHubReads(createAsk(gitHubClient(github, secrets)));
}

/** Runs of GitHub Actions that environments hold back; without a GitHub nobody knows of any. */
export async function connectGuardedRuns({ github }: Installation, secrets: SecretResolver): Promise<GuardedRuns> {
  if (github === undefined)
    return { read: async () => undefined, objectionToReach: async () => 'there is no GitHub', tell: async () => undefined };
  const ask = createAsk(gitHubClient(github, secrets));
  return createGuardedRuns(ask, createGitHubReads(ask));
}

/**
 * A client of the installation's GitHub. Its secrets and its authority are read when something is asked for the first time, and again while they cannot be: GitHub is a
 * courtesy, and what is missing for it keeps no worker from starting and nothing from going back. Asked meanwhile it throws GitHubUnavailable.
 */
export function gitHubClient(github: GitHubInstallation, secrets: SecretResolver): GitHubClient {
  let opening: Promise<GitHubClient> | undefined;
  const opened = (): Promise<GitHubClient> => {
    opening ??= open(github, secrets).catch((cause: unknown) => {
      opening = undefined;
      throw notReady(github.api, cause);
    });
    return opening;
  };
  return { ask: async (question, signal, send) => (await opened()).ask(question, signal, send) };
}

async function open({ api, ca, credentials }: GitHubInstallation, secrets: SecretResolver): Promise<GitHubClient> {
  return createGitHubClient({
    apiUrl: api,
    ...(ca !== undefined && { ca }),
    credentials: await revealed(credentials, secrets),
    clock: Date.now,
  });
}

function notReady(api: string, cause: unknown): GitHubUnavailable {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new GitHubUnavailable(`GitHub at ${api} is not asked before what github names in the installation file is there: ${said}`, {
    cause,
  });
}

/** The repository on GitHub whose commits are told of an application; undefined where it has none. */
export function gitHubRepository(installation: Installation, name: string): GitHubRepository | undefined {
  return repositoryNamed(installation.applications.find((application) => application.name === name)?.github?.repository);
}

/** All repositories on GitHub that an application has to do with: told of how it stands, or read as its source. */
export function gitHubRepositories({ github, source }: Installation['applications'][number]): readonly GitHubRepository[] {
  const names = [github?.repository, 'github' in source ? source.github : undefined];
  return [...new Set(names)].flatMap((name) => repositoryNamed(name) ?? []);
}

function repositoryNamed(name: string | undefined): GitHubRepository | undefined {
  const [owner, repo] = name?.split('/') ?? [];
  return owner !== undefined && repo !== undefined ? { owner, repo } : undefined;
}

/** Names on GitHub are not case-sensitive. */
function isShared({ applications }: Installation, name: string): boolean {
  const repository = (one: (typeof applications)[number]) => one.github?.repository.toLowerCase();
  const own = applications.find((application) => application.name === name);
  return own !== undefined && applications.filter((other) => repository(other) === repository(own)).length > 1;
}

async function revealed(credentials: GitHubInstallation['credentials'], secrets: SecretResolver): Promise<GitHubCredentials> {
  if (credentials.kind === 'token') return { kind: 'token', token: await secrets(credentials.token) };
  return { ...credentials, key: await secrets(credentials.key) };
}

function placesOf(installation: Installation): GitHubPlaces {
  const url = installation.server.url?.replace(/\/+$/, '');
  return {
    repository: (application) => gitHubRepository(installation, application),
    isShared: (application) => isShared(installation, application),
    page: (application, release) => url && `${url}/releases/${application}/${release}`,
    serving: (application, environment) => installation.applications.find(({ name }) => name === application)?.urls?.[environment],
  };
}

const SILENT = { report: async () => undefined };
