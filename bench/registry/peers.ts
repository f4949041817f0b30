import { runCommand } from '../../lab/command.ts';
import { findRegistryTool, howToGet, type RegistryTool } from '../../lab/registry-tools.ts';
import type { Command } from './measured-command.ts';

/** One copy: by digest, as a promotion is, to a tag. */
export interface Transfer {
  /** `HOST:PORT/PATH@sha256:…` */
  readonly from: string;
  /** `HOST:PORT/PATH:TAG` */
  readonly to: string;
  /** A folder for settings and caches, empty at the first copy to this place. */
  readonly home: string;
}

/** Another client of registries, as people call it to copy an image with all that belongs to it. */
export interface Peer {
  readonly name: Exclude<RegistryTool, 'distribution' | 'cosign'>;
  readonly version: string;
  command(transfer: Transfer): Command;
}

interface Usage {
  readonly version: readonly string[];
  /** How it is told to copy all platforms and referrers, as far as it can, over plain HTTP. */
  readonly copy: (transfer: Transfer) => readonly string[];
}

const USAGE: Readonly<Record<Peer['name'], Usage>> = {
  crane: { version: ['version'], copy: ({ from, to }) => ['copy', '--insecure', from, to] },
  regctl: {
    version: ['version', '--format', '{{.VCSTag}}'],
    copy: ({ from, to }) => ['image', 'copy', '--referrers', ...plainHosts(from, to), from, to],
  },
  oras: {
    version: ['version'],
    copy: ({ from, to }) => ['copy', '--recursive', '--no-tty', '--from-plain-http', '--to-plain-http', from, to],
  },
  skopeo: {
    version: ['--version'],
    copy: ({ from, to }) => [
      ...['--insecure-policy', 'copy', '--quiet', '--all', '--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false'],
      ...[`docker://${from}`, `docker://${to}`],
    ],
  },
};

/** The peers that are there, and for each that is missing what to type. */
export async function findPeers(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly peers: readonly Peer[]; readonly missing: Readonly<Record<string, string>> }> {
  const [peers, missing]: [Peer[], Record<string, string>] = [[], {}];
  for (const name of ['crane', 'regctl', 'oras', 'skopeo'] as const) {
    const program = await findRegistryTool(name, environment);
    if (program === undefined) missing[name] = howToGet(name);
    else peers.push(await peerOf(name, program, environment));
  }
  return { peers, missing };
}

async function peerOf(name: Peer['name'], program: string, environment: Command['environment']): Promise<Peer> {
  const { version, copy } = USAGE[name];
  const words = await runCommand(program, version);
  return {
    name,
    version: /\d+\.\d+\.\d+/.exec(words)?.[0] ?? 'unknown',
    command: (transfer) => ({
      program,
      args: copy(transfer),
      environment: surroundings(environment, transfer.home),
      folder: transfer.home,
    }),
  };
}

/** Nobody's own credentials or settings, and no memory of another copy: a cold one is cold for everyone. */
export function surroundings({ PATH }: Command['environment'], home: string): Command['environment'] {
  const folders = {
    HOME: home,
    DOCKER_CONFIG: home,
    XDG_RUNTIME_DIR: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
  };
  // As root, skopeo would keep its memory of where blobs are for the whole machine.
  return { PATH, ...folders, _CONTAINERS_ROOTLESS_UID: '1000' };
}

function plainHosts(...references: readonly string[]): string[] {
  const hosts = new Set(references.map((reference) => reference.split('/')[0]));
  return [...hosts].flatMap((host) => ['--host', `reg=${host},tls=disabled`]);
}
