import type { FleetRules, HostCount, Strategy } from './pipeline.ts';

/**
 * Order and batches for people. All that an owner can set of a strategy is in here, as plans are approved by these words: what is
 * left out is what counts by default.
 */
export function strategyWords(strategy: Strategy): string {
  return [...pace(strategy), ...failures(strategy)].join(', ');
}

function pace(strategy: Strategy): string[] {
  if (strategy.kind === 'blue-green') return ['blue-green', `${startsOf(strategy)}, then all hosts switch at once`];
  const { kind, batch, orderBy } = strategy;
  const first = kind === 'recreate' ? ['recreate', 'the old version stops first'] : ['rolling'];
  return [...first, `${hosts(batch)} at a time`, ...limits(strategy), ...(orderBy === undefined ? [] : [`one ${orderBy} after the other`])];
}

function startsOf({ maxInFlight }: Pick<FleetRules, 'maxInFlight'>): string {
  return maxInFlight === undefined ? 'all hosts start at once' : `at most ${hosts(maxInFlight)} start at once`;
}

function limits({ maxInFlight, minHealthy }: FleetRules): string[] {
  return [
    ...(maxInFlight === undefined ? [] : [`at most ${hosts(maxInFlight)} in flight`]),
    ...(minHealthy === undefined ? [] : [`at least ${hosts(minHealthy)} healthy`]),
  ];
}

function failures({ stopAfterFailures = 1 }: Strategy): string[] {
  return stopAfterFailures <= 1 ? [] : [`back after ${hosts(stopAfterFailures)} failed`];
}

function hosts(count: HostCount): string {
  if (typeof count !== 'number') return `${count.percent}% of the hosts`;
  return `${count} ${count === 1 ? 'host' : 'hosts'}`;
}
