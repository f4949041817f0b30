import type { HostReference } from './deployment.ts';
import type { HostCount, Strategy } from './pipeline.ts';

/** How a deployment's hosts stand while it goes through them. */
export interface Fleet {
  readonly total: number;
  /** Being changed now. */
  readonly inFlight: number;
  /** Left in a state that nobody can vouch for. */
  readonly unhealthy: number;
}

/**
 * The hosts in the order in which they are changed: those of a wave together, and all of them done before the next wave begins.
 * Every host is in exactly one wave, and no wave holds hosts of two values of the label that the strategy orders by.
 */
export function waves<Host extends Pick<HostReference, 'labels'>>(strategy: Strategy, hosts: readonly Host[]): Host[][] {
  if (isTogether(strategy)) return hosts.length === 0 ? [] : [[...hosts]];
  const size = atLeastOne(strategy.batch, hosts.length);
  return zones(hosts, strategy.orderBy).flatMap((zone) => batches(zone, size));
}

/** Whether the release is proved beside what runs on every host before requests move on any. */
export function isTogether(strategy: Strategy): strategy is Extract<Strategy, { kind: 'blue-green' | 'canary' }> {
  return strategy.kind === 'blue-green' || strategy.kind === 'canary';
}

/** Splits hosts into batches of at most `size`, in order. A size below one, or none at all, counts as one: no host is ever left out. */
export function batches<Host>(hosts: readonly Host[], size: number): Host[][] {
  const step = size >= 1 ? Math.floor(size) : 1;
  const result: Host[][] = [];
  for (let start = 0; start < hosts.length; start += step) result.push(hosts.slice(start, start + step));
  return result;
}

/** By the label's value, in the order in which the values first appear; hosts without the label come last. */
function zones<Host extends Pick<HostReference, 'labels'>>(hosts: readonly Host[], label: string | undefined): Host[][] {
  if (label === undefined) return [[...hosts]];
  const values = [...new Set(hosts.map((host) => host.labels?.[label]))];
  const ordered = [...values.filter((value) => value !== undefined), ...values.filter((value) => value === undefined)];
  return ordered.map((value) => hosts.filter((host) => host.labels?.[label] === value));
}

/** How many more hosts may be changed at this moment: never more in flight than allowed, never fewer healthy than the minimum. */
export function room(strategy: Strategy, fleet: Fleet): number {
  const { total, inFlight, unhealthy } = fleet;
  const most = strategy.maxInFlight === undefined ? total : atLeastOne(strategy.maxInFlight, total);
  return Math.max(0, Math.min(most - inFlight, total - unhealthy - inFlight - healthyAtLeast(strategy, total)));
}

/** How many hosts must serve at every moment; a share is rounded up. */
export function healthyAtLeast(strategy: Strategy, total: number): number {
  if (isTogether(strategy) || strategy.minHealthy === undefined) return 0;
  const { minHealthy } = strategy;
  return typeof minHealthy === 'number' ? minHealthy : Math.ceil((minHealthy.percent * total) / 100);
}

/** Why no further host can ever be changed, when nothing is in flight and hosts still wait; undefined while there is room. */
export function standstill(strategy: Strategy, fleet: Fleet): string | undefined {
  if (fleet.inFlight > 0 || room(strategy, fleet) > 0) return undefined;
  const healthy = fleet.total - fleet.unhealthy;
  const least = healthyAtLeast(strategy, fleet.total);
  return `At least ${least} of ${fleet.total} hosts must stay healthy, and ${healthy} are, so that none of them can be changed`;
}

/** Whether so many failed hosts make the deployment go back. */
export function areTooMany(failures: number, { stopAfterFailures = 1 }: Strategy): boolean {
  return failures >= Math.max(1, stopAfterFailures);
}

/** The strategy within what the environment's owners allow: a pipeline may suffer fewer failures, and never more. */
export function withinRules(strategy: Strategy, { stopAfterFailures: most }: { readonly stopAfterFailures?: number }): Strategy {
  return most === undefined || (strategy.stopAfterFailures ?? 1) <= most ? strategy : { ...strategy, stopAfterFailures: most };
}

/** A share is rounded down, and is one host at least: a deployment always moves. */
function atLeastOne(count: HostCount, total: number): number {
  return Math.max(1, typeof count === 'number' ? count : Math.floor((count.percent * total) / 100));
}

/** What a strategy means for those who use the application, said before it begins; undefined where there is nothing to say. */
export function warningOf(strategy: Strategy): string | undefined {
  if (strategy.kind !== 'recreate') return undefined;
  return 'Each component that changes stops before its new version starts: on each host nobody is answered meanwhile, and its volumes have one writer';
}
