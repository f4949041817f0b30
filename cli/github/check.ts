import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import type { GitHubClient, GitHubRepository } from '../../adapters/github/client.ts';
import { type RightsReport, readRights } from '../../adapters/github/permissions.ts';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import { loadInstallation } from '../../config/installation-file.ts';
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
interface Checked extends Partial<RightsReport> {
  readonly application: string;
  readonly repository: string;
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
  const isWell = results.every(({ problem, fault, missing = [] }) => problem === undefined && fault === undefined && missing.length === 0);
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
    return { ...named, ...(await readRights(client, repository, isApp, signal)) };
  } catch (error) {
    if (!(error instanceof GitHubRefused || error instanceof GitHubUnavailable)) throw error;
    return { ...named, problem: oneLine(plain(error.message), 400) };
  }
}

function show(
  { terminal: { out } }: Context,
  { application, repository, kind, missing = [], untried = [], fault, problem }: Checked,
): void {
  const head = out.style('strong', `${application} at ${repository}`);
  const bad = problem ?? fault;
  if (bad !== undefined) out.line(`${out.style('bad', 'fail')}  ${head}: ${bad}`);
  else if (missing.length === 0) out.line(`${out.style('good', 'ok  ')}  ${head}: nothing is missing, ${HOW[kind ?? 'app']}`);
  else out.line(`${out.style('bad', 'fail')}  ${head}: ${missing.length} missing, ${HOW[kind ?? 'app']}`);
  for (const { name, access, purpose } of missing) out.line(`      ${name}: ${access}, ${purpose}`);
  for (const { name, access, purpose } of untried) out.line(out.style('quiet', `      not tried: ${name}: ${access}, ${purpose}`));
}
