import type { CanaryRules, Tolerance } from './canary.ts';
import { printDuration } from './duration.ts';
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
  if (strategy.kind === 'canary') return ['canary', startsOf(strategy), ...canaryWords(strategy)];
  const { kind, batch, orderBy } = strategy;
  const first = kind === 'recreate' ? ['recreate', 'the old version stops first'] : ['rolling'];
  return [...first, `${hosts(batch)} at a time`, ...limits(strategy), ...(orderBy === undefined ? [] : [`one ${orderBy} after the other`])];
}

function canaryWords({ steps, judgement, onUnclear }: CanaryRules): string[] {
  const { requests, failed, refused, latency } = judgement;
  const shares = steps.map(({ weight, pauseMs }) => `${weight}% of the requests for ${printDuration(pauseMs)}`);
  const limits = [`failed ${tolerance(failed)}`, `refused ${tolerance(refused)}`];
  const late = `${printDuration(latency.moreMs)} and ${latency.times} times later`;
  const unclear = onUnclear.ask
    ? `asks for ${printDuration(onUnclear.deadlineMs)}, then ${onUnclear.default}`
    : `means ${onUnclear.default}`;
  return [
    `on all hosts together ${shares.join(', then ')}, then all requests`,
    `back when worse than the old version (${limits.join(', ')}, ${late}; ${requests} requests of each)`,
    `unclear ${unclear}`,
  ];
}

function tolerance({ points, times }: Tolerance): string {
  return `by ${points} points and ${times} times`;
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
