import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type LabImage, nodeImage, routerImage } from '../../lab/images.ts';
import { createLabNetwork, type LabNetwork } from '../../lab/network.ts';
import { startRegistry } from '../../lab/registry.ts';
import type { Teller } from '../telling/teller.ts';
import type { Site } from './site.ts';

const NAMES = ['staging-1', 'production-1', 'production-2'];
const ROUTER_PORT = 80;

/** Three engines that behave as separate hosts on a network of their own, and a registry beside them. `sweep` of the directory ends all of it. */
export async function startLabSite(directory: string, teller: Teller): Promise<Site> {
  const network = await createLabNetwork({ directory });
  const [engines, { registry, router, base }] = await both(
    startEngines(directory, network, teller),
    startImages(directory, network, teller),
  );
  return {
    registry,
    routerImage: pinned(router),
    baseImage: pinned(base),
    hosts: engines.map((engine) => ({ name: engine.name, docker: engine.docker, address: engine.address, port: ROUTER_PORT })),
    staging: ['staging-1'],
    production: ['production-1', 'production-2'],
    builder: 'staging-1',
  };
}

function startEngines(directory: string, network: LabNetwork, teller: Teller): Promise<LabEngine[]> {
  const registries = [`${network.gateway}/24`];
  return teller.timed(
    () => all(NAMES.map((name) => startEngine({ name, directory, network, registries }))),
    (engines) => `Docker engines, each a host of its own: ${engines.map(({ name, address }) => `${name} at ${address}`).join(', ')}`,
  );
}

async function startImages(directory: string, network: LabNetwork, teller: Teller) {
  const { address } = await teller.timed(
    () => startRegistry({ directory, address: network.gateway }),
    (registry) => `registry at ${registry.address}`,
  );
  const [router, base] = await teller.timed(
    () => both(routerImage({ registry: address }), nodeImage({ registry: address })),
    () => 'images of the router and of Node in the registry',
  );
  return { registry: address, router, base };
}

function pinned({ reference, digest }: LabImage): string {
  return `${reference}@${digest}`;
}

/** Waits for all before the first failure is thrown: what is still being started could not be stopped. */
async function all<Item>(promises: readonly Promise<Item>[]): Promise<Item[]> {
  const settled = await Promise.allSettled(promises);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function both<A, B>(left: Promise<A>, right: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([left, right]);
  return [await left, await right];
}
