import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import { type Granted, missingOf, type NeededPermission, PERMISSIONS } from '../../domain/github-permissions.ts';
import type { GitHubAnswer, GitHubClient, GitHubQuestion, GitHubRepository } from './client.ts';

/** What GitHub says of our rights in a repository. */
export interface RightsReport {
  /** How GitHub was asked: an App's and a classic token's rights are told, those of a fine-grained token are tried without writing anything. */
  readonly kind: 'app' | 'classic' | 'fine-grained';
  readonly missing: readonly NeededPermission[];
  /** What could not be tried; absent where GitHub told all. */
  readonly untried?: readonly NeededPermission[];
  /** What an App is sent; absent where GitHub does not say. */
  readonly events?: readonly string[];
  /** Why nothing can work, whatever is granted; absent where something can. */
  readonly fault?: string;
}

const METADATA = { name: 'Metadata', access: 'read', scope: 'repo' } as const;
/** No commit has it, so that whoever may write is told 422 and nothing is written. */
const NO_COMMIT = '0'.repeat(40);

/** Whether GitHub is there and knows us: as the App, or by the token. Throws what GitHubClient.ask does. */
export async function knock(client: GitHubClient, isApp: boolean, signal: AbortSignal): Promise<void> {
  const question = { ...aboutUs(), ...(isApp && { asApp: true as const }) };
  if (isApp) await client.ask(question, signal, (octokit, common) => octokit.rest.apps.getAuthenticated({ ...common }));
  else await client.ask(question, signal, (octokit, common) => octokit.rest.rateLimit.get({ ...common }));
}

/** Reads which permissions are missing in a repository. Throws what GitHubClient.ask does. */
export function readRights(client: GitHubClient, repository: GitHubRepository, isApp: boolean, signal: AbortSignal): Promise<RightsReport> {
  return isApp ? rightsOfApp(client, repository, signal) : rightsOfToken(client, repository, signal);
}

async function rightsOfApp(client: GitHubClient, repository: GitHubRepository, signal: AbortSignal): Promise<RightsReport> {
  const question = { ...questionOf(repository, 'tell the installation of the App at'), asApp: true } as const;
  const { data } = await client.ask(question, signal, (octokit, common) =>
    octokit.rest.apps.getRepoInstallation({ ...repository, ...common }),
  );
  const missing = missingOf({ kind: 'app', permissions: data.permissions as Granted });
  const fault = data.suspended_at == null ? {} : { fault: 'The installation of the App is suspended' };
  return { kind: 'app', missing, events: data.events, ...fault };
}

async function rightsOfToken(client: GitHubClient, repository: GitHubRepository, signal: AbortSignal): Promise<RightsReport> {
  const { data, headers } = await client.ask(questionOf(repository, 'tell of the repository'), signal, (octokit, common) =>
    octokit.rest.repos.get({ ...repository, ...common }),
  );
  const scopes = headers['x-oauth-scopes'];
  if (scopes === undefined) return { kind: 'fine-grained', missing: await tried(client, repository, signal), untried: UNTRIED };
  const missing = missingOf({ kind: 'classic', scopes: String(scopes).split(/,\s*/), isPrivate: data.private });
  const fault = data.permissions?.push === false ? { fault: "The token's owner may not write to the repository" } : {};
  return { kind: 'classic', missing, ...fault };
}

/** A fine-grained token tells nobody what it may do; GitHub refuses first whoever may not, and then what is wrong. */
async function tried(client: GitHubClient, repository: GitHubRepository, signal: AbortSignal): Promise<readonly NeededPermission[]> {
  const missing: NeededPermission[] = [];
  for (const needed of PERMISSIONS) if (!(await isGranted(client, repository, needed, signal))) missing.push(needed);
  return missing;
}

async function isGranted(
  client: GitHubClient,
  repository: GitHubRepository,
  needed: NeededPermission,
  signal: AbortSignal,
): Promise<boolean> {
  const send = TRIALS[needed.key];
  if (send === undefined) return true;
  const question = { ...questionOf(repository, 'refuse what is not there, in'), expects: 422 };
  try {
    await client.ask(question, signal, (octokit, common) => send({ octokit, common, repository }));
    return true;
  } catch (error) {
    if (!(error instanceof GitHubRefused || error instanceof GitHubUnavailable)) throw error;
    if (/ saw 403 /.test(error.message) && error instanceof GitHubRefused) return false;
    if (/ saw (404|409|410|422) | answered 200 /.test(error.message)) return true;
    throw error;
  }
}

type Trial = (of: {
  readonly octokit: Parameters<Parameters<GitHubClient['ask']>[2]>[0];
  readonly common: Parameters<Parameters<GitHubClient['ask']>[2]>[1];
  readonly repository: GitHubRepository;
}) => Promise<GitHubAnswer<unknown>>;

const TRIALS: Readonly<Record<string, Trial>> = {
  statuses: ({ octokit, common, repository }) =>
    octokit.rest.repos.createCommitStatus({ ...repository, sha: NO_COMMIT, state: 'pending', context: 'tidegate/check', ...common }),
  deployments: ({ octokit, common, repository }) =>
    octokit.rest.repos.createDeploymentStatus({ ...repository, deployment_id: 0, state: 'inactive', ...common }),
  contents: ({ octokit, common, repository }) =>
    octokit.rest.git.getRef({ ...repository, ref: 'heads/tidegate/no-such-branch', ...common }),
  actions: ({ octokit, common, repository }) => octokit.rest.actions.getWorkflowRun({ ...repository, run_id: 0, ...common }),
  repository_hooks: ({ octokit, common, repository }) => octokit.rest.repos.listWebhooks({ ...repository, per_page: 1, ...common }),
  issues: ({ octokit, common, repository }) =>
    octokit.rest.issues.createComment({ ...repository, issue_number: 0, body: 'tidegate github check', ...common }),
};

/** Reading the repository was tried by reading it, and no token may make check runs. */
const UNTRIED = PERMISSIONS.filter(({ key }) => TRIALS[key] === undefined && key !== 'metadata' && key !== 'checks');

function aboutUs(): GitHubQuestion {
  return { repository: { owner: '', repo: '' }, what: 'know who asks', permission: METADATA, expects: 200 };
}

function questionOf(repository: GitHubRepository, what: string): GitHubQuestion {
  return { repository, what: `${what} ${repository.owner}/${repository.repo}`, permission: METADATA, expects: 200 };
}
