import type { HostWork } from './host-work.ts';
import type { Route } from './ports.ts';

const LOOK_MS = 250;

/** Waits until the named servers have no request in progress, or `drainMs` have passed: then requests go without them, and connections over TCP are ended. */
export async function drain(work: HostWork, route: Route, servers: readonly string[], drainMs: number): Promise<void> {
  if (servers.length === 0) return;
  const deadline = work.clock.now() + drainMs;
  for (;;) {
    const left = await work.host.router.inFlight(route, servers, { signal: work.signal });
    if (left === 0) return;
    // A connection has no end of its own, as a request has.
    if (work.clock.now() >= deadline) return work.host.router.cut(route, servers, { signal: work.signal });
    work.tell(`${left} requests in progress on ${servers.join(', ')}`);
    await work.clock.sleep(LOOK_MS, work.signal);
  }
}

/** Takes a component out of traffic altogether, letting its requests end. */
export async function leaveTraffic(
  work: HostWork,
  route: Route,
  fence: number,
  servers: readonly string[],
  drainMs: number,
): Promise<void> {
  if (servers.length === 0) return;
  await work.host.router.shift(route, fence, [], { signal: work.signal });
  await drain(work, route, servers, drainMs);
}
