import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { DemoFolder } from './folder.ts';
import type { Site } from './site/site.ts';

/** Who takes part: a developer who makes releases, and a release manager who approves them. */
export const PEOPLE = ['dev', 'rita'] as const;
export type Person = (typeof PEOPLE)[number];

export interface InstallationFacts {
  readonly name: string;
  readonly site: Site;
  readonly port: number;
  readonly github: { readonly api: string; readonly repository: string; readonly token: string };
  readonly temporal?: { readonly address: string; readonly namespace: string };
}

const APPROVAL = { approvers: ['rita'], count: 1, excludeInitiator: true, deadline: '1h' };
const HEAD = '# The installation of the demo, as `npm run demo` wrote it; docs/configuration.md says what each key means.\n';

/** Writes the demo's tidegate.yaml; its paths are relative to it. */
export async function writeInstallation(folder: DemoFolder, facts: InstallationFacts): Promise<void> {
  await writeFile(folder.configuration, HEAD + stringify(installation(facts)));
}

function installation({ name, site, port, github, temporal }: InstallationFacts): object {
  return {
    version: 1,
    installation: name,
    data: 'data',
    server: { port, url: `http://127.0.0.1:${port}` },
    ...(temporal === undefined ? {} : { temporal }),
    registries: [{ name: 'main', address: site.registry, plainHttp: true }],
    router: { image: site.routerImage },
    hosts: site.hosts.map(({ name: host, docker, address, port: routerPort }) => ({ name: host, docker, address, port: routerPort })),
    build: { host: site.builder },
    tests: { host: site.builder },
    applications: [{ name: 'shop', source: { git: './shop' }, pipeline: 'pipeline.yaml', github: { repository: github.repository } }],
    environments: [
      { name: 'staging', hosts: site.staging, bake: '5s' },
      { name: 'production', hosts: site.production, bake: '10s', protection: { approval: APPROVAL } },
    ],
    github: { api: github.api, token: github.token },
    people: PEOPLE.map((person) => ({ name: person, token: `\${file:${person}.token}` })),
  };
}
