import type { CountedComponent, HostCount } from '../../domain/gates/router-metric.ts';
import { shortReason } from '../../domain/guided-failure.ts';
import { type HostWork, look, routeOf } from './host-work.ts';

const HOSTS_AT_ONCE = 16;
/** Somebody waits for all of them together. */
const HOST_MS = 15_000;

/** What the routers of a site's hosts have counted for the application in the environment. Reads alone; a host that cannot be read says why. */
export async function countRequests(hosts: readonly string[], workOn: (host: string) => HostWork): Promise<readonly HostCount[]> {
  const counts: HostCount[] = [];
  for (let first = 0; first < hosts.length; first += HOSTS_AT_ONCE) {
    const some = hosts.slice(first, first + HOSTS_AT_ONCE);
    counts.push(...(await Promise.all(some.map((host) => countOn(host, workOn)))));
  }
  return counts;
}

async function countOn(host: string, workOn: (host: string) => HostWork): Promise<HostCount> {
  try {
    const work = workOn(host);
    const signal = AbortSignal.any([work.signal, AbortSignal.timeout(HOST_MS)]);
    return { host, components: await componentsOn({ ...work, signal }) };
  } catch (error) {
    return { host, unread: shortReason(error instanceof Error ? error.message : String(error)) };
  }
}

async function componentsOn(work: HostWork): Promise<readonly CountedComponent[]> {
  const { routed } = await look(work, []);
  const serving = [...routed].filter(([, names]) => names.length > 0);
  const { place, signal } = work;
  return Promise.all(
    serving.map(async ([component, names]) => ({
      component,
      ...(await work.host.router.figures(routeOf(place, component), names, { signal })),
    })),
  );
}
