import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { earlyLooks, type Judgement, judgeCanary, mostHosts, shareBounds } from '../../domain/canary.ts';
import type { Comparison, Tally } from '../../domain/canary-figures.ts';
import { CANARY } from './arbitraries.ts';

const RULES = CANARY.judgement;
const GOOD: Tally = { requests: 1_000, refused: 0, failed: 0, time: { meanMs: 20, withinMs: 1 } };

const tally: fc.Arbitrary<Tally> = fc
  .record({
    requests: fc.nat(5_000),
    refused: fc.nat(5_000),
    failed: fc.nat(5_000),
    meanMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
  })
  .map(({ requests, refused, failed, meanMs }) => ({
    requests,
    refused: Math.min(requests, refused),
    failed: Math.min(requests, failed),
    ...(requests > 0 && { time: { meanMs, withinMs: 1 } }),
  }));
const comparison: fc.Arbitrary<Comparison> = fc.record({
  component: fc.constantFrom('web', 'api'),
  newer: tally,
  older: tally,
  troubles: fc.constant([]),
});
const tolerance = fc.record({ points: fc.double({ min: 0, max: 20, noNaN: true }), times: fc.double({ min: 1, max: 5, noNaN: true }) });
const rules: fc.Arbitrary<Judgement> = fc.record({
  requests: fc.integer({ min: 1, max: 500 }),
  failed: tolerance,
  refused: tolerance,
  latency: fc.record({ moreMs: fc.nat(200), times: fc.double({ min: 1, max: 5, noNaN: true }) }),
});

const RANK = { 'better-or-equal': 0, unclear: 1, worse: 2 } as const;
const rank = (comparisons: readonly Comparison[], by: Judgement): number => RANK[judgeCanary(comparisons, by).kind];

const judged = (newer: Partial<Tally>, older: Partial<Tally> = {}) =>
  judgeCanary([{ component: 'web', newer: { ...GOOD, ...newer }, older: { ...GOOD, ...older }, troubles: [] }], RULES);

describe('the judgement of a canary', () => {
  it('gives a version that does just what the old one does more requests, whatever that is', () => {
    fc.assert(
      fc.property(tally, rules, (figures, by) => {
        const { kind } = judgeCanary([{ component: 'web', newer: figures, older: figures, troubles: [] }], by);
        expect(kind).toBe(figures.requests >= by.requests ? 'better-or-equal' : 'unclear');
      }),
    );
  });

  it('never thinks better of a version for one more failure, refusal or millisecond', () => {
    fc.assert(
      fc.property(comparison, rules, fc.constantFrom('failed' as const, 'refused' as const, 'time' as const), (one, by, what) => {
        const { newer } = one;
        const later = newer.time && { time: { ...newer.time, meanMs: newer.time.meanMs + 1 } };
        const spoilt: Tally = what === 'time' ? { ...newer, ...later } : { ...newer, [what]: Math.min(newer.requests, newer[what] + 1) };
        expect(rank([{ ...one, newer: spoilt }], by)).toBeGreaterThanOrEqual(rank([one], by));
      }),
    );
  });

  it('never calls each of two versions worse than the other by their failures and refusals', () => {
    fc.assert(
      fc.property(comparison, rules, (one, by) => {
        const [newer, older] = [
          { ...one.newer, time: GOOD.time },
          { ...one.older, time: GOOD.time },
        ] as Tally[];
        if (newer === undefined || older === undefined) return;
        const only = (what: 'failed' | 'refused', left: Tally, right: Tally): boolean => {
          const other = what === 'failed' ? 'refused' : 'failed';
          return judgeCanary([{ ...one, newer: { ...left, [other]: 0 }, older: { ...right, [other]: 0 } }], by).kind === 'worse';
        };
        for (const what of ['failed', 'refused'] as const) expect(only(what, newer, older) && only(what, older, newer)).toBe(false);
      }),
    );
  });

  it('never says that all is well by fewer requests than it needs, of either version', () => {
    fc.assert(
      fc.property(comparison, rules, (one, by) => {
        const isEnough = Math.min(one.newer.requests, one.older.requests) >= by.requests;
        if (!isEnough) expect(judgeCanary([one], by).kind).not.toBe('better-or-equal');
      }),
    );
  });

  it('is as bad as what it says of the worst component, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(comparison, { minLength: 1, maxLength: 4 }), rules, (all, by) => {
        expect(rank(all, by)).toBe(Math.max(...all.map((one) => rank([one], by))));
        expect(rank([...all].reverse(), by)).toBe(rank(all, by));
      }),
    );
  });

  it('calls worse what restarted, ran out of memory or is not well, whatever its requests say', () => {
    fc.assert(
      fc.property(comparison, rules, (one, by) => {
        const verdict = judgeCanary([{ ...one, troubles: ['the new version restarted once on p1'] }], by);
        expect(verdict.kind).toBe('worse');
        expect(verdict.reasons).toContain(`${one.component}: the new version restarted once on p1`);
      }),
    );
  });

  it('has reasons for every verdict', () => {
    fc.assert(fc.property(fc.array(comparison), rules, (all, by) => expect(judgeCanary(all, by).reasons.length).toBeGreaterThan(0)));
    expect(judgeCanary([], RULES)).toEqual({ kind: 'unclear', reasons: ['No host has figures of both versions'] });
  });

  it('tells both versions with a good verdict', () => {
    expect(judged({ requests: 1_200, failed: 2, time: { meanMs: 12.4, withinMs: 1 } }, { requests: 22_800, failed: 60 })).toEqual({
      kind: 'better-or-equal',
      reasons: ['web: 0.17% of 1200 requests failed (before 0.26% of 22800), 0% refused (before 0%), 12 ms (before 20 ms)'],
    });
  });

  it('takes one in a hundred for chance, twelve for a fault, and asks about what could be either', () => {
    expect(judged({ requests: 100, failed: 1 }).kind).toBe('better-or-equal');
    expect(judged({ requests: 100, failed: 2 }).kind).toBe('unclear');
    expect(judged({ requests: 100, failed: 12 })).toEqual({
      kind: 'worse',
      reasons: ['web: 12% of 100 requests failed of the new version, and 0% of 1000 requests failed of the old one'],
    });
  });

  it('needs no hundred requests to see that every one fails', () => {
    expect(judged({ requests: 12, failed: 12 }).kind).toBe('worse');
    expect(judged({ requests: 1, failed: 1 }).kind).toBe('worse');
    // Of nothing nothing can be told.
    expect(judged({ requests: 12, failed: 12 }, { requests: 0, failed: 0 }).kind).toBe('unclear');
  });

  it('tolerates what both versions suffer from, as when a database is away', () => {
    expect(judged({ failed: 220 }, { failed: 200 }).kind).toBe('better-or-equal');
    expect(judged({ failed: 400 }, { failed: 200 }).kind).toBe('worse');
  });

  it('sees a version that refuses what the old one answered', () => {
    expect(judged({ refused: 40 }).kind).toBe('better-or-equal');
    expect(judged({ refused: 400 })).toMatchObject({ kind: 'worse', reasons: [expect.stringContaining('40% of 1000 requests refused')] });
  });

  it('calls slower only what is so by both measures, and surely', () => {
    const at = (meanMs: number, withinMs = 1): Partial<Tally> => ({ time: { meanMs, withinMs } });
    expect(judged(at(60)).kind).toBe('better-or-equal');
    expect(judged(at(80))).toEqual({
      kind: 'worse',
      reasons: ['web: 80 ms until the new version answers, and 20 ms until the old one does'],
    });
    expect(judged(at(80, 15)).kind).toBe('unclear');
    expect(judged(at(290), at(200)).kind).toBe('better-or-equal');
    expect(judged(at(310), at(200)).kind).toBe('worse');
  });
});

describe('the time until an answer', () => {
  const { time: _, ...untimed } = GOOD;
  const verdict = (newer: Tally, older: Tally) => judgeCanary([{ component: 'web', newer, older, troubles: [] }], RULES);

  it('says nothing where one of the versions has none', () => {
    const slow: Tally = { ...GOOD, time: { meanMs: 9_000, withinMs: 1 } };
    expect(verdict(slow, untimed).reasons).toEqual([
      'web: 0% of 1000 requests failed (before 0% of 1000), 0% refused (before 0%), 9000 ms (before no time)',
    ]);
    expect(verdict(untimed, GOOD).kind).toBe('better-or-equal');
  });

  it('is known no better than either version’s rounding leaves open', () => {
    const timed = (meanMs: number, withinMs: number): Tally => ({ ...GOOD, time: { meanMs, withinMs } });
    // At most 70 ms: 20 and 50 more.
    expect(verdict(timed(70, 0), timed(20, 0)).kind).toBe('better-or-equal');
    expect(verdict(timed(70.5, 0), timed(20, 0)).kind).toBe('worse');
    expect(verdict(timed(80, 10), timed(20, 0)).kind).toBe('unclear');
    expect(verdict(timed(80, 0), timed(20, 10)).kind).toBe('unclear');
    expect(verdict(timed(80.5, 0), timed(20, 10)).kind).toBe('worse');
  });
});

describe('too few requests', () => {
  it('are told, of both versions', () => {
    expect(judged({ requests: 12 })).toEqual({
      kind: 'unclear',
      reasons: ['web: 12 requests to the new version and 1000 to the old one, where 100 of each would tell'],
    });
    expect(judged({ requests: 100 }).kind).toBe('better-or-equal');
  });

  it('are told as none where there were none', () => {
    const none: Tally = { requests: 0, refused: 0, failed: 0 };
    const some = judgeCanary([{ component: 'web', newer: none, older: none, troubles: [] }], { ...RULES, requests: 0 });
    expect(some.reasons).toEqual(['web: 0% of 0 requests failed (before 0% of 0), 0% refused (before 0%), no time (before no time)']);
  });
});

describe('what is told of a verdict', () => {
  it('is all of it where it is ten reasons', () => {
    const troubles = Array.from({ length: 10 }, (_, index) => `trouble ${index}`);
    const { reasons } = judgeCanary([{ component: 'web', newer: GOOD, older: GOOD, troubles }], RULES);
    expect(reasons).toEqual(troubles.map((trouble) => `web: ${trouble}`));
  });

  it('is ten reasons at most, and how many more there are', () => {
    const troubles = Array.from({ length: 400 }, (_, index) => `the new version restarted once on p${index}`);
    const { kind, reasons } = judgeCanary([{ component: 'web', newer: GOOD, older: GOOD, troubles }], RULES);
    expect(kind).toBe('worse');
    expect(reasons).toHaveLength(11);
    expect(reasons.at(-1)).toBe('and 390 more');
  });
});

describe('the hosts of a canary', () => {
  it('are a thousand with pauses of ten minutes, and never more than a run of the workflow holds the longest step of', () => {
    expect(mostHosts(CANARY)).toBe(1_000);
    const step = fc.record({ weight: fc.constant(5), pauseMs: fc.integer({ min: 1_000, max: 86_400_000 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        for (const one of steps) expect(mostHosts({ steps }) * (2 + earlyLooks(one).length)).toBeLessThanOrEqual(4_000);
      }),
    );
  });
});

describe('the bounds of a share', () => {
  it('are those of Wilson, wrong to each side once in twenty times, and all that is possible where nothing was seen', () => {
    expect(shareBounds(0, 0)).toEqual({ least: 0, most: 1 });
    const z2 = 1.645 ** 2;
    const { least, most } = shareBounds(30, 100);
    const centre = (0.3 + z2 / 200) / (1 + z2 / 100);
    const reach = Math.sqrt(z2 * (0.21 / 100 + z2 / 40_000)) / (1 + z2 / 100);
    expect(least).toBeCloseTo(centre - reach, 9);
    expect(most).toBeCloseTo(centre + reach, 9);
    expect(shareBounds(0, 100).most).toBeCloseTo(z2 / (100 + z2), 9);
  });

  it('hold the share itself, and come nearer to it with more requests', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(1_000), (requests, some) => {
        const count = Math.min(requests, some);
        const { least, most } = shareBounds(count, requests);
        expect(least).toBeLessThanOrEqual(count / requests);
        expect(most).toBeGreaterThanOrEqual(count / requests);
        const more = shareBounds(count * 10, requests * 10);
        expect(more.most - more.least).toBeLessThanOrEqual(most - least);
      }),
    );
  });
});

describe('the early looks of a step', () => {
  it('are few, rise, and leave room before its end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 7 * 86_400_000 }), (pauseMs) => {
        const looks = earlyLooks({ weight: 5, pauseMs });
        expect(looks.length).toBeLessThanOrEqual(5);
        expect(looks).toEqual([...looks].sort((a, b) => a - b));
        for (const look of looks) expect(look * 2).toBeLessThanOrEqual(pauseMs);
      }),
    );
    expect(earlyLooks({ weight: 5, pauseMs: 59_000 })).toEqual([]);
    expect(earlyLooks({ weight: 5, pauseMs: 600_000 })).toEqual([30_000, 300_000]);
  });
});
