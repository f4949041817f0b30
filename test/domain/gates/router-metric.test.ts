import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ServerReading } from '../../../domain/canary-figures.ts';
import { evaluateGates, nextLook } from '../../../domain/gates/evaluate.ts';
import { type EnvironmentCount, type HostCount, routerMeasurement, withCount } from '../../../domain/gates/router-metric.ts';
import type { RouterSource } from '../../../domain/gates/rules.ts';
import { at, facts, question, SINCE } from './questions.ts';

const MINUTE = 60_000;
const SOURCE: RouterSource = {
  ...{ kind: 'router', environment: 'staging', component: 'web', figure: 'failedShare', overMs: 10 * MINUTE, minRequests: 100 },
};
const read = (requests: number, more: Partial<ServerReading> = {}): ServerReading => ({
  requests,
  refused: 0,
  failed: 0,
  averageMs: 0,
  ...more,
});
const host = (
  servers: Readonly<Record<string, ServerReading>>,
  more: { host?: string; component?: string; since?: string } = {},
): HostCount => ({
  host: more.host ?? 's1',
  components: [{ component: more.component ?? 'web', since: more.since ?? '1', servers }],
});
const count = (minute: number, ...hosts: readonly HostCount[]): EnvironmentCount => ({ at: at(minute * MINUTE), hosts });
const figure = (more: Partial<RouterSource>, ...counts: readonly EnvironmentCount[]) => routerMeasurement({ ...SOURCE, ...more }, counts);
const reason = (fact: ReturnType<typeof figure>) => (fact.kind === 'unknown' ? fact.reason : JSON.stringify(fact.value));

describe("the routers' own figures", () => {
  const before = count(0, host({ a: read(1_000, { failed: 900, refused: 900, averageMs: 80 }) }), host({ b: read(0) }, { host: 's2' }));
  const after = count(
    12,
    host({ a: read(1_150, { failed: 902, refused: 910, averageMs: 80 }) }),
    host({ b: read(50, { failed: 2, averageMs: 80 }) }, { host: 's2' }),
  );

  it('are of what was answered since an earlier count, on all hosts together', () => {
    expect(figure({}, before, after)).toEqual({
      kind: 'known',
      value: { value: 0.02, at: at(12 * MINUTE), basis: 'of 200 requests to web in staging within 12m' },
    });
    expect(figure({ figure: 'refusedShare' }, before, after)).toMatchObject({ value: { value: 0.05 } });
    expect(figure({ figure: 'requests' }, before, after)).toEqual({
      kind: 'known',
      value: { value: 200, at: at(12 * MINUTE), basis: 'requests to web in staging within 12m' },
    });
    expect(figure({ figure: 'meanMilliseconds' }, before, after)).toMatchObject({
      value: { value: 80, within: 5.5, basis: 'ms over 200 requests to web in staging within 12m' },
    });
  });

  it('are of the component that is asked for, or of all together', () => {
    const both = (minute: number, requests: number) =>
      count(minute, host({ a: read(requests) }), host({ w: read(2 * requests) }, { component: 'api', host: 's2' }));
    const requests = (more: Partial<RouterSource>) => figure({ figure: 'requests', ...more }, both(0, 0), both(10, 100));
    const { component: _, ...all } = SOURCE;
    expect(requests({})).toMatchObject({ value: { value: 100 } });
    expect(requests({ component: 'api' })).toMatchObject({ value: { value: 200 } });
    expect(routerMeasurement({ ...all, figure: 'requests' }, [both(0, 0), both(10, 100)])).toMatchObject({
      value: { value: 300, basis: 'requests to staging within 10m' },
    });
    expect(reason(requests({ component: 'none' }))).toBe('no router gives requests to none in staging');
    const idle = (minute: number) => count(minute, host({}), host({ a: read(9) }, { component: 'api' }));
    expect(reason(figure({ figure: 'requests' }, idle(0), idle(10)))).toBe('no router gives requests to web in staging');
    // Containers of two components on one host, in two orders.
    const one = (requests: number) => ({ component: 'web', since: '1', servers: { a: read(requests) } });
    const two = (requests: number) => ({ component: 'api', since: '1', servers: { a: read(requests) } });
    const [first, last] = [
      count(0, { host: 's1', components: [one(0), two(50)] }),
      count(10, { host: 's1', components: [two(60), one(7)] }),
    ];
    expect(figure({ figure: 'requests' }, first, last)).toMatchObject({ value: { value: 7 } });
  });

  it('are not known before the time has passed, and the gate says when that is', () => {
    const early = figure({}, before, count(9, host({ a: read(5_000) })));
    expect(early).toStrictEqual({
      kind: 'unknown',
      reason: 'requests to web in staging are counted for 10m first',
      knownAt: at(10 * MINUTE),
    });
    const asked = question(
      { metrics: [{ name: 'errors', source: SOURCE, atMost: 0.01, freshMs: MINUTE }] },
      { facts: facts({ metrics: { 'environment/errors': early } }) },
    );
    expect(evaluateGates(asked, SINCE).gates[0]).toMatchObject({ open: false, changesAt: at(10 * MINUTE) });
    expect(nextLook(asked, SINCE + 9 * MINUTE)).toBe(SINCE + 10 * MINUTE);
    expect(reason(figure({}))).toBe('its routers have not been asked yet');
  });

  it('are unclear of too few requests', () => {
    expect(reason(figure({ minRequests: 201 }, before, after))).toBe(
      'unclear, as there were 200 of the 201 requests to web in staging within 12m that tell something',
    );
    expect(figure({ minRequests: 200 }, before, after).kind).toBe('known');
    expect(figure({ minRequests: 201, figure: 'requests' }, before, after).kind).toBe('known');
  });

  it('are not known where a host cannot be read, however good the others are', () => {
    const lost: HostCount = { host: 's2', unread: 'its engine does not answer' };
    expect(reason(figure({}, before, count(12, host({ a: read(9_000) }), lost)))).toBe(
      'the router of s2 cannot be read: its engine does not answer',
    );
    // Nor is anything compared with a count that lacks a host.
    expect(figure({}, count(0, host({ a: read(0) }), lost), after)).toMatchObject({ kind: 'unknown', knownAt: at(22 * MINUTE) });
  });

  it('count from nothing what a router has counted since it started anew', () => {
    const restarted = count(12, host({ a: read(120, { failed: 12 }) }, { since: '2' }));
    expect(figure({}, before, restarted)).toMatchObject({ value: { value: 0.1 } });
  });

  it('are not known while anything serves that was not counted before, however good the others are', () => {
    const early = { kind: 'unknown', reason: 'requests to web in staging are counted for 10m first', knownAt: at(22 * MINUTE) };
    const all = (minute: number) => host({ a: read(1_000 + minute) });
    const newer = [
      host({ c: read(5_000) }),
      host({ a: read(1_150), c: read(0) }),
      host({ toString: read(5_000) }),
      host({ a: read(1_150) }, { host: 's3' }),
    ];
    for (const kind of ['failedShare', 'refusedShare', 'meanMilliseconds', 'requests'] as const)
      for (const one of newer) expect(figure({ figure: kind, minRequests: 0 }, count(0, all(0)), count(12, one))).toStrictEqual(early);
    // What another component begins with is none of this one's business.
    const api = host({ n: read(5_000) }, { component: 'api', host: 's3' });
    expect(figure({ figure: 'requests' }, count(0, all(0)), count(12, all(12), api))).toMatchObject({ value: { value: 12 } });
  });

  it('are known when what is new has served for the time, and of that time alone', () => {
    const [a, c] = [(requests: number) => read(requests), (requests: number) => read(requests, { failed: 500 })];
    const counts = [
      count(0, host({ a: a(0) })),
      count(5, host({ a: a(50), c: c(500) })),
      count(14, host({ a: a(140), c: c(590) })),
      count(15, host({ a: a(150), c: c(700) })),
    ];
    expect(figure({}, ...counts.slice(0, 3))).toMatchObject({ kind: 'unknown', knownAt: at(15 * MINUTE) });
    expect(figure({}, ...counts)).toMatchObject({ value: { value: 0, basis: 'of 300 requests to web in staging within 10m' } });
  });

  it('are without what has gone, but for the number of requests, which is not known then', () => {
    const both = count(0, host({ a: read(0), b: read(0) }));
    const left = count(10, host({ a: read(200, { failed: 2 }) }));
    expect(figure({}, both, left)).toMatchObject({ value: { value: 0.01, basis: 'of 200 requests to web in staging within 10m' } });
    expect(figure({ figure: 'requests' }, both, left)).toMatchObject({ kind: 'unknown', knownAt: at(20 * MINUTE) });
  });

  it('go by the worst that they may be', () => {
    const judged = (value: number, within: number) =>
      evaluateGates(
        question(
          { metrics: [{ name: 'slow', source: SOURCE, atMost: 50, atLeast: 10, freshMs: MINUTE }] },
          { facts: facts({ metrics: { 'environment/slow': { kind: 'known', value: { value, within, at: at(0), basis: 'ms' } } } }) },
        ),
        SINCE,
      );
    expect([judged(45, 5), judged(46, 5), judged(15, 5), judged(14, 5)].map(({ kind }) => kind)).toEqual([
      'open',
      'closed',
      'open',
      'closed',
    ]);
    expect(judged(46, 5).gates[0]?.reason).toBe('slow is 46 ± 5 ms, and must be at least 10 and at most 50');
  });
});

describe('the counts that are kept', () => {
  const lost = (minute: number): EnvironmentCount => count(minute, { host: 's1', unread: 'no' });
  const whole = (minute: number): EnvironmentCount => count(minute, host({ a: read(minute) }));
  const kept = (...counts: readonly EnvironmentCount[]) =>
    counts
      .reduce<readonly EnvironmentCount[]>((all, next) => withCount(all, next, SOURCE.overMs), [])
      .map(({ at: moment }) => (Date.parse(moment) - SINCE) / MINUTE);

  it('go back to the last that is old enough, and no further', () => {
    expect(kept(whole(0))).toEqual([0]);
    expect(kept(whole(0), whole(5), whole(10), whole(14))).toEqual([0, 5, 10, 14]);
    expect(kept(whole(0), whole(5), whole(10), whole(15))).toEqual([5, 10, 15]);
    // What lacks a host is nothing to compare with.
    expect(kept(whole(0), lost(5), whole(10), whole(15))).toEqual([0, 5, 10, 15]);
  });

  it('are one where several lie close together', () => {
    expect(kept(whole(0), whole(0.25), whole(0.4))).toEqual([0, 0.4]);
    expect(kept(whole(0), whole(0.5), whole(0.6))).toEqual([0, 0.5, 0.6]);
    expect(kept(lost(0), whole(0.25), whole(0.4))).toEqual([0, 0.25, 0.4]);
    expect(kept(lost(0), lost(0.25), whole(0.4))).toEqual([0, 0.4]);
    expect(kept(whole(0), lost(0.25), whole(0.4))).toEqual([0, 0.4]);
  });

  it('are few, and tell when a figure is known as all of them would, of no shorter time', () => {
    const step = fc.tuple(fc.oneof(fc.integer({ min: 1, max: MINUTE }), fc.integer({ min: 1, max: 40 * MINUTE })), fc.nat(9), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let [now, requests] = [0, 0];
        let few: readonly EnvironmentCount[] = [];
        const all: EnvironmentCount[] = [];
        for (const [wait, more, isLost] of steps) {
          now += wait;
          requests += more;
          const next = count(now / MINUTE, isLost ? { host: 's1', unread: 'no' } : host({ a: read(requests) }));
          all.push(next);
          few = withCount(few, next, SOURCE.overMs);
          expect(few.length).toBeLessThan(50);
          const [ours, whole] = [few, all].map((counts) => figure({ figure: 'requests' }, ...counts));
          expect(ours?.kind).toBe(whole?.kind);
          if (ours?.kind === 'known' && whole?.kind === 'known') expect(ours.value.value).toBeGreaterThanOrEqual(whole.value.value);
        }
      }),
    );
  });
});
