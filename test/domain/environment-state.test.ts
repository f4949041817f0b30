import { describe, expect, it } from '@jest/globals';
import { finish, HISTORY_LENGTH } from '../../domain/ended-deployment.ts';
import { begin, enqueue, enqueueRollback, isRunning, waitingFor, withdraw } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment, goodRelease } from '../../domain/environment-state.ts';
import { environmentStatusOf } from '../../domain/environment-view.ts';
import { decideRollback } from '../../domain/rollback-decision.ts';
import { deploymentOf } from '../../domain/running-deployment.ts';
import { good, releaseNumber, request } from './arbitraries.ts';

const AT = '2026-01-01T00:00:00.000Z';
const HOSTS = [{ name: 'p1', site: 'default' }];
const empty = emptyEnvironment('shop', 'production');
const started = (state: EnvironmentState) => begin(state, (generation) => `deployment/${generation}`, AT);
const succeeded = (state: EnvironmentState) => finish(state, { kind: 'succeeded', hosts: [] }, AT, 5_000);
const rolledBack = (state: EnvironmentState) => finish(state, { kind: 'rolled-back', reason: 'unhealthy', hosts: [] }, AT, 5_000);
const asked = (state: EnvironmentState, number: number) => enqueue(state, request(`q${state.generation}-${number}`, number), AT);
const promoted = (state: EnvironmentState, ...numbers: number[]) =>
  numbers.reduce((now, number) => succeeded(started(asked(now, number))), state);

/** A rollback as a person asks for it, from the decision to its end. */
function returned(state: EnvironmentState, to?: number): EnvironmentState {
  const decision = decideRollback(state, to);
  if (decision.kind !== 'return') throw new Error(`not a return: ${JSON.stringify(decision)}`);
  return succeeded(started(enqueueRollback(state, { person: 'rita', reason: 'slow' }, decision.target, AT)));
}

const current = (state: EnvironmentState) => state.current?.release.number;
const reachable = (state: EnvironmentState) => state.history.map(({ release }) => release.number);

describe('an environment of which a host was left out', () => {
  const report = (host: string, outcome: 'switched' | 'skipped' | 'excluded') => ({ host, outcome, detail: `${host} failed`, digests: {} });
  const partly = (state: EnvironmentState, outcome: 'skipped' | 'excluded' = 'skipped') =>
    finish(state, { kind: 'incomplete', reason: 'Left out: p2', hosts: [report('p1', 'switched'), report('p2', outcome)] }, AT, 5_000);

  it('runs the release, and shows what the host runs instead', () => {
    const state = partly(started(asked(promoted(empty, 1), 2)));
    expect(current(state)).toBe(2);
    expect(environmentStatusOf(state).behind).toEqual([{ host: 'p2', outcome: 'skipped', runs: 1, reason: 'p2 failed', since: AT }]);
  });

  it('returns that host to what it ran, also when it is left out again', () => {
    const again = partly(started(asked(partly(started(asked(promoted(empty, 1), 2))), 3)), 'excluded');
    const next = started(asked(again, 4));
    expect(deploymentOf(next, HOSTS)).toMatchObject({
      previous: { release: { number: 3 } },
      behind: { p2: { release: { number: 1 }, deployment: 'deployment/1', generation: 1 } },
    });
    expect(environmentStatusOf(again).behind).toMatchObject([{ outcome: 'excluded', runs: 1 }]);
  });

  it('says that nothing ran there before where nothing did', () => {
    expect(environmentStatusOf(partly(started(asked(empty, 1)))).behind).toMatchObject([{ host: 'p2', runs: null }]);
  });

  it('forgets it when a deployment reached all hosts, and not when one went back', () => {
    const state = partly(started(asked(promoted(empty, 1), 2)));
    expect(environmentStatusOf(rolledBack(started(asked(state, 3)))).behind).toHaveLength(1);
    expect(environmentStatusOf(promoted(state, 3)).behind).toEqual([]);
  });
});

describe('an environment whose release suffers no two versions at once', () => {
  it('stops first on the way back as well, also by hand', () => {
    const recreating = { ...request('r', 2), strategy: { kind: 'recreate', batch: 1 } as const };
    const state = succeeded(started(enqueue(promoted(empty, 1), recreating, AT)));
    const back = started(enqueueRollback(state, { person: 'rita', reason: 'slow' }, good(1), AT));
    expect(deploymentOf(back, HOSTS)?.strategy).toEqual({ kind: 'recreate', batch: 1 });
    expect(
      deploymentOf(started(enqueueRollback(succeeded(back), { person: 'rita', reason: 'slow' }, good(2), AT)), HOSTS)?.strategy.kind,
    ).toBe('recreate');
  });
});

describe('an environment that deploys', () => {
  it('gives the running work the next generation and all that a deployment needs', () => {
    const state = started(asked(promoted(empty, 1), 2));
    expect(deploymentOf(state, HOSTS)).toMatchObject({
      id: 'deployment/2',
      kind: 'promotion',
      generation: 2,
      release: { number: 2 },
      previous: { release: { number: 1 }, generation: 1 },
      hosts: HOSTS,
      strategy: { kind: 'rolling', batch: 2 },
      planHash: 'plan-2',
    });
    expect(deploymentOf(empty, HOSTS)).toBeUndefined();
  });

  it('knows a request that waits, runs or was answered, and takes it once', () => {
    const first = request('a', 1);
    const waiting = enqueue(empty, first, AT);
    expect(waitingFor(waiting, 'a')).toMatchObject({ request: first });
    expect(enqueue(waiting, first, AT)).toBe(waiting);
    const running = started(waiting);
    expect(isRunning(running, 'a')).toBe(true);
    expect(enqueue(running, first, AT)).toBe(running);
    const ended = succeeded(running);
    expect(enqueue(ended, first, AT)).toBe(ended);
    const withdrawn = withdraw(waiting, 'a');
    expect(withdrawn.queue).toEqual([]);
    expect(enqueue(withdrawn, first, AT)).toBe(withdrawn);
  });

  it('begins nothing while something runs, or when nothing waits', () => {
    const running = started(asked(asked(empty, 1), 2));
    expect(started(running)).toBe(running);
    expect(started(empty)).toBe(empty);
    expect(finish(empty, { kind: 'succeeded', hosts: [] }, AT, 1)).toBe(empty);
  });

  it('goes on with what it ran before when a deployment does not succeed', () => {
    const before = promoted(empty, 1);
    const after = rolledBack(started(asked(before, 2)));
    expect(after.current).toEqual(before.current);
    expect(after.history).toEqual(before.history);
    expect(after.bakeEndsAt).toBe(before.bakeEndsAt);
    expect(after.last).toMatchObject({ release: 2, kind: 'promotion', person: 'dev', outcome: { kind: 'rolled-back' } });
  });

  it('keeps the previous version warm for the bake time after a success', () => {
    expect(promoted(empty, 1).bakeEndsAt).toBe(Date.parse(AT) + 5_000);
  });

  it('remembers the last ten good releases before the current one, newest first', () => {
    const state = promoted(empty, ...Array.from({ length: 14 }, (_, index) => index + 1));
    expect(current(state)).toBe(14);
    expect(reachable(state)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
    expect(HISTORY_LENGTH).toBe(10);
  });

  it('shows what runs, what waits and who asked for it', () => {
    const state = enqueueRollback(asked(started(asked(promoted(empty, 1), 2)), 3), { person: 'rita', reason: 'slow' }, good(1), AT);
    expect(environmentStatusOf(state)).toMatchObject({
      current: { release: { number: 1 } },
      running: { release: 2, kind: 'promotion' },
      queue: [
        { requestId: 'rollback to 1', release: 1, requestedBy: 'rita' },
        { release: 3, requestedBy: 'dev' },
      ],
    });
  });
});

describe('a rollback', () => {
  it('goes before every promotion and behind the rollbacks that wait already', () => {
    const asks = { person: 'rita', reason: '' };
    const state = enqueueRollback(enqueueRollback(asked(asked(promoted(empty, 1, 2), 3), 4), asks, good(1), AT), asks, good(2), AT);
    expect(state.queue.map((work) => work.kind)).toEqual(['rollback', 'rollback', 'promotion', 'promotion']);
    expect(state.queue.map((work) => (work.kind === 'promotion' ? work.request.release.number : work.release.number))).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('returns to the release before the current one, or to a named one that was found good', () => {
    const state = promoted(empty, 1, 2, 3);
    expect(decideRollback(state, undefined)).toMatchObject({ kind: 'return', from: 3, target: { release: { number: 2 } } });
    expect(decideRollback(state, 1)).toMatchObject({ kind: 'return', from: 3, target: { release: { number: 1 } } });
    expect(deploymentOf(started(enqueueRollback(state, { person: 'rita', reason: '' }, good(1), AT)), HOSTS)).toMatchObject({
      kind: 'rollback',
      generation: 4,
      previous: { release: { number: 3 } },
    });
  });

  it('asked for twice never brings back the release that the first one left', () => {
    const once = returned(promoted(empty, 1, 2, 3));
    expect([current(once), reachable(once)]).toEqual([2, [3, 1]]);
    const twice = returned(once);
    expect([current(twice), reachable(twice)]).toEqual([1, [2, 3]]);
    expect(decideRollback(twice, undefined)).toEqual({
      kind: 'refused',
      reason: 'shop in production has no good release before the current one; name a later one to return to it: 2, 3',
    });
    expect(current(returned(twice, 3))).toBe(3);
  });

  it('does not return to a release that was rolled away from before the current one was promoted', () => {
    const state = promoted(returned(promoted(empty, 1, 2, 3), 1), 4);
    expect(decideRollback(state, undefined)).toMatchObject({ target: { release: { number: 1 } } });
  });

  it('stops a promotion that is under way, whose own way back leads to the current release', () => {
    const state = started(asked(promoted(empty, 1), 2));
    expect(decideRollback(state, undefined)).toEqual({ kind: 'stop-running', from: 2, to: 1 });
    expect(decideRollback(state, 1)).toEqual({ kind: 'stop-running', from: 2, to: 1 });
  });

  it('can be turned round while it is under way', () => {
    const state = started(enqueueRollback(promoted(empty, 1, 2), { person: 'rita', reason: '' }, good(1), AT));
    expect(decideRollback(state, 2)).toMatchObject({ kind: 'return', from: 1, target: { release: { number: 2 } } });
  });

  it('is refused with what can be reached instead', () => {
    expect(decideRollback(empty, undefined)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('never ran a release') });
    const one = promoted(empty, 1);
    expect(decideRollback(one, 1)).toEqual({ kind: 'refused', reason: 'shop in production already runs release 1' });
    expect(decideRollback(one, undefined)).toMatchObject({ reason: 'shop in production cannot roll back: it has no earlier good release' });
    const failed = rolledBack(started(asked(promoted(one, 2), 3)));
    expect(decideRollback(failed, 3)).toEqual({
      kind: 'refused',
      reason: 'Release 3 was never found good in shop in production; it can return to 1',
    });
  });

  it('carries the release as it was deployed, so that it can be run again', () => {
    const state = started(enqueueRollback(promoted(empty, 1, 2), { person: 'rita', reason: '' }, good(1), AT));
    expect(deploymentOf(state, HOSTS)?.release).toEqual(releaseNumber(1));
  });

  const served: EnvironmentState = { ...empty, current: good(3), history: [good(2), good(1)] };

  it('does not return to what is blocked, and says how to do it all the same', () => {
    const block = { kind: 'block', id: 'b', application: 'shop', release: 2, reason: 'loses orders', by: 'olga', at: '' } as const;
    expect(decideRollback(served, 2, false, { blocks: [block] })).toEqual({
      kind: 'refused',
      reason: 'olga has blocked release 2: loses orders. To return shop in production there all the same, ask again with --past-block',
    });
    expect(decideRollback(served, 1, false, { blocks: [block] })).toMatchObject({ kind: 'return', target: { release: { number: 1 } } });
    // By itself it goes past what is blocked, and still goes back where everything is.
    expect(decideRollback(served, undefined, false, { blocks: [block] })).toMatchObject({ target: { release: { number: 1 } } });
    const all = [block, { ...block, release: 1 }];
    expect(decideRollback(served, undefined, false, { blocks: all })).toMatchObject({ target: { release: { number: 2 } } });
    // What serves now goes on serving: nobody chooses it.
    const running = begin(enqueue(served, request('a', 4), '2026-01-01T00:00:00Z'), () => 'deployment', '2026-01-01T00:00:00Z');
    const current = { ...block, release: 3 };
    expect(decideRollback(running, undefined, false, { blocks: [current] })).toEqual({ kind: 'stop-running', from: 4, to: 3 });
  });

  it('returns from a release alone that still runs, or is on its way', () => {
    expect(decideRollback(served, undefined, false, { from: 3 })).toMatchObject({ kind: 'return', from: 3 });
    expect(decideRollback(served, undefined, false, { from: 2 })).toEqual({
      kind: 'refused',
      reason: 'shop in production runs release 3, and not 2',
    });
    const running = begin(enqueue(served, request('a', 4), '2026-01-01T00:00:00Z'), () => 'deployment', '2026-01-01T00:00:00Z');
    expect(decideRollback(running, undefined, false, { from: 4 })).toEqual({ kind: 'stop-running', from: 4, to: 3 });
    expect(decideRollback(running, undefined, false, { from: 3 })).toEqual({
      kind: 'refused',
      reason: 'release 4 is being deployed to shop in production',
    });
  });
});

describe('a release that an environment found good', () => {
  it('is the current one, or any that it remembers, and no other', () => {
    const state = promoted(empty, 1, 2, 3);
    expect([3, 2, 1].map((number) => goodRelease(state, number)?.release.number)).toEqual([3, 2, 1]);
    expect(goodRelease(state, 3)).toBe(state.current);
    expect(goodRelease(state, 4)).toBeUndefined();
    expect(goodRelease(rolledBack(started(asked(state, 4))), 4)).toBeUndefined();
  });

  it('is none where nothing was deployed, and one of before where nothing runs now', () => {
    expect(goodRelease(empty, 1)).toBeUndefined();
    expect(goodRelease({ ...empty, history: [good(1)] }, 1)?.release.number).toBe(1);
  });
});
