import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ComponentReading,
  comparisonsBetween,
  type HostReading,
  type ServerReading,
  tallyBetween,
} from '../../domain/canary-figures.ts';

/** HAProxy's average of a server's response times: `swrate_add_dynamic` and `swrate_avg` of its freq_ctr.h. */
class HaproxyAverage {
  #sum = 0;
  #count = 0;

  add(ms: number): void {
    this.#count += 1;
    if (this.#count > 512) this.#sum -= Math.floor((this.#sum + 511) / 512);
    this.#sum += ms;
  }

  get shown(): ServerReading {
    const window = Math.min(512, Math.max(1, this.#count));
    return { requests: this.#count, refused: 0, failed: 0, averageMs: Math.floor((this.#sum + window - 1) / window) };
  }
}

const reading = (requests: number, more: Partial<ServerReading> = {}): ServerReading => ({
  requests,
  refused: 0,
  failed: 0,
  averageMs: 10,
  ...more,
});
const component = (more: Partial<ComponentReading> = {}): ComponentReading => ({
  component: 'web',
  since: '1',
  newer: { n1: reading(0) },
  older: { o1: reading(0) },
  restarts: 0,
  outOfMemory: 0,
  ...more,
});
const host = (name: string, ...components: ComponentReading[]): HostReading => ({ host: name, components });

describe('what a server did between two readings', () => {
  it('has the mean of its own requests, also where another server was slow in its place before', () => {
    const times = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(fc.nat(1_500), times, fc.integer({ min: 1, max: 1_500 }), times, (before, slow, requests, quick) => {
        const average = new HaproxyAverage();
        for (let index = 0; index < before; index += 1) average.add(slow);
        const then = average.shown;
        for (let index = 0; index < requests; index += 1) average.add(quick);
        const tally = tallyBetween(then, average.shown);
        expect(tally.requests).toBe(requests);
        expect(Math.abs((tally.time?.meanMs ?? Number.NaN) - quick)).toBeLessThanOrEqual(tally.time?.withinMs ?? 0);
      }),
      { numRuns: 60 },
    );
  });

  it('is never negative', () => {
    const counted = fc.record({ requests: fc.nat(900), failed: fc.nat(900), refused: fc.nat(900), averageMs: fc.nat(900) });
    fc.assert(
      fc.property(counted, counted, (then, now) => {
        const { requests, failed, refused } = tallyBetween(then, now);
        expect(Math.min(requests, failed, refused)).toBeGreaterThanOrEqual(0);
        expect(Math.max(failed, refused)).toBeLessThanOrEqual(requests);
      }),
    );
  });

  it('has no mean without requests', () => {
    expect(tallyBetween(reading(5), reading(5))).toEqual({ requests: 0, refused: 0, failed: 0 });
  });
});

describe('what a server did between two readings, in numbers', () => {
  it('is the difference of what was counted', () => {
    const then = reading(100, { failed: 7, refused: 5 });
    expect(tallyBetween(then, reading(160, { failed: 17, refused: 8 }))).toMatchObject({ requests: 60, failed: 10, refused: 3 });
    expect(Object.keys(tallyBetween(then, then))).toEqual(['requests', 'refused', 'failed']);
  });

  it('is a mean that is known the less, the fewer requests came after many', () => {
    const within = (had: number, more: number) => tallyBetween(reading(had), reading(had + more)).time?.withinMs ?? Number.NaN;
    expect(within(0, 100)).toBeCloseTo(1, 6);
    expect(within(100, 100)).toBeCloseTo(3, 6);
    expect(within(512, 512)).toBeCloseTo((512 + 512 * (511 / 512) ** 512) / (512 * (1 - (511 / 512) ** 512)), 6);
    expect(within(5_000, 10)).toBeGreaterThan(50);
    expect(within(0, 50_000)).toBeCloseTo(1, 6);
  });
});

describe('a comparison of both versions', () => {
  it('has the mean of all, by how many requests each had', () => {
    const before = [host('p1', component({ newer: { n1: reading(0), n2: reading(0), n3: reading(0) } }))];
    const newer = { n1: reading(30, { averageMs: 10 }), n2: reading(10, { averageMs: 50 }), n3: reading(0) };
    const [only] = comparisonsBetween(before, [host('p1', component({ newer }))]);
    expect(only?.newer.time?.meanMs).toBeCloseTo(20, 6);
    expect(only?.newer.time?.withinMs).toBeCloseTo(1, 6);
    expect(only?.older).toStrictEqual({ requests: 0, refused: 0, failed: 0 });
  });

  it('is one for each component, in the order of their names, of its own figures alone', () => {
    const [web, api] = [component(), component({ component: 'api' })];
    const now = [host('p1', component({ newer: { n1: reading(5) } }), component({ component: 'api', newer: { n1: reading(7) } }))];
    expect(comparisonsBetween([host('p1', web, api)], now).map(({ component: name, newer }) => [name, newer.requests])).toEqual([
      ['api', 7],
      ['web', 5],
    ]);
  });

  it('says of one restart that it was one, and nothing where there was none', () => {
    const told = (restarts: number) => comparisonsBetween([host('p1', component())], [host('p1', component({ restarts }))])[0]?.troubles;
    expect([told(0), told(1)]).toEqual([[], ['the new version restarted once on p1']]);
  });

  it('adds up hosts and containers, by component', () => {
    const before = [host('p1', component({ newer: { n1: reading(10), n2: reading(0) } })), host('p2', component())];
    const after = [
      host('p1', component({ newer: { n1: reading(30, { failed: 2 }), n2: reading(5) }, older: { o1: reading(400, { refused: 4 }) } })),
      host('p2', component({ newer: { n1: reading(25, { failed: 1 }) }, older: { o1: reading(500) } }), component({ component: 'api' })),
    ];
    expect(comparisonsBetween(before, after)).toMatchObject([
      { component: 'web', newer: { requests: 50, failed: 3 }, older: { requests: 900, refused: 4, failed: 0 }, troubles: [] },
    ]);
  });

  it('counts from nothing, both versions alike, where the router started anew meanwhile', () => {
    const before = [host('p1', component({ newer: { n1: reading(10) }, older: { o1: reading(900) } }))];
    const now = component({ since: '2', newer: { n1: reading(30) }, older: { o1: reading(950, { failed: 1 }) } });
    expect(comparisonsBetween(before, [host('p1', now)])).toMatchObject([{ newer: { requests: 30 }, older: { requests: 950, failed: 1 } }]);
  });

  it('leaves out hosts and containers of which only one reading is there', () => {
    const after = [host('p1', component({ newer: { n1: reading(30), n2: reading(700) } })), host('p9', component({ restarts: 4 }))];
    expect(comparisonsBetween([host('p1', component())], after)).toMatchObject([{ newer: { requests: 30 }, troubles: [] }]);
    expect(comparisonsBetween([], after)).toEqual([]);
  });

  it('tells restarts, memory and trouble since the first reading, with the host', () => {
    const before = [host('p1', component({ restarts: 2 })), host('p2', component())];
    const after = [
      host('p1', component({ restarts: 4, outOfMemory: 1 })),
      host('p2', component({ trouble: '/health answers 500 through the router' })),
    ];
    expect(comparisonsBetween(before, after)[0]?.troubles).toEqual([
      'the new version restarted 2 times on p1',
      'the new version used more memory than it may on p1',
      'the new version is not well on p2: /health answers 500 through the router',
    ]);
    expect(comparisonsBetween(after, after)[0]?.troubles).toEqual([
      'the new version is not well on p2: /health answers 500 through the router',
    ]);
  });
});
