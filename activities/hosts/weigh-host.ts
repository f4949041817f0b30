import type { HostReading } from '../../domain/canary-figures.ts';
import type { Deployment } from '../../domain/deployment.ts';
import { switchFence } from '../../domain/switch.ts';
import type { HostWork } from './host-work.ts';
import { proveRunners } from './identity.ts';
import { readingOf, type SharedComponent, sharedComponents } from './shared-components.ts';

/**
 * Gives the started release so many percent of the requests on a host, of each component that the version before serves as well, and
 * reads what the router has counted by then. Each new container proves who it is before it has more. Throws as `switchHost`.
 */
export async function weighHost(work: HostWork, deployment: Deployment, weight: number): Promise<HostReading> {
  const shared = await sharedComponents(work, deployment);
  for (const one of shared) await weigh(work, deployment, one, weight);
  return readingOf(work, shared);
}

async function weigh(work: HostWork, { generation }: Deployment, shared: SharedComponent, weight: number): Promise<void> {
  await proveRunners(shared);
  const { route, newer } = shared;
  work.tell(`giving ${weight}% of the requests for ${route.host}${route.path} to ${newer.join(', ')}`);
  await work.host.router.weigh(route, switchFence(generation), newer, weight, { signal: work.signal });
}
