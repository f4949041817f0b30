import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { freePort } from '../lab/registry.ts';
import { type DemoFolder, tokenFile } from './folder.ts';
import { PEOPLE, writeInstallation } from './installation-file.ts';
import type { DemoOptions } from './options.ts';
import { CommandLine } from './parts/command-line.ts';
import { type GitHubPlace, startGitHubHere, useGitHub } from './parts/github.ts';
import { makeNamespace } from './parts/temporal-namespace.ts';
import { type RunningTidegate, startTidegate } from './parts/tidegate.ts';
import { Witness } from './parts/witness.ts';
import { rememberPulled } from './pulled.ts';
import { createApplicationRepository } from './repository.ts';
import { type DemoRecord, remember } from './running.ts';
import { startSite } from './site/choose-site.ts';
import type { SitePlace } from './site/single-engine-site.ts';
import { type Cast, REPOSITORIES } from './story.ts';
import type { Teller } from './telling/teller.ts';

export interface Setting {
  readonly cast: Cast;
  readonly tidegate: RunningTidegate;
}

/** Names this checkout's installation, so that two on one machine are told apart. */
export function installationName(folder: DemoFolder): string {
  return `demo-${createHash('sha256').update(folder.root).digest('hex').slice(0, 8)}`;
}

/** Where the demo works on a Temporal of the user's; a new one each time, as each demo begins from nothing. */
export function namespaceFor(options: DemoOptions, installation: string): DemoRecord['namespace'] {
  if (options.temporalAddress === undefined) return undefined;
  return { address: options.temporalAddress, name: `${installation}-${randomBytes(3).toString('hex')}` };
}

/** Step 1: everything that the story needs. */
export async function setUp(
  options: DemoOptions,
  folder: DemoFolder,
  record: Pick<DemoRecord, 'installation' | 'namespace'>,
  teller: Teller,
  signal: AbortSignal,
): Promise<Setting> {
  const { variables } = options;
  await rm(folder.logs, { recursive: true, force: true });
  await mkdir(folder.logs, { recursive: true });
  const site = await startSite(options, placeOf(options, folder, record.installation), teller);
  signal.throwIfAborted();
  const { commits } = await teller.timed(
    () => createApplicationRepository({ directory: folder.repository, baseImage: site.baseImage }),
    () => `git repository of the application at ${folder.repository}, three commits`,
  );
  const github = await teller.timed(
    () => startGitHub(options, folder, signal),
    ({ description }) => `GitHub: ${description}`,
  );
  await writeConfiguration(folder, record, site, github);
  const tidegate = await teller.timed(
    () => startTidegateHere(options, folder, record, signal),
    ({ url, temporal, console }) =>
      `tidegate up: API and worker at ${url}, Temporal at ${temporal}${console ? `, its console at ${console}` : ''}`,
  );
  const witness = new Witness(site.hosts, REPOSITORIES);
  await witness.watch();
  const cli = new CommandLine(folder, teller, variables, signal);
  return { tidegate, cast: { site, cli, witness, github, commits, repositories: REPOSITORIES, teller } };
}

function placeOf({ docker = '' }: DemoOptions, folder: DemoFolder, installation: string): SitePlace {
  return {
    root: folder.root,
    installation,
    rememberRegistry: (registry) => remember(folder, { registry }),
    rememberPulled: (missing, there) => rememberPulled(folder, docker, missing, there),
  };
}

function startGitHub(options: DemoOptions, folder: DemoFolder, signal: AbortSignal): Promise<GitHubPlace> {
  if (options.github !== undefined) return useGitHub(options.github, folder, options.variables);
  return startGitHubHere(folder, options.variables, signal);
}

async function writeConfiguration(
  folder: DemoFolder,
  { installation, namespace }: Pick<DemoRecord, 'installation' | 'namespace'>,
  site: Cast['site'],
  github: GitHubPlace,
): Promise<void> {
  for (const person of PEOPLE) await writeFile(tokenFile(folder, person), `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  await writeInstallation(folder, {
    name: installation,
    site,
    port: await freePort('127.0.0.1'),
    github: { api: github.api, repository: github.repository, token: github.tokenReference },
    ...(namespace === undefined ? {} : { temporal: { address: namespace.address, namespace: namespace.name } }),
  });
}

async function startTidegateHere(
  { variables }: DemoOptions,
  folder: DemoFolder,
  { namespace }: Pick<DemoRecord, 'namespace'>,
  signal: AbortSignal,
): Promise<RunningTidegate> {
  if (namespace !== undefined) await makeNamespace(namespace.address, namespace.name);
  return startTidegate(folder, variables, signal);
}
