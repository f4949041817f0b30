import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';
import { startUp, type Variables } from '../running-up.ts';

/** `tidegate up` with a few releases in it, for commands to be asked about. */
export interface RunningTidegate {
  /** The folder in which commands find the server. */
  readonly folder: string;
  readonly releases: number;
  stop(): Promise<void>;
}

const RELEASES = 5;

/** The host is not there: releases come as far as their build, and no engine takes time away from what is measured. */
const INSTALLATION = `version: 1
installation: bench
registries: [{ name: main, address: '127.0.0.1:9', plainHttp: true }]
router: { image: '127.0.0.1:9/tidegate/router@sha256:${'4'.repeat(64)}' }
hosts: [{ name: nowhere, docker: 'unix:///nowhere/docker.sock' }]
build: { host: nowhere }
applications: [{ name: shop, source: { git: ./shop } }]
environments:
  - { name: staging, hosts: [nowhere] }
  - { name: production, hosts: [nowhere] }
`;

const PIPELINE = `version: 1
application: shop
components:
  web: { repository: shop/web, build: { context: . } }
stages:
  - { name: build, kind: build }
  - { name: staging, kind: deploy, needs: [build], environment: staging }
  - { name: production, kind: deploy, needs: [staging], environment: production }
`;

/** Starts everything in one process, on free ports, and makes five releases. Throws NeverCame with what the process said, CommandFailed. */
export async function startTidegate(cli: string, environment: Variables): Promise<RunningTidegate> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-cli-'));
  await writeFile(join(folder, 'tidegate.yaml'), INSTALLATION);
  const commits = await makeSource(join(folder, 'shop'));
  const up = await startUp(cli, folder, environment);
  const stop = async (): Promise<void> => {
    await up.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const commit of commits)
      await runCommand(process.execPath, [cli, 'release', 'create', 'shop', '--commit', commit, '--json'], {
        cwd: folder,
        env: environment,
      });
    return { folder, releases: commits.length, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A repository with as many commits as there are to be releases. */
async function makeSource(folder: string): Promise<readonly string[]> {
  await mkdir(folder);
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com'];
  const git = (...words: string[]): Promise<string> => runCommand('git', [...who, ...words], { cwd: folder });
  await git('init', '--quiet');
  await writeFile(join(folder, 'pipeline.yaml'), PIPELINE);
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  await git('add', '.');
  const commits: string[] = [];
  for (let number = 1; number <= RELEASES; number += 1) {
    await git('commit', '--quiet', '--allow-empty', '--message', `change ${number}`);
    commits.push((await git('rev-parse', 'HEAD')).trim());
  }
  return commits;
}
