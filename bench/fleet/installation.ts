import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';

export const APPLICATION = 'fleet';
export const ENVIRONMENT = 'production';
export const COMPONENT = 'worker';

/** A component that nobody sends requests to: routers are real HAProxies, which nobody simulates. */
const pipeline = (repository: string) => ({
  version: 1,
  application: APPLICATION,
  components: { [COMPONENT]: { repository, health: { running: { stable: '0s', deadline: '60s' } } } },
  stages: [{ name: ENVIRONMENT, kind: 'deploy', environment: ENVIRONMENT, strategy: { rolling: { batch: '10%' } } }],
});

/** The files of an installation with a host for each engine, in a folder. JSON is YAML. */
export async function writeInstallation(folder: string, registry: string, endpoints: readonly string[]): Promise<void> {
  const hosts = endpoints.map((docker, place) => ({ name: nameOf(place), docker, port: 10_000 + place }));
  const installation = {
    version: 1,
    installation: 'bench',
    registries: [{ name: 'main', address: registry, plainHttp: true }],
    router: { image: `${registry}/tidegate/router@sha256:${'4'.repeat(64)}` },
    hosts,
    build: { host: nameOf(0) },
    applications: [{ name: APPLICATION, source: { git: './source' } }],
    environments: [{ name: ENVIRONMENT, hosts: hosts.map(({ name }) => name), bake: '1s' }],
  };
  await writeFile(join(folder, 'tidegate.yaml'), JSON.stringify(installation));
  await writeSource(join(folder, 'source'));
}

function nameOf(place: number): string {
  return `host-${place + 1}`;
}

async function writeSource(folder: string): Promise<void> {
  await mkdir(folder);
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com'];
  const git = (...words: string[]): Promise<string> => runCommand('git', [...who, ...words], { cwd: folder });
  await writeFile(join(folder, 'pipeline.yaml'), JSON.stringify(pipeline(`${APPLICATION}/${COMPONENT}`)));
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'the pipeline');
}
