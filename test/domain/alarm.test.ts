import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Alarm, alarmKey, alarmWords, objectionToAlarm, unwatched, watchedBy, watchedNow } from '../../domain/alarm.ts';
import { finish } from '../../domain/ended-deployment.ts';
import { begin, enqueue, enqueueRollback } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import { environmentStatusOf } from '../../domain/environment-view.ts';
import { good, request } from './arbitraries.ts';

const AT = '2026-01-01T00:00:00.000Z';
const BAKE_MS = 600_000;
const ALARMS: readonly Alarm[] = [
  {
    kind: 'http',
    name: 'checkout',
    url: 'https://shop.example/checkout',
    status: 200,
    intervalMs: 10_000,
    timeoutMs: 5_000,
    failures: 3,
  },
  { kind: 'raised', name: 'pager', by: ['grafana', 'rita'] },
];
const now = Date.parse(AT);

const started = (state: EnvironmentState): EnvironmentState => begin(state, (generation) => `deployment/${generation}`, AT);
const succeeded = (state: EnvironmentState, alarms = ALARMS): EnvironmentState =>
  watchedBy(finish(state, { kind: 'succeeded', hosts: [] }, AT, BAKE_MS), alarms);
const promoted = (state: EnvironmentState, release: number, alarms = ALARMS): EnvironmentState =>
  succeeded(started(enqueue(state, request(`r${release}`, release), AT)), alarms);
const empty = emptyEnvironment('shop', 'production');
const baking = promoted(promoted(empty, 1), 2);

describe('what watches over an environment', () => {
  it('is there from a promotion until its bake time ends, and shown', () => {
    expect(watchedNow(baking, now)).toEqual({ deployment: 'deployment/2', alarms: ALARMS, until: now + BAKE_MS });
    expect(watchedNow(baking, now + BAKE_MS - 1)).toBeDefined();
    expect(watchedNow(baking, now + BAKE_MS)).toBeUndefined();
    expect(environmentStatusOf(baking).watched).toEqual({
      deployment: 'deployment/2',
      alarms: [{ name: 'checkout' }, { name: 'pager', raisedBy: ['grafana', 'rita'] }],
      until: new Date(now + BAKE_MS).toISOString(),
    });
  });

  it('is gone while something changes, and after a rollback, which would otherwise lead further and further', () => {
    const changing = started(enqueue(baking, request('r3', 3), AT));
    expect(watchedNow(changing, now)).toBeUndefined();
    expect(environmentStatusOf(changing).watched).toBeUndefined();
    const back = succeeded(started(enqueueRollback(baking, { person: 'rita', reason: 'slow' }, good(1), AT)));
    expect(watchedNow(back, now)).toBeUndefined();
    expect(watchedNow(unwatched(baking), now)).toBeUndefined();
  });

  it('goes on over what serves when the next promotion fails', () => {
    const failed = { kind: 'rolled-back', reason: 'unhealthy', hosts: [] } as const;
    const state = watchedBy(finish(started(enqueue(baking, request('r3', 3), AT)), failed, AT, BAKE_MS), ALARMS);
    expect(watchedNow(state, now)).toEqual(watchedNow(baking, now));
  });

  it('is nothing where the environment has no alarms', () => {
    expect(promoted(baking, 3, [])).not.toHaveProperty('watched');
  });
});

describe('an alarm that is raised', () => {
  const raise = (more: object = {}) => ({ alarm: 'pager', person: 'grafana', reason: 'checkout fails', ...more });

  it('counts exactly when the alarm can be raised, the person may, something bakes, and it is what is meant', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('checkout', 'pager', 'other'),
        fc.constantFrom('grafana', 'rita', 'dev'),
        fc.constantFrom(undefined, 1, 2),
        fc.constantFrom(0, BAKE_MS - 1, BAKE_MS),
        (alarm, person, release, later) => {
          const message = { alarm, person, reason: '', ...(release !== undefined && { release }) };
          const counts = alarm === 'pager' && person !== 'dev' && release !== 1 && later < BAKE_MS;
          expect(objectionToAlarm(message, baking, now + later) === undefined).toBe(counts);
        },
      ),
    );
  });

  it.each([
    [{ alarm: 'checkout' }, 'shop in production has no alarm checkout that can be raised; there are pager'],
    [{ person: 'dev' }, 'dev may not raise pager; ask grafana or rita'],
    [{ release: 1 }, 'shop in production runs release 2, and not release 1'],
  ])('is refused with the way out: %j', (more, objection) => {
    expect(objectionToAlarm(raise(more), baking, now)).toBe(objection);
  });

  it('is heard by nobody when nothing bakes', () => {
    expect(objectionToAlarm(raise(), baking, now + BAKE_MS)).toMatch(/^Nothing bakes in shop in production.*ask for a rollback$/);
    expect(objectionToAlarm(raise(), empty, now)).toMatch(/^Nothing bakes/);
  });
});

describe('an alarm that a webhook raises', () => {
  const hook: Alarm = { kind: 'webhook', name: 'grafana', header: 'x-grafana-alerting-signature' };
  const bakes = promoted(promoted(empty, 1), 2, [...ALARMS, hook]);
  const sent = { alarm: 'grafana', person: 'tidegate', reason: 'checkout fails', delivery: 'grafana/1' };

  it('counts by its message, and for no alarm of another kind', () => {
    expect(objectionToAlarm(sent, bakes, now)).toBeUndefined();
    expect(objectionToAlarm({ ...sent, release: 1 }, bakes, now)).toBe('shop in production runs release 2, and not release 1');
    expect(objectionToAlarm({ ...sent, alarm: 'pager' }, bakes, now)).toMatch(
      /no alarm pager that can be raised by a webhook; there are grafana$/,
    );
    expect(objectionToAlarm({ alarm: 'grafana', person: 'rita', reason: '' }, bakes, now)).toMatch(
      /no alarm grafana that can be raised; there are pager$/,
    );
    expect(objectionToAlarm(sent, bakes, now + BAKE_MS)).toMatch(/^Nothing bakes/);
  });

  it('is one alarm however often its message arrives, and another one over another deployment', () => {
    const watched = watchedNow(bakes, now);
    const first = alarmKey(sent, 'r1', watched, []);
    expect(alarmKey(sent, 'r2', watched, [])).toBe(first);
    // It was taken back by then: what the message was about is watched no more.
    expect(alarmKey(sent, 'r3', undefined, ['r0', first])).toBe(first);
    expect(alarmKey(sent, 'r4', watched && { ...watched, deployment: 'deployment/3' }, [first])).not.toBe(first);
    expect(alarmKey({ ...sent, delivery: 'grafana/2' }, 'r5', undefined, [first])).not.toBe(first);
    expect(alarmKey({ ...sent, delivery: 'grafana/11' }, 'r5', undefined, [first])).not.toBe(first);
  });

  it('is known by the id of its request where a person raised it', () => {
    const { delivery: _, ...raised } = sent;
    expect(alarmKey(raised, 'r1', watchedNow(bakes, now), [])).toBe('r1');
  });
});

describe('the words of an alarm', () => {
  it('hold all that an owner set', () => {
    expect(ALARMS.map(alarmWords)).toEqual([
      'checkout: https://shop.example/checkout answers 200 within 5s, asked every 10s; back after 3 wrong in a row',
      'pager, raised by grafana or rita',
    ]);
  });
});

describe('an alarm in words', () => {
  const webhook: Alarm = { kind: 'webhook', name: 'grafana', header: 'x-grafana-alerting-signature' };

  it('says who raises it, by whom it is sent, or what it asks', () => {
    expect([...ALARMS, webhook].map(alarmWords)).toEqual([
      'checkout: https://shop.example/checkout answers 200 within 5s, asked every 10s; back after 3 wrong in a row',
      'pager, raised by grafana or rita',
      'grafana, raised by a webhook with x-grafana-alerting-signature',
    ]);
  });

  it('does not count where nothing watches for it, and says what does', () => {
    const raised = (more: object) => objectionToAlarm({ alarm: 'pager', person: 'rita', reason: '', ...more }, baking, now);
    expect(raised({})).toBeUndefined();
    expect(raised({ release: 2 })).toBeUndefined();
    expect(raised({ release: 1 })).toBe('shop in production runs release 2, and not release 1');
    expect(raised({ person: 'eve' })).toBe('eve may not raise pager; ask grafana or rita');
    expect(raised({ alarm: 'siren' })).toBe('shop in production has no alarm siren that can be raised; there are pager');
    expect(raised({ delivery: 'd' })).toBe('shop in production has no alarm pager that can be raised by a webhook; there are none');
    const two = promoted(baking, 3, [...ALARMS, { kind: 'raised', name: 'siren', by: ['rita'] }]);
    expect(objectionToAlarm({ alarm: 'bell', person: 'rita', reason: '' }, two, now)).toContain('there are pager, siren');
  });

  it('of an environment that never ran anything, or runs something else by now, watches over nothing', () => {
    expect(watchedBy(empty, ALARMS)).toBe(empty);
    expect(watchedNow(empty, now)).toBeUndefined();
    expect(watchedNow({ ...baking, current: good(9) }, now)).toBeUndefined();
    expect(watchedNow({ ...baking, current: null }, now)).toBeUndefined();
    expect(watchedBy({ ...baking, bakeEndsAt: null }, ALARMS)).not.toHaveProperty('watched');
  });
});
