import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HostReference } from '../../domain/deployment.ts';
import type { HostCount, Strategy } from '../../domain/pipeline.ts';
import {
  areTooMany,
  type Fleet,
  healthyAtLeast,
  isTogether,
  room,
  standstill,
  warningOf,
  waves,
  withinRules,
} from '../../domain/strategy.ts';
import { CANARY } from './arbitraries.ts';

const COUNT: fc.Arbitrary<HostCount> = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 100 }).map((percent) => ({ percent })),
);
const LEAST: fc.Arbitrary<HostCount> = fc.oneof(
  fc.nat(12),
  fc.nat(100).map((percent) => ({ percent })),
);

const RULES = fc.record(
  { batch: COUNT, maxInFlight: COUNT, minHealthy: LEAST, stopAfterFailures: fc.integer({ min: 1, max: 5 }), orderBy: fc.constant('zone') },
  { requiredKeys: ['batch'] },
);
const STRATEGY: fc.Arbitrary<Strategy> = fc.oneof(
  RULES.map((rules) => ({ kind: 'rolling' as const, ...rules })),
  RULES.map((rules) => ({ kind: 'recreate' as const, ...rules })),
  RULES.map(({ batch: _, minHealthy: __, orderBy: ___, ...rules }) => ({ kind: 'blue-green' as const, ...rules })),
  RULES.map(({ batch: _, minHealthy: __, orderBy: ___, ...rules }) => ({ kind: 'canary' as const, ...CANARY, ...rules })),
);

const HOSTS: fc.Arbitrary<HostReference[]> = fc
  .array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }), { maxLength: 15 })
  .map((zones) => zones.map((zone, index) => ({ name: `p${index}`, site: 'default', ...(zone !== undefined && { labels: { zone } }) })));

const names = (hosts: readonly HostReference[]): string[] => hosts.map(({ name }) => name).sort();
const zoneOf = (host: HostReference): string | undefined => host.labels?.zone;

/** What became of the hosts of one walk, and what was true at every moment of it. */
interface Walked {
  readonly began: string[];
  readonly mostInFlight: number;
  readonly leastHealthy: number;
  readonly failures: number;
}

/** Goes through the hosts as a deployment does, each ending when and how `fates` says: well, put back, or in nobody knows what state. */
function walk(strategy: Strategy, hosts: readonly HostReference[], fates: readonly ('well' | 'put back' | 'lost')[]): Walked {
  const began: string[] = [];
  let [mostInFlight, leastHealthy, failures, unhealthy] = [0, hosts.length, 0, 0];
  const fleet = (inFlight: number): Fleet => ({ total: hosts.length, inFlight, unhealthy });
  for (const wave of waves(strategy, hosts)) {
    const [waiting, flying] = [[...wave], [] as HostReference[]];
    while (waiting.length > 0 || flying.length > 0) {
      while (waiting.length > 0 && room(strategy, fleet(flying.length)) > 0 && !areTooMany(failures, strategy)) {
        const next = waiting.shift();
        if (next !== undefined) flying.push(next);
        if (next !== undefined) began.push(next.name);
        mostInFlight = Math.max(mostInFlight, flying.length);
        leastHealthy = Math.min(leastHealthy, hosts.length - unhealthy - flying.length);
      }
      const ended = flying.shift();
      if (ended === undefined) return { began, mostInFlight, leastHealthy, failures };
      const fate = fates[began.indexOf(ended.name) % Math.max(1, fates.length)] ?? 'well';
      if (fate !== 'well') failures += 1;
      if (fate === 'lost') unhealthy += 1;
    }
  }
  return { began, mostInFlight, leastHealthy, failures };
}

const FATES = fc.array(fc.constantFrom('well' as const, 'well' as const, 'put back' as const, 'lost' as const), { maxLength: 15 });

describe('the waves of a strategy', () => {
  it('hold every host exactly once', () => {
    fc.assert(fc.property(STRATEGY, HOSTS, (strategy, hosts) => expect(names(waves(strategy, hosts).flat())).toEqual(names(hosts))));
  });

  it('are never empty, and never larger than the batch', () => {
    fc.assert(
      fc.property(STRATEGY, HOSTS, (strategy, hosts) => {
        if (isTogether(strategy)) return;
        const { batch } = strategy;
        const most = typeof batch === 'number' ? batch : Math.max(1, (batch.percent * hosts.length) / 100);
        for (const wave of waves(strategy, hosts)) expect(wave.length > 0 && wave.length <= most).toBe(true);
      }),
    );
  });

  it('finish one zone before the next, and hosts without a zone at the end', () => {
    fc.assert(
      fc.property(RULES, HOSTS, (rules, hosts) => {
        const order = waves({ kind: 'rolling', ...rules, orderBy: 'zone' }, hosts);
        for (const wave of order) expect(new Set(wave.map(zoneOf)).size).toBe(1);
        const seen = order.map((wave) => wave[0] && zoneOf(wave[0])).filter((zone, index, all) => index === 0 || zone !== all[index - 1]);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.slice(0, -1)).not.toContain(undefined);
      }),
    );
  });

  it('take zones in the order in which the environment names their first hosts', () => {
    const host = (name: string, zone: string) => ({ name, site: 'default', labels: { zone } });
    const hosts = [host('p1', 'south'), host('p2', 'north'), host('p3', 'south')];
    const order = waves({ kind: 'rolling', batch: 5, orderBy: 'zone' }, hosts);
    expect(order.map((wave) => wave.map(({ name }) => name))).toEqual([['p1', 'p3'], ['p2']]);
  });

  it('of a share are rounded down, and hold one host at least', () => {
    const hosts = Array.from({ length: 7 }, (_, index): HostReference => ({ name: `p${index}`, site: 'default' }));
    const sizes = (percent: number) => waves({ kind: 'rolling', batch: { percent } }, hosts).map((wave) => wave.length);
    expect(sizes(50)).toEqual([3, 3, 1]);
    expect(sizes(1)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(sizes(100)).toEqual([7]);
  });
});

describe('a walk through a fleet', () => {
  it('never has more hosts in flight than allowed', () => {
    fc.assert(
      fc.property(STRATEGY, HOSTS, FATES, (strategy, hosts, fates) => {
        const { maxInFlight = hosts.length } = strategy;
        const most = typeof maxInFlight === 'number' ? maxInFlight : Math.max(1, (maxInFlight.percent * hosts.length) / 100);
        expect(walk(strategy, hosts, fates).mostInFlight).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('never begins with a host that would leave fewer healthy than the minimum', () => {
    fc.assert(
      fc.property(STRATEGY, HOSTS, FATES, (strategy, hosts, fates) => {
        const walked = walk(strategy, hosts, fates);
        if (walked.began.length > 0) expect(walked.leastHealthy).toBeGreaterThanOrEqual(healthyAtLeast(strategy, hosts.length));
      }),
    );
  });

  it('begins with no host twice, and with every host when all goes well and the rules leave room', () => {
    fc.assert(
      fc.property(STRATEGY, HOSTS, (strategy, hosts) => {
        const { began } = walk(strategy, hosts, ['well']);
        expect(new Set(began).size).toBe(began.length);
        const isStuck = standstill(strategy, { total: hosts.length, inFlight: 0, unhealthy: 0 }) !== undefined;
        expect(began.length).toBe(isStuck ? 0 : hosts.length);
      }),
    );
  });

  it('begins with no further host after so many failed', () => {
    fc.assert(
      fc.property(STRATEGY, HOSTS, (strategy, hosts) => {
        const most = strategy.maxInFlight === 1 ? 1 : hosts.length;
        const { began, failures } = walk(strategy, hosts, ['put back']);
        const limit = strategy.stopAfterFailures ?? 1;
        expect(began.length).toBeLessThanOrEqual(limit - 1 + most);
        if (began.length === hosts.length) return;
        const isStuck = standstill(strategy, { total: hosts.length, inFlight: 0, unhealthy: 0 }) !== undefined;
        expect(isStuck || failures >= limit).toBe(true);
      }),
    );
  });
});

describe('the minimum of healthy hosts', () => {
  it('of a share is rounded up: two thirds of four hosts are three', () => {
    expect(healthyAtLeast({ kind: 'rolling', batch: 1, minHealthy: { percent: 66 } }, 4)).toBe(3);
    expect(room({ kind: 'rolling', batch: 4, minHealthy: { percent: 66 } }, { total: 4, inFlight: 0, unhealthy: 0 })).toBe(1);
  });

  it('says why no host can be changed', () => {
    expect(standstill({ kind: 'rolling', batch: 1, minHealthy: 3 }, { total: 4, inFlight: 0, unhealthy: 1 })).toBe(
      'At least 3 of 4 hosts must stay healthy, and 3 are, so that none of them can be changed',
    );
    expect(standstill({ kind: 'rolling', batch: 1, minHealthy: 3 }, { total: 4, inFlight: 1, unhealthy: 0 })).toBeUndefined();
  });
});

describe('an environment that caps failures', () => {
  it('lets a stage suffer fewer of them, and never more', () => {
    fc.assert(
      fc.property(STRATEGY, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 }), (strategy, most, failures) => {
        const capped = withinRules(strategy, { stopAfterFailures: most });
        expect(areTooMany(failures, capped)).toBe(areTooMany(failures, strategy) || failures >= most);
        const { stopAfterFailures } = strategy;
        expect({ ...capped, stopAfterFailures }).toEqual({ ...strategy, stopAfterFailures });
        expect(withinRules(strategy, {})).toBe(strategy);
      }),
    );
  });
});

describe('what a strategy means for users', () => {
  it('is said of recreate alone', () => {
    expect(warningOf({ kind: 'recreate', batch: 1 })).toMatch(/stops before its new version starts.*nobody is answered/);
    expect(warningOf({ kind: 'rolling', batch: 1 })).toBeUndefined();
    expect(warningOf({ kind: 'blue-green' })).toBeUndefined();
  });
});
