import { runCommand } from '../../lab/command.ts';
import type { HostLab } from './host-lab.ts';
import { SERVICE } from './services.ts';

const NAME = 'orphan';

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/**
 * A process that nobody manages and that holds every free address of a network's first ones, as one does whose engine has forgotten
 * it: it answers as `identity` where the router asks for a container that gets one of them. It is a container of its own, so that the lab removes it.
 */
export async function startOrphan(lab: HostLab, network: string, routerName: string, identity: string): Promise<void> {
  const orphan = await lab.docker.createContainer({
    name: NAME,
    Image: `${lab.node.repository}@${lab.node.digest}`,
    Cmd: ['node', '-e', SERVICE],
    Env: [`TIDEGATE_DEPLOYMENT=${identity}`],
    HostConfig: { NetworkMode: network },
  });
  await orphan.start();
  const [own, router] = [await orphan.inspect(), await lab.docker.getContainer(routerName).inspect()];
  const { IPAddress = '', MacAddress = '' } = own.NetworkSettings.Networks[network] ?? {};
  const prefix = IPAddress.slice(0, IPAddress.lastIndexOf('.') + 1);
  const link = await linkOf(router.State.Pid, prefix);
  for (const address of await freeAddresses(lab, network, prefix)) {
    await inNetworkOf(own.State.Pid, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    // Who answers first for an address that two hold is chance; here it is the orphan.
    await inNetworkOf(router.State.Pid, 'neighbour', 'replace', address, 'lladdr', MacAddress, 'dev', link, 'nud', 'permanent');
  }
}

const LAST = 20;

async function freeAddresses(lab: HostLab, network: string, prefix: string): Promise<string[]> {
  const { Containers = {} } = await lab.docker.getNetwork(network).inspect();
  const taken = Object.values(Containers as Record<string, { IPv4Address: string }>).map(({ IPv4Address }) => IPv4Address.split('/')[0]);
  const all = Array.from({ length: LAST - 1 }, (_, place) => `${prefix}${place + 2}`);
  return all.filter((address) => !taken.includes(address));
}

/** The router's interface in the network of these addresses. */
async function linkOf(pid: number, prefix: string): Promise<string> {
  const links = JSON.parse(await inNetworkOf(pid, '-j', 'address')) as readonly Link[];
  return links.find(({ addr_info }) => addr_info.some(({ local }) => local.startsWith(prefix)))?.ifname ?? 'none';
}

function inNetworkOf(pid: number, ...words: readonly string[]): Promise<string> {
  return runCommand('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...words]);
}
