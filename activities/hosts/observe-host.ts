import type { ObservedContainer } from '../../domain/plan.ts';
import { type HostWork, look, servingOf } from './host-work.ts';

export interface HostObservation {
  readonly host: string;
  /** All containers of the application in the environment, running or not. */
  readonly containers: readonly ObservedContainer[];
  /** Component to the names of the containers that serve. */
  readonly serving: Readonly<Record<string, readonly string[]>>;
}

/** What runs and what serves on a host, read from the host alone. */
export async function observeHost(work: HostWork): Promise<HostObservation> {
  const sight = await look(work, []);
  const serving = [...sight.routed.keys()].map((component) => [component, servingOf(sight, component).map(({ name }) => name)] as const);
  return { host: work.host.name, containers: sight.observed, serving: Object.fromEntries(serving) };
}
