import { describe, expect, it } from '@jest/globals';
import { strategyWords } from '../../domain/strategy-words.ts';

describe('the words of a strategy', () => {
  it('name kind and batch, and nothing that counts anyway', () => {
    expect(strategyWords({ kind: 'rolling', batch: 1 })).toBe('rolling, 1 host at a time');
    expect(strategyWords({ kind: 'rolling', batch: { percent: 25 }, stopAfterFailures: 1 })).toBe('rolling, 25% of the hosts at a time');
    expect(strategyWords({ kind: 'blue-green' })).toBe('blue-green, all hosts start at once, then all hosts switch at once');
  });

  it('say before anybody approves that the old version stops first', () => {
    expect(strategyWords({ kind: 'recreate', batch: 2 })).toBe('recreate, the old version stops first, 2 hosts at a time');
  });

  it('hold all that an owner set', () => {
    const rules = { batch: 4, maxInFlight: 2, minHealthy: { percent: 75 }, stopAfterFailures: 3, orderBy: 'zone' } as const;
    expect(strategyWords({ kind: 'rolling', ...rules })).toBe(
      'rolling, 4 hosts at a time, at most 2 hosts in flight, at least 75% of the hosts healthy, one zone after the other, back after 3 hosts failed',
    );
    expect(strategyWords({ kind: 'blue-green', maxInFlight: 1, stopAfterFailures: 2 })).toBe(
      'blue-green, at most 1 host start at once, then all hosts switch at once, back after 2 hosts failed',
    );
  });
});
