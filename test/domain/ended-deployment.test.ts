import { describe, expect, it } from '@jest/globals';
import type { DeploymentOutcome } from '../../domain/deployment.ts';
import { finish, withWarning } from '../../domain/ended-deployment.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import type { Work } from '../../domain/environment-work.ts';
import type { JobReport } from '../../domain/job.ts';
import { good } from './arbitraries.ts';
import { AT, EMPTY, job, ofHost, promotion, ran, rollback, runs, SERVES } from './environment-works.ts';

const LATER = '2026-01-01T00:10:00.000Z';
const BAKE_MS = 5_000;
const SUCCEEDED: DeploymentOutcome = { kind: 'succeeded', hosts: [] };
const ended = (work: Work, outcome: DeploymentOutcome = SUCCEEDED, state = SERVES, bakeMs = BAKE_MS): EnvironmentState =>
  finish(runs(state, work), outcome, LATER, bakeMs);

const report = (name: string, outcome: JobReport['outcome'] = 'done'): JobReport => ({
  job: name,
  release: 3,
  direction: 'up',
  host: 'p1',
  outcome,
  detail: '',
  milliseconds: 1,
});
const withJobs = (...names: string[]) => ({ release: { ...good(3).release, jobs: names.map((name) => job(name)) } });

describe('what is remembered of a deployment', () => {
  it('is which one it was, of what, by whom, from when until when, and how it ended', () => {
    expect(ended(promotion(3)).last).toStrictEqual({
      deployment: 'deployment/3',
      kind: 'promotion',
      release: 3,
      outcome: SUCCEEDED,
      startedAt: AT,
      endedAt: LATER,
      person: 'dev',
      reason: 'promotion',
    });
    expect(ended(rollback(1)).last).toMatchObject({ kind: 'rollback', release: 1, person: 'rita', reason: 'slow' });
    expect(ended(rollback(1)).last).not.toHaveProperty('alarm');
  });

  it('is the alarm that asked for a way back, and the request of a host', () => {
    expect(ended(rollback(1, { alarm: 'pager' })).last).toMatchObject({ alarm: 'pager' });
    expect(ended(ofHost(2)).last).toMatchObject({ kind: 'host', requestId: 'h', person: 'olga', reason: 'host p1: rebuilt' });
  });

  it('is that its request was answered, except of a rollback, which nobody repeats by its id', () => {
    expect(ended(promotion(3)).answered).toEqual(['r3']);
    expect(ended(ofHost(2)).answered).toEqual(['h']);
    expect(ended(rollback(1)).answered).toEqual([]);
  });

  it('can be a warning that came afterwards, as long as nothing else has ended since', () => {
    const state = ended(promotion(3));
    expect(withWarning(state, 'deployment/3', 'the old ones still run').last).toEqual({ ...state.last, warning: 'the old ones still run' });
    expect(withWarning(state, 'deployment/2', 'late')).toBe(state);
    expect(withWarning(EMPTY, 'deployment/2', 'late')).toBe(EMPTY);
  });
});

describe('the jobs of a deployment', () => {
  const jobs = (...reports: JobReport[]): DeploymentOutcome => ({ kind: 'rolled-back', reason: '', hosts: [], jobs: reports });

  it('have been seen by the environment from then on, also where the deployment went back', () => {
    const applied = [ran(2, 'earlier')];
    const after = ended(promotion(3, withJobs('migrate', 'drop')), jobs(report('migrate'), report('drop', 'failed')), {
      ...SERVES,
      applied,
    });
    expect(after.applied?.map(({ task, at }) => [task.job.name, task.release, at])).toEqual([
      ['earlier', 2, AT],
      ['migrate', 3, LATER],
    ]);
    expect(ended(promotion(3, withJobs('migrate')), jobs(report('migrate'))).applied).toHaveLength(1);
  });

  it('leave no trace where none ran', () => {
    expect(ended(promotion(3, withJobs('migrate')), { kind: 'plan-changed', planHash: 'x' })).not.toHaveProperty('applied');
    expect(ended(promotion(3, withJobs('migrate')))).not.toHaveProperty('applied');
  });

  it('are forgotten but for the last fifty', () => {
    const applied = Array.from({ length: 50 }, (_, index) => ran(2, `job-${index}`));
    const after = ended(promotion(3, withJobs('migrate')), jobs(report('migrate')), { ...SERVES, applied });
    expect(after.applied).toHaveLength(50);
    expect([after.applied?.[0]?.task.job.name, after.applied?.at(-1)?.task.job.name]).toEqual(['job-1', 'migrate']);
  });
});

describe('what an environment runs after a success', () => {
  it('is that release, as of this deployment, from now on', () => {
    expect(ended(promotion(3)).current).toStrictEqual({
      release: good(3).release,
      deployment: 'deployment/3',
      generation: 3,
      since: LATER,
    });
    expect(ended(promotion(3)).running).toBeNull();
  });

  it('knows whether it suffers no two versions at once', () => {
    expect(ended(promotion(3, { strategy: { kind: 'recreate', batch: 1 } })).current?.strategy).toBe('recreate');
    expect(ended(promotion(3, { strategy: { kind: 'blue-green' } })).current).not.toHaveProperty('strategy');
  });

  it('bakes for the stage that asked, where anything bakes', () => {
    const until = Date.parse(LATER) + BAKE_MS;
    expect(ended(promotion(3, { stage: 'production' })).current?.baking).toEqual({ stage: 'production', until });
    expect(ended(promotion(3, { stage: 'production' })).bakeEndsAt).toBe(until);
    expect(ended(promotion(3, { stage: 'production' }), SUCCEEDED, SERVES, 0).current).not.toHaveProperty('baking');
    expect(ended(rollback(1)).current).not.toHaveProperty('baking');
  });

  it('is in the history once, the newest first, and never while it runs', () => {
    const state = { ...SERVES, current: good(4), history: [good(3), good(2), good(3, 1), good(1)] };
    const history = (work: Work) => ended(work, SUCCEEDED, state).history.map(({ release, generation }) => [release.number, generation]);
    expect(history(promotion(5))).toEqual([
      [4, 4],
      [3, 3],
      [2, 2],
      [1, 1],
    ]);
    expect(history(rollback(3))).toEqual([
      [4, 4],
      [2, 2],
      [1, 1],
    ]);
    expect(ended(promotion(1), SUCCEEDED, EMPTY).history).toEqual([]);
  });

  it('is what it ran already where one host was brought to it, of this generation, and warm for as long', () => {
    const behind = [{ host: 'p1', outcome: 'skipped' as const, runs: null, reason: '', since: '' }];
    const after = ended(ofHost(2), SUCCEEDED, { ...SERVES, behind });
    expect(after).toMatchObject({ current: { release: { number: 2 }, since: good(2).since, generation: 3 }, behind: [] });
    expect(after.bakeEndsAt).toBe(Date.parse(LATER) + BAKE_MS);
    expect(after.history).toEqual(SERVES.history);
  });
});

describe('a host that was left out', () => {
  const host = (name: string, outcome: 'switched' | 'skipped' | 'excluded', detail = '') => ({ host: name, outcome, detail, digests: {} });
  const partly = (hosts: ReturnType<typeof host>[], state = SERVES) =>
    ended(promotion(3), { kind: 'incomplete', reason: '', hosts }, state);

  it('runs what served before, and what it ran already where it was behind', () => {
    const behind = [{ host: 'p3', outcome: 'skipped' as const, runs: null, reason: '', since: '' }];
    const after = partly([host('p1', 'switched'), host('p2', 'skipped', 'no disk'), host('p3', 'excluded')], { ...SERVES, behind });
    const { release, deployment, generation } = good(2);
    expect(after.behind).toEqual([
      { host: 'p2', outcome: 'skipped', runs: { release, deployment, generation }, reason: 'no disk', since: LATER },
      { host: 'p3', outcome: 'excluded', runs: null, reason: '', since: LATER },
    ]);
  });

  it('has the beginning of its reason kept, as all of it is in the report', () => {
    expect(partly([host('p2', 'skipped', 'x'.repeat(400))]).behind?.[0]?.reason).toBe('x'.repeat(300));
  });
});
