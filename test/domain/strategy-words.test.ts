import { describe, expect, it } from '@jest/globals';
import type { CanaryRules } from '../../domain/canary.ts';
import { strategyWords } from '../../domain/strategy-words.ts';
import { CANARY } from './arbitraries.ts';

describe('the words of a strategy', () => {
  it('name kind and batch, and nothing that counts anyway', () => {
    expect(strategyWords({ kind: 'rolling', batch: 1 })).toBe('rolling, 1 host at a time');
    expect(strategyWords({ kind: 'rolling', batch: { percent: 25 }, stopAfterFailures: 1 })).toBe('rolling, 25% of the hosts at a time');
    expect(strategyWords({ kind: 'blue-green' })).toBe('blue-green, all hosts start at once, then all hosts switch at once');
  });

  it('say before anybody approves that the old version stops first', () => {
    expect(strategyWords({ kind: 'recreate', batch: 2 })).toBe('recreate, the old version stops first, 2 hosts at a time');
  });

  it('differ when any number of a canary does, as a plan is approved by them', () => {
    const { steps, judgement, onUnclear } = CANARY;
    const others: CanaryRules[] = [
      { ...CANARY, steps: steps.slice(1) },
      { ...CANARY, steps: steps.map((step) => ({ ...step, pauseMs: 1_000 })) },
      { ...CANARY, judgement: { ...judgement, requests: 5 } },
      { ...CANARY, judgement: { ...judgement, failed: { points: 2, times: 1.5 } } },
      { ...CANARY, judgement: { ...judgement, failed: { points: 1, times: 2 } } },
      { ...CANARY, judgement: { ...judgement, refused: { points: 1, times: 1.5 } } },
      { ...CANARY, judgement: { ...judgement, latency: { moreMs: 51, times: 1.5 } } },
      { ...CANARY, judgement: { ...judgement, latency: { moreMs: 50, times: 1.6 } } },
      { ...CANARY, onUnclear: { ...onUnclear, ask: false } },
      { ...CANARY, onUnclear: { ...onUnclear, deadlineMs: 1_000 } },
      { ...CANARY, onUnclear: { ...onUnclear, default: 'proceed' } },
    ];
    const words = [CANARY, ...others].map((rules) => strategyWords({ kind: 'canary', ...rules }));
    expect(new Set(words).size).toBe(words.length);
  });

  it('hold all that an owner set', () => {
    const rules = { batch: 4, maxInFlight: 2, minHealthy: { percent: 75 }, stopAfterFailures: 3, orderBy: 'zone' } as const;
    expect(strategyWords({ kind: 'rolling', ...rules })).toBe(
      'rolling, 4 hosts at a time, at most 2 hosts in flight, at least 75% of the hosts healthy, one zone after the other, back after 3 hosts failed',
    );
    expect(strategyWords({ kind: 'canary', ...CANARY })).toBe(
      'canary, all hosts start at once, on all hosts together 5% of the requests for 5m, then 25% of the requests for 10m, then all requests, back when worse than the old version (failed by 1 points and 1.5 times, refused by 5 points and 1.5 times, 50ms and 1.5 times later; 100 requests of each), unclear asks for 30m, then roll-back',
    );
    expect(strategyWords({ kind: 'blue-green', maxInFlight: 1, stopAfterFailures: 2 })).toBe(
      'blue-green, at most 1 host start at once, then all hosts switch at once, back after 2 hosts failed',
    );
  });
});
