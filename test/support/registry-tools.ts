import { it } from '@jest/globals';
import { runCommand } from '../../lab/command.ts';
import { findRegistryTool, howToGet, type RegistryTool } from '../../lab/registry-tools.ts';

type Client = Exclude<RegistryTool, 'distribution'>;

/** Runs a client of registries in `folder`, over plain HTTP and without anybody's settings, and returns what it printed. */
export type RunClient = (client: Client, ...args: readonly string[]) => Promise<string>;

const CLIENTS: readonly Client[] = ['crane', 'regctl', 'oras', 'skopeo', 'cosign'];
const programs = new Map<RegistryTool, string>();
for (const name of [...CLIENTS, 'distribution'] as const) {
  const path = await findRegistryTool(name, process.env);
  if (path !== undefined) programs.set(name, path);
}

/** A test that takes clients of registries; where one is not there it is left out, and why is printed. */
export function itWith(clients: readonly Client[], title: string, test: () => Promise<void>): void {
  const missing = clients.filter((name) => !programs.has(name));
  if (missing.length === 0) it(title, test);
  else {
    for (const name of missing) leftOut(`'${title}'`, name);
    it.skip(title, test);
  }
}

/** Clients that keep what they keep in `folder`, which is also where they find files. */
export function clientsIn(folder: string): RunClient {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    DOCKER_CONFIG: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_DATA_HOME: folder,
    COSIGN_PASSWORD: '',
  };
  return (client, ...args) => runCommand(programs.get(client) ?? client, args, { cwd: folder, env });
}

/** A registry that tests are run against. */
export interface RegistryUnderTest {
  readonly title: string;
  readonly program: string | undefined;
}

/** Debian's registry (distribution 2.8) and distribution 3, or the first alone, and why is printed. */
export function eachRegistry(): readonly RegistryUnderTest[] {
  const debian = { title: "Debian's docker-registry", program: undefined };
  const third = programs.get('distribution');
  if (third !== undefined) return [debian, { title: 'distribution 3', program: third }];
  leftOut('The same against distribution 3', 'distribution');
  return [debian];
}

function leftOut(what: string, tool: RegistryTool): void {
  process.stderr.write(
    `Left out: ${what}, as ${tool} is not there. 'npm test' builds or installs it where it can; by hand: ${howToGet(tool)}\n`,
  );
}
