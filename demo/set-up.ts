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

/** What this demo is called where others might be. */
export type Names = Pick<DemoRecord, 'installation' | 'namespace'>;

export interface Setting {
  readonly cast: Cast;
  readonly tidegate: RunningTidegate;
}

/** Two checkouts on one machine have installations of different names; on a Temporal of the user's each demo begins in a namespace of its own. */
export function namesOf(options: DemoOptions, folder: DemoFolder): Names {
  const installation = `demo-${createHash('sha256').update(folder.root).digest('hex').slice(0, 8)}`;
  if (options.temporalAddress === undefined) return { installation };
  return { installation, namespace: { address: options.temporalAddress, name: `${installation}-${randomBytes(3).toString('hex')}` } };
}

export interface SetUp {
  readonly options: DemoOptions;
  readonly folder: DemoFolder;
  readonly names: Names;
  readonly teller: Teller;
  readonly signal: AbortSignal;
}

/** Step 1: everything that the story needs. */
export async function setUp(start: SetUp): Promise<Setting> {
  const { options, folder, names, teller, signal } = start;
  await rm(folder.logs, { recursive: true, force: true });
  await mkdir(folder.logs, { recursive: true });
  const site = await startSite(options, placeOf(options, folder, names.installation), teller);
  signal.throwIfAborted();
  const { commits } = await teller.timed(
    () => createApplicationRepository({ directory: folder.repository, baseImage: site.baseImage }),
    () => `git repository of the application at ${folder.repository}, three commits`,
  );
  const github = await teller.timed(
    () => startGitHub(options, folder, signal),
    ({ description }) => `GitHub: ${description}`,
  );
  await writeConfiguration(folder, names, site, github);
  const tidegate = await startTidegateTold(start);
  const witness = new Witness(site.hosts, REPOSITORIES);
  await witness.watch();
  const cli = new CommandLine(folder, teller, options.variables, signal);
  return { tidegate, cast: { site, cli, witness, github, commits, repositories: REPOSITORIES, teller } };
}

function placeOf({ docker = '' }: DemoOptions, folder: DemoFolder, installation: string): SitePlace {
  return {
    root: folder.root,
    installation,
    remember: (facts) => remember(folder, facts),
    rememberPulled: (missing, there) => rememberPulled(folder, docker, missing, there),
  };
}

function startGitHub(options: DemoOptions, folder: DemoFolder, signal: AbortSignal): Promise<GitHubPlace> {
  if (options.github !== undefined) return useGitHub(options.github, folder, options.variables);
  return startGitHubHere(folder, options.variables, signal);
}

async function writeConfiguration(
  folder: DemoFolder,
  { installation, namespace }: Names,
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

async function startTidegateTold({ options, folder, names, teller, signal }: SetUp): Promise<RunningTidegate> {
  const { namespace } = names;
  const start = async () => {
    if (namespace !== undefined) await makeNamespace(namespace.address, namespace.name);
    return startTidegate(folder, options.variables, signal);
  };
  return teller.timed(start, ({ url, temporal, console }) => {
    const itsConsole = console === undefined ? '' : `, its console at ${console}`;
    return `tidegate up: API and worker at ${url}, Temporal at ${temporal}${itsConsole}`;
  });
}
