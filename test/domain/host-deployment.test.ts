import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { watchedBy, watchedNow } from '../../domain/alarm.ts';
import type { DeploymentOutcome } from '../../domain/deployment.ts';
import { finish } from '../../domain/ended-deployment.ts';
import { begin, enqueue, enqueueRollback } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import { environmentStatusOf } from '../../domain/environment-view.ts';
import { answerForHost, enqueueHost, hostDeployment, refusalOfHost } from '../../domain/host-deployment.ts';
import type { DeploymentPlan, PlannedAction } from '../../domain/plan.ts';
import { good, request } from './arbitraries.ts';

const AT = '2026-01-01T00:00:00.000Z';
const P2 = { name: 'p2', site: 'default' };
const empty = emptyEnvironment('shop', 'production');
const asks = (host: string) => ({ host, person: 'rita', reason: 'new machine' });
const started = (state: EnvironmentState) => begin(state, (generation) => `deployment/${generation}`, AT);
const ended = (state: EnvironmentState, kind: DeploymentOutcome['kind'] = 'succeeded') =>
  finish(state, (kind === 'succeeded' ? { kind, hosts: [] } : { kind, reason: 'x', hosts: [] }) as DeploymentOutcome, AT, 5_000);
const promoted = (state: EnvironmentState, number: number) => ended(started(enqueue(state, request(`q${state.generation}`, number), AT)));
const planOf = (...actions: PlannedAction[]) =>
  ({ hash: 'plan', effects: actions.map((action) => ({ component: 'web', action, changes: [] })) }) as unknown as DeploymentPlan;

describe('a host that is brought to what its environment runs', () => {
  const running = promoted(promoted(empty, 1), 2);

  it('gets the release that is current in its turn, which may be another than when it was asked', () => {
    const queued = enqueueHost(enqueue(running, request('q9', 3), AT), asks('p2'), 'r1', AT);
    expect(answerForHost(queued, 'r1')).toEqual({ requestId: 'r1', release: 2, behind: [3] });
    const turn = started(ended(started(queued)));
    expect(hostDeployment(turn, P2, planOf('create'))).toMatchObject({ kind: 'host', release: { number: 3 }, generation: 4, hosts: [P2] });
    expect(environmentStatusOf(turn).running).toMatchObject({ kind: 'host', release: 3, requestId: 'r1' });
  });

  it('has nothing to go back to where nothing runs, and else what the environment, or the host itself, ran', () => {
    const turn = started(enqueueHost(running, asks('p2'), 'r1', AT));
    expect(hostDeployment(turn, P2, planOf('create', 'create'))?.previous).toBeNull();
    expect(hostDeployment(turn, P2, planOf('create', 'replace'))?.previous).toMatchObject({ release: { number: 2 }, generation: 2 });
    const runs = { release: good(1).release, deployment: 'deployment/1', generation: 1 };
    const behind = { ...turn, behind: [{ host: 'p2', outcome: 'skipped' as const, runs, reason: '', since: AT }] };
    expect(hostDeployment(behind, P2, planOf('replace'))?.previous).toEqual(runs);
  });

  it('is behind no more afterwards, and the release counts from its generation on', () => {
    const left = { host: 'p2', outcome: 'skipped' as const, runs: null, reason: '', since: AT };
    const other = { ...left, host: 'p3' };
    const after = ended(started(enqueueHost({ ...running, behind: [left, other] }, asks('p2'), 'r1', AT)));
    expect(after.behind).toEqual([other]);
    expect(after.current).toMatchObject({
      release: { number: 2 },
      generation: 3,
      deployment: 'deployment/3',
      since: running.current?.since,
    });
    expect(after.history).toEqual(running.history);
    expect(after.last).toMatchObject({ kind: 'host', requestId: 'r1', person: 'rita', reason: 'host p2: new machine' });
  });

  it('is watched over like the others, by the alarms that watched before and for as long', () => {
    const alarms = [{ kind: 'raised' as const, name: 'pager', by: ['grafana'] }];
    const watched = watchedBy(running, alarms);
    const after = watchedBy(ended(started(enqueueHost(watched, asks('p2'), 'r1', AT))), []);
    const now = Date.parse(AT) + 1;
    expect(watchedNow(after, now)).toEqual({ alarms, deployment: 'deployment/3', until: watchedNow(watched, now)?.until });
    const failed = watchedBy(ended(started(enqueueHost(watched, asks('p2'), 'r1', AT)), 'rolled-back'), []);
    expect(watchedNow(failed, now)).toEqual(watchedNow(watched, now));
  });

  it('changes nothing of the environment when it fails', () => {
    const after = ended(started(enqueueHost(running, asks('p2'), 'r1', AT)), 'rolled-back');
    expect([after.current, after.history, after.behind]).toEqual([running.current, running.history, running.behind]);
  });

  it('is refused where nothing runs, and while the same host waits for somebody else', () => {
    expect(refusalOfHost(empty, asks('p2'), 'r1')).toMatch(/runs no release that was found good/);
    const waiting = enqueueHost(running, asks('p2'), 'r1', AT);
    expect(refusalOfHost(waiting, asks('p2'), 'r2')).toMatch(/p2 is waiting .* already, for rita/);
    expect(refusalOfHost(waiting, asks('p2'), 'r1')).toBeUndefined();
    expect(refusalOfHost(waiting, asks('p3'), 'r2')).toBeUndefined();
  });

  it('lets rollbacks go first', () => {
    const waiting = enqueueHost(running, asks('p2'), 'r1', AT);
    const queue = enqueueRollback(waiting, { person: 'rita', reason: '' }, good(1), AT).queue.map(({ kind }) => kind);
    expect(queue).toEqual(['rollback', 'host']);
  });

  it('is asked for once, however often the request comes, before, in and after its turn', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('ask', 'begin', 'end'), { maxLength: 12 }), (steps) => {
        let state = running;
        let turns = 0;
        for (const step of steps) {
          if (step === 'ask') state = enqueueHost(state, asks('p2'), 'r1', AT);
          if (step === 'begin') state = started(state);
          if (step === 'end' && state.running !== null) {
            turns += 1;
            state = ended(state);
          }
        }
        expect(turns).toBeLessThanOrEqual(1);
        expect(state.generation).toBe(running.generation + (turns > 0 || state.running !== null ? 1 : 0));
      }),
    );
  });

  it('is told which turns come before its own, of what runs and of what waits', () => {
    const other = enqueueHost(running, asks('p3'), 'r0', AT);
    const both = enqueueHost(enqueue(other, request('q8', 8), AT), asks('p2'), 'r1', AT);
    expect(answerForHost(both, 'r1')).toEqual({ requestId: 'r1', release: 2, behind: [2, 8] });
    expect(answerForHost(started(both), 'r1').behind).toEqual([2, 8]);
    expect(answerForHost(started(both), 'r0').behind).toEqual([]);
    expect(answerForHost(both, 'r0').behind).toEqual([]);
    const promoting = started(enqueue(running, request('q8', 8), AT));
    expect(answerForHost(promoting, 'r9').behind).toEqual([8]);
    expect(answerForHost(empty, 'r9')).toEqual({ requestId: 'r9', release: 0, behind: [] });
  });

  it('waits beside other hosts, and not where nothing runs', () => {
    const other = enqueueHost(running, asks('p3'), 'r0', AT);
    expect(enqueueHost(other, asks('p2'), 'r1', AT).queue).toHaveLength(2);
    expect(enqueueHost(other, asks('p3'), 'r0', AT)).toBe(other);
    expect(enqueueHost(started(other), asks('p3'), 'r0', AT).queue).toEqual([]);
    expect(enqueueHost(empty, asks('p2'), 'r1', AT)).toBe(empty);
  });

  it('is refused with for whom it waits and where, also while it is its turn', () => {
    const turn = started(enqueueHost(running, asks('p2'), 'r1', AT));
    expect(refusalOfHost(turn, asks('p2'), 'r2')).toBe(`p2 is waiting for shop in production already, for rita since ${AT}`);
    expect(refusalOfHost(started(enqueue(running, request('q8', 8), AT)), asks('p2'), 'r2')).toBeUndefined();
    expect(refusalOfHost(empty, asks('p2'), 'r1')).toBe(
      'shop in production runs no release that was found good, so there is nothing to bring p2 to',
    );
  });

  it('is no deployment where it is not its turn', () => {
    expect(hostDeployment(running, P2, planOf('create'))).toBeUndefined();
    expect(hostDeployment(started(enqueue(running, request('q8', 8), AT)), P2, planOf('create'))).toBeUndefined();
    const turn = started(enqueueHost(running, asks('p2'), 'r1', AT));
    expect(hostDeployment({ ...turn, current: null }, P2, planOf('create'))).toBeUndefined();
  });

  it('is switched as its environment is, without the jobs of the release', () => {
    const turn = started(enqueueHost(running, asks('p2'), 'r1', AT));
    expect(hostDeployment(turn, P2, planOf('create'))?.strategy).toEqual({ kind: 'rolling', batch: 1 });
    const current = { ...good(2), strategy: 'recreate' as const, release: { ...good(2).release, jobs: [] } };
    const recreating = hostDeployment({ ...turn, current }, P2, planOf('replace'));
    expect(recreating?.strategy).toEqual({ kind: 'recreate', batch: 1 });
    expect(recreating?.release).not.toHaveProperty('jobs');
  });

  it('returns to what the environment runs where another host is behind', () => {
    const behind = [{ host: 'p3', outcome: 'skipped' as const, runs: null, reason: '', since: AT }];
    const turn = started(enqueueHost({ ...running, behind }, asks('p2'), 'r1', AT));
    expect(hostDeployment(turn, P2, planOf('replace'))?.previous).toEqual({
      release: good(2).release,
      deployment: 'deployment/2',
      generation: 2,
    });
  });
});
