import { describe, expect, it } from '@jest/globals';
import { finish } from '../../domain/ended-deployment.ts';
import { begin, enqueue, enqueueRollback } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import { leftBy, takenBackBy } from '../../domain/taken-back.ts';
import { good, request } from './arbitraries.ts';

const AT = '2026-01-01T00:00:00.000Z';
const BAKE_MS = 600_000;
const WELL = { kind: 'succeeded', hosts: [] } as const;
const later = (ms: number): string => new Date(Date.parse(AT) + ms).toISOString();

const started = (state: EnvironmentState): EnvironmentState => begin(state, (generation) => `deployment/${generation}`, AT);
const promoted = (state: EnvironmentState, release: number, bakeMs = BAKE_MS, stage: object = { stage: 'live' }): EnvironmentState =>
  finish(started(enqueue(state, { ...request(`r${release}`, release), ...stage }, AT)), WELL, AT, bakeMs);
const baking = promoted(promoted(emptyEnvironment('shop', 'production'), 1), 2);
const returning = (state: EnvironmentState, to: number, since: string, alarm?: string): EnvironmentState =>
  started(enqueueRollback(state, { person: 'rita', reason: 'slow', ...(alarm !== undefined && { alarm }) }, good(to), since));

describe('what a way back takes from a release', () => {
  it('is the pass of its stage, while it bakes, by an alarm or a person', () => {
    for (const alarm of [undefined, 'pager']) {
      expect(takenBackBy(returning(baking, 1, AT, alarm), { kind: 'incomplete', reason: 'one is down', hosts: [] }, AT)).toEqual({
        application: 'shop',
        release: 2,
        stage: 'live',
        deployment: 'deployment/3',
        to: 1,
        person: 'rita',
        reason: 'slow',
        at: AT,
        hosts: [],
      });
    }
  });

  it('counts from when it was asked for, however long it takes', () => {
    expect(takenBackBy(returning(baking, 1, later(BAKE_MS - 1)), WELL, later(10 * BAKE_MS))).toBeDefined();
    expect(takenBackBy(returning(baking, 1, later(BAKE_MS)), WELL, later(BAKE_MS))).toBeUndefined();
  });

  it('is nothing when it failed, leads to the same release, or nothing baked', () => {
    expect(takenBackBy(returning(baking, 1, AT), { kind: 'rolled-back', reason: 'unhealthy', hosts: [] }, AT)).toBeUndefined();
    expect(takenBackBy(returning(baking, 2, AT), WELL, AT)).toBeUndefined();
    expect(takenBackBy(returning(promoted(baking, 3, 0), 1, AT), WELL, AT)).toBeUndefined();
    expect(takenBackBy(returning(promoted(baking, 3, BAKE_MS, {}), 1, AT), WELL, AT)).toBeUndefined();
    expect(takenBackBy(started(enqueue(baking, request('r3', 3), AT)), WELL, AT)).toBeUndefined();
    // What came by a way back was not promoted: a further one takes nothing from it.
    const back = finish(returning(baking, 1, AT), WELL, AT, BAKE_MS);
    expect(takenBackBy(returning(back, 2, AT), WELL, AT)).toBeUndefined();
  });
});

describe('what a way back is told to have done', () => {
  it('is what became of its jobs, where there were any', () => {
    const report = { job: 'm', release: 2, direction: 'down' as const, host: 'p1', outcome: 'done' as const, detail: '', milliseconds: 1 };
    expect(takenBackBy(returning(baking, 1, AT), { ...WELL, jobs: [report] }, AT)).toMatchObject({ jobs: [report] });
    expect(takenBackBy(returning(baking, 1, AT), WELL, AT)).not.toHaveProperty('jobs');
    expect(takenBackBy(emptyEnvironment('shop', 'production'), WELL, AT)).toBeUndefined();
    expect(takenBackBy({ ...returning(baking, 1, AT), current: null }, WELL, AT)).toBeUndefined();
  });
});

describe('what GitHub is shown of a way back that takes nothing from a release', () => {
  const left = (before: EnvironmentState, outcome: Parameters<typeof leftBy>[1] = WELL, at = AT) =>
    leftBy(before, outcome, takenBackBy(before, outcome, at));
  const baked = promoted(promoted(emptyEnvironment('shop', 'production'), 1), 2, 0);

  it('is that the deployment it left serves no more, and which release serves again', () => {
    expect(left(returning(baked, 1, AT))).toEqual({
      environment: 'production',
      release: 2,
      deployment: 'deployment/2',
      state: 'inactive',
      description: 'Rolled back to release 1: slow',
      returnsTo: 1,
    });
    expect(left(returning(baking, 1, later(BAKE_MS)))).toMatchObject({ release: 2, returnsTo: 1 });
    const back = finish(returning(baking, 1, AT), WELL, AT, BAKE_MS);
    expect(left(returning(back, 2, AT))).toMatchObject({ release: 1, deployment: 'deployment/3', returnsTo: 2 });
  });

  it('is nothing while the release itself is told, when it failed, or leads to the same release, and of what is no way back', () => {
    expect(left(returning(baking, 1, AT))).toBeUndefined();
    expect(left(returning(baked, 1, AT), { kind: 'rolled-back', reason: 'unhealthy', hosts: [] })).toBeUndefined();
    expect(left(returning(baked, 2, AT))).toBeUndefined();
    expect(left(started(enqueue(baked, request('r3', 3), AT)))).toBeUndefined();
    expect(left(baked)).toBeUndefined();
    expect(left(returning(emptyEnvironment('shop', 'production'), 1, AT))).toBeUndefined();
  });
});
