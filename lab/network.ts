import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { CommandFailed, runCommand } from './command.ts';

/**
 * One machine's private /24: a bridge that the engines of a lab hang on. Engines and this machine reach each other; whether
 * engines reach one another depends on this machine's firewall (a Docker engine of its own shuts that), and nothing may need it.
 */
export interface LabNetwork {
  readonly bridge: string;
  /** This machine's own address on it, `10.x.y.1`. */
  readonly gateway: string;
  /** The next address for an engine: `10.x.y.11`, `10.x.y.12`, … */
  nextAddress(): string;
  /** Removes the bridge. Closing twice does no harm. */
  close(): Promise<void>;
}

const links = z.array(z.object({ ifname: z.string().optional(), address: z.string().optional() }));
const routes = z.array(z.object({ dst: z.string().optional() }));

/** Makes a bridge with a free 10.x.y.0/24, marked as belonging to `directory`. Needs root on Linux. Throws NoFreeSubnet, CommandFailed. */
export async function createLabNetwork({ directory }: { readonly directory: string }): Promise<LabNetwork> {
  const taken = await routedNetworks();
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const [x, y] = [100 + Math.floor(Math.random() * 155), Math.floor(Math.random() * 256)];
    // A wide route, 10.0.0.0/8 of a VPN, leaves nothing free: then a narrower network beside it must do.
    if (taken.some((route) => overlaps(route, x, y) && (attempt < 200 || route.bits >= 24))) continue;
    const network = await claim(x, y, directory);
    if (network !== undefined) return network;
  }
  throw new NoFreeSubnet();
}

/** The bridges that a lab of this directory made, whoever made them. */
export async function bridgesOf(directory: string): Promise<string[]> {
  const found = links.parse(JSON.parse((await runCommand('ip', ['-j', 'link', 'show', 'type', 'bridge'])) || '[]'));
  return found.flatMap(({ ifname, address }) => (ifname?.startsWith('tg-10-') && address === markOf(directory) ? [ifname] : []));
}

/** Removes a bridge; one that is already gone is no error. */
export async function removeBridge(bridge: string): Promise<void> {
  await runCommand('ip', ['link', 'delete', bridge]).catch((error: unknown) => {
    if (!(error instanceof CommandFailed && error.message.includes('Cannot find device'))) throw error;
  });
}

/** The kernel lets one process alone create a name, so the name, made of the subnet, is the lock between copies. */
async function claim(x: number, y: number, directory: string): Promise<LabNetwork | undefined> {
  const bridge = `tg-10-${x}-${y}`;
  try {
    await runCommand('ip', ['link', 'add', 'name', bridge, 'address', markOf(directory), 'type', 'bridge']);
  } catch (error) {
    if (error instanceof CommandFailed && error.message.includes('File exists')) return undefined;
    throw error;
  }
  await runCommand('ip', ['address', 'add', `10.${x}.${y}.1/24`, 'dev', bridge]);
  await runCommand('ip', ['link', 'set', bridge, 'up']);
  let last = 10;
  const nextAddress = () => `10.${x}.${y}.${++last}`;
  return { bridge, gateway: `10.${x}.${y}.1`, nextAddress, close: () => removeBridge(bridge) };
}

interface Route {
  readonly first: number;
  readonly bits: number;
}

async function routedNetworks(): Promise<Route[]> {
  const found = routes.parse(JSON.parse(await runCommand('ip', ['-4', '-j', 'route', 'show', 'table', 'all'])));
  return found.flatMap(({ dst }) => {
    const match = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(dst ?? '');
    return match?.[1] === undefined ? [] : [{ first: numberOf(match[1]), bits: Number(match[2] ?? 32) }];
  });
}

function overlaps(route: Route, x: number, y: number): boolean {
  const size = 2 ** (32 - Math.min(route.bits, 24));
  return Math.floor(route.first / size) === Math.floor(numberOf(`10.${x}.${y}.0`) / size);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A locally administered hardware address made of the directory: given at creation, so that no crash leaves an unmarked bridge. */
function markOf(directory: string): string {
  const digits = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 10);
  return ['02', ...(digits.match(/../g) ?? [])].join(':');
}

export class NoFreeSubnet extends Error {
  override readonly name = 'NoFreeSubnet';

  constructor() {
    super(
      "Expected a free network among 10.100.0.0/24 to 10.254.255.0/24 and found none. Look with 'ip route' and 'ip link show type bridge'",
    );
  }
}
