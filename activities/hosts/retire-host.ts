import type { ObservedContainer } from '../../domain/plan.ts';
import { chooseForRetirement } from '../../domain/switch.ts';
import { removeOldJobs } from './end-jobs.ts';
import { type HostWork, look, refuseOvertaken, routeOf, servingOf } from './host-work.ts';
import { stopAll } from './runners.ts';

export interface Retirement {
  /** The generation that serves. */
  readonly keepGeneration: number;
  /** The last good one before; null keeps none. */
  readonly previousGeneration: number | null;
}

const GRACE_MS = 10_000;

/**
 * Ends the warmth after the bake time: what does not serve leaves the router and stops; of each component the last one before
 * stays, stopped, for a rollback, and older ones are removed. Throws Superseded when a later deployment is at work here.
 */
export async function retireHost(work: HostWork, { keepGeneration, previousGeneration }: Retirement): Promise<void> {
  const sight = await look(work, []);
  refuseOvertaken(work, keepGeneration, sight);
  const serving = [...sight.routed.keys()].flatMap((component) => servingOf(sight, component));
  const { stop, remove } = chooseForRetirement(sight.observed, serving, previousGeneration);
  await dismiss(work, [...stop, ...remove]);
  await stopAll(work, [...stop, ...remove], GRACE_MS);
  await removeOldJobs(work, keepGeneration);
  for (const { name } of remove) await work.host.engine.remove(name, { signal: work.signal });
}

async function dismiss(work: HostWork, containers: readonly ObservedContainer[]): Promise<void> {
  for (const component of new Set(containers.map((container) => container.component))) {
    const names = containers.filter((container) => container.component === component).map(({ name }) => name);
    await work.host.router.dismiss(routeOf(work.place, component), names, { signal: work.signal });
  }
}
