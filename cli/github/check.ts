import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import type { GitHubClient, GitHubRepository } from '../../adapters/github/client.ts';
import { type RightsReport, readRights } from '../../adapters/github/permissions.ts';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import { eventsFor, type NeededEvent, unsent } from '../../domain/github-events.ts';
import { gitHubClient, gitHubRepositories } from '../../worker/connect-github.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, plain } from '../rendering/plain.ts';

export interface GitHubCheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What was found of one application's repository. */
interface Checked extends Partial<Omit<RightsReport, 'events'>> {
  readonly application: string;
  readonly repository: string;
  /** Events that the App's webhook is to hear of, and is not sent. */
  readonly unsent?: readonly NeededEvent[];
  /** Why nothing could be found out; absent where it could. */
  readonly problem?: string;
}

const HOW = {
  app: 'as the permissions of the App say',
  classic: "as the token's scopes say",
  'fine-grained': 'as GitHub answers to requests that write nothing',
} as const satisfies Record<RightsReport['kind'], string>;

/** Asks GitHub what Tidegate may do in each application's repository. Throws UsageError where the installation names no GitHub. */
export async function check(context: Context, options: GitHubCheckOptions): Promise<ExitCode> {
  const installation = await loadInstallation(await findInstallation(options.config, context.directory));
  const client = connect(context, installation);
  const results: Checked[] = [];
  for (const application of installation.applications) {
    for (const repository of gitHubRepositories(application)) {
      const result = await checkOne(client, installation, { application: application.name, repository }, context.interrupted);
      results.push(result);
      if (!options.json) show(context, result);
    }
  }
  const isWell = results.every(({ problem, fault, ...found }) => problem === undefined && fault === undefined && lacksOf(found) === 0);
  if (options.json) printJson(context, { ok: isWell, repositories: results });
  return isWell ? EXIT.done : EXIT.failed;
}

function connect({ environment }: Context, installation: Installation): GitHubClient {
  const { github, directory } = installation;
  if (github === undefined)
    throw new UsageError(`${installation.file} has no github`, "'tidegate github setup' makes a GitHub App and says what to write there");
  return gitHubClient(github, createSecretResolver({ env: environment.variables, directory }));
}

interface Wanted {
  readonly application: string;
  readonly repository: GitHubRepository;
}

async function checkOne(
  client: GitHubClient,
  installation: Installation,
  { application, repository }: Wanted,
  signal: AbortSignal,
): Promise<Checked> {
  const named = { application, repository: `${repository.owner}/${repository.repo}` };
  try {
    const isApp = installation.github?.credentials.kind === 'app';
    const { events, ...rights } = await readRights(client, repository, isApp, signal);
    return { ...named, ...rights, ...(events !== undefined && { unsent: unsent(eventsOf(installation, application), events) }) };
  } catch (error) {
    if (!(error instanceof GitHubRefused || error instanceof GitHubUnavailable)) throw error;
    return { ...named, problem: oneLine(plain(error.message), 400) };
  }
}

/** Where the App's own webhook is not believed, another one brings what triggers wait for. */
function eventsOf({ github, applications }: Installation, name: string): readonly NeededEvent[] {
  const application = applications.find((one) => one.name === name);
  if (github?.appSecret === undefined || application?.github === undefined) return [];
  const { guards = [] } = application.github;
  return eventsFor(github.webhooks === undefined ? application.triggers : [], guards.length > 0);
}

function lacksOf({ missing = [], unsent: events = [] }: Pick<Checked, 'missing' | 'unsent'>): number {
  return missing.length + events.length;
}

function show(
  { terminal: { out } }: Context,
  { application, repository, kind, missing = [], unsent: events = [], untried = [], fault, problem }: Checked,
): void {
  const head = out.style('strong', `${application} at ${repository}`);
  const bad = problem ?? fault;
  if (bad !== undefined) out.line(`${out.style('bad', 'fail')}  ${head}: ${bad}`);
  else if (lacksOf({ missing, unsent: events }) === 0)
    out.line(`${out.style('good', 'ok  ')}  ${head}: nothing is missing, ${HOW[kind ?? 'app']}`);
  else out.line(`${out.style('bad', 'fail')}  ${head}: ${lacksOf({ missing, unsent: events })} missing, ${HOW[kind ?? 'app']}`);
  for (const { name, access, purpose } of missing) out.line(`      ${name}: ${access}, ${purpose}`);
  for (const { names, purpose } of events) out.line(`      event ${names[0]}, ${purpose}`);
  for (const { name, access, purpose } of untried) out.line(out.style('quiet', `      not tried: ${name}: ${access}, ${purpose}`));
}
