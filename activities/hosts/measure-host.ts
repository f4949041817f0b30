import type { HostReading } from '../../domain/canary-figures.ts';
import type { Deployment } from '../../domain/deployment.ts';
import { shortReason } from '../../domain/guided-failure.ts';
import { untilHealthy } from './health.ts';
import { HostFailed } from './host-failed.ts';
import type { HostWork } from './host-work.ts';
import { readingOf, type SharedComponent, sharedComponents } from './shared-components.ts';

/**
 * What the router has counted for both versions of each component that share requests on a host, and whether the new one is well.
 * Changes nothing. Throws Superseded and what the host's ports throw.
 */
export async function measureHost(work: HostWork, deployment: Deployment): Promise<HostReading> {
  const shared = await sharedComponents(work, deployment);
  // Read first: being asked how it is counts as a request.
  const { host, components } = await readingOf(work, shared);
  const troubles = new Map<string, string>();
  for (const one of shared) {
    const trouble = await troubleOf(work, one);
    if (trouble !== undefined) troubles.set(one.choice.component.name, trouble);
  }
  const withTroubles = components.map((reading) => {
    const trouble = troubles.get(reading.component);
    return trouble === undefined ? reading : { ...reading, trouble };
  });
  return { host, components: withTroubles };
}

/** Why a component is not well: it ended, or its health check fails until its deadline. */
async function troubleOf(work: HostWork, { choice, route }: SharedComponent): Promise<string | undefined> {
  try {
    await untilHealthy(work, choice, route);
    return undefined;
  } catch (error) {
    if (error instanceof HostFailed) return shortReason(error.failure.seen);
    throw error;
  }
}
