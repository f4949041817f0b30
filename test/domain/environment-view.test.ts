import { describe, expect, it } from '@jest/globals';
import { environmentStatusOf } from '../../domain/environment-view.ts';
import { knownOf, releaseOf, requestOf, whoAsked } from '../../domain/environment-work.ts';
import { good, releaseNumber } from './arbitraries.ts';
import { AT, EMPTY, ofHost, promotion, rollback, runs, SERVES, waits } from './environment-works.ts';

describe('an environment is shown', () => {
  it('as empty as it is, and without what there is nothing of', () => {
    expect(environmentStatusOf(EMPTY)).toStrictEqual({
      application: 'shop',
      environment: 'production',
      current: null,
      history: [],
      running: null,
      queue: [],
      last: null,
      behind: [],
      generation: 0,
    });
  });

  it('with what runs, and which request that is where it is of one host', () => {
    const running = (work: Parameters<typeof runs>[1]) => environmentStatusOf(runs(SERVES, work)).running;
    expect(running(promotion(3))).toStrictEqual({ deployment: 'deployment/3', release: 3, kind: 'promotion', since: AT, progress: null });
    expect(running(ofHost(2))).toMatchObject({ kind: 'host', release: 2, requestId: 'h' });
    expect(environmentStatusOf(SERVES)).toMatchObject({ current: good(2), history: [good(1)], generation: 2 });
  });

  it('with who waits, since when, and why though nothing is before it', () => {
    const held = [{ kind: 'freeze', reason: 'the sale' }];
    const { queue } = environmentStatusOf(waits(SERVES, { ...promotion(3), held } as ReturnType<typeof promotion>, rollback(1), ofHost(2)));
    expect(queue).toStrictEqual([
      { requestId: 'r3', release: 3, since: AT, requestedBy: 'dev', held },
      { requestId: 'rollback to 1', release: 1, since: AT, requestedBy: 'rita' },
      { requestId: 'h', release: 2, since: AT, requestedBy: 'olga' },
    ]);
    expect(environmentStatusOf(waits(SERVES, promotion(3))).queue).toStrictEqual([
      { requestId: 'r3', release: 3, since: AT, requestedBy: 'dev' },
    ]);
  });

  it('with who is at its gates, and nothing that concerns nobody', () => {
    const stay = {
      requestId: 'g',
      release: 3,
      since: AT,
      requestedBy: 'dev',
      releaseWorkflowId: 'w',
      decided: true,
      policy: { kind: 'queue' },
    } as const;
    expect(environmentStatusOf({ ...SERVES, atGates: [stay] }).atGates).toStrictEqual([
      { requestId: 'g', release: 3, since: AT, requestedBy: 'dev' },
    ]);
  });

  it('with what ran there, and what its hosts run that are behind', () => {
    const stints = [{ release: 1, digests: [], since: AT }];
    const { release, deployment, generation } = good(1);
    const behind = (runs: { release: typeof release; deployment: string; generation: number } | null) => [
      { host: 'p2', outcome: 'skipped' as const, runs, reason: 'no disk', since: AT },
    ];
    expect(environmentStatusOf({ ...SERVES, stints, behind: behind({ release, deployment, generation }) })).toMatchObject({
      stints,
      behind: [{ host: 'p2', outcome: 'skipped', runs: 1, reason: 'no disk', since: AT }],
    });
    expect(environmentStatusOf({ ...SERVES, behind: behind(null) }).behind[0]?.runs).toBeNull();
  });

  it('with what watches while nothing changes, naming who may raise an alarm', () => {
    const watched = {
      deployment: 'deployment/2',
      until: Date.parse(AT),
      alarms: [
        { kind: 'raised', name: 'pager', by: ['rita'] },
        { kind: 'webhook', name: 'grafana', header: 'authorization' },
      ],
    } as const;
    expect(environmentStatusOf({ ...SERVES, watched }).watched).toStrictEqual({
      deployment: 'deployment/2',
      until: AT,
      alarms: [{ name: 'pager', raisedBy: ['rita'] }, { name: 'grafana' }],
    });
    expect(environmentStatusOf(runs({ ...SERVES, watched }, promotion(3)))).not.toHaveProperty('watched');
  });
});

describe('a work', () => {
  it('is of a release', () => {
    expect([promotion(3), rollback(1), ofHost(2)].map(releaseOf)).toEqual([3, 1, 2].map(releaseNumber));
  });

  it('is asked for by somebody, for a reason', () => {
    expect([promotion(3), rollback(1), ofHost(2)].map(whoAsked)).toEqual([
      { person: 'dev', reason: 'promotion' },
      { person: 'rita', reason: 'slow' },
      { person: 'olga', reason: 'host p1: rebuilt' },
    ]);
  });

  it('answers a request that could come again, where that has an id', () => {
    expect([promotion(3), rollback(1), ofHost(2)].map(requestOf)).toEqual(['r3', undefined, 'h']);
  });

  it('tells how a person was known, and leaves that of a promotion to the release', () => {
    const known = { authentication: 'token 1', requestId: 'q' };
    expect(knownOf(rollback(1, { known }))).toBe(known);
    expect(knownOf(rollback(1))).toBeUndefined();
    expect(knownOf(Object.assign(promotion(3), { known }))).toBeUndefined();
  });
});
