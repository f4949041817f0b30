import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AppliedJob,
  appliedAfter,
  doneFor,
  forwardOnlyBeyond,
  hasForwardOnly,
  type Job,
  type JobReport,
  type JobTask,
  jobHost,
  jobTasks,
  plannedJobs,
  runsJobs,
  tasksToUndo,
  withoutAgain,
} from '../../domain/job.ts';
import { deployable, digestNumber, releaseNumber } from './arbitraries.ts';

const JOBS: readonly Job[] = [
  { name: 'migrate', component: 'web', when: 'pre-deploy', command: ['up'], environment: {}, timeoutMs: 1, down: ['down'] },
  { name: 'drop', component: 'web', when: 'pre-deploy', command: ['drop'], environment: {}, timeoutMs: 1, forwardOnly: true },
  { name: 'touch', component: 'web', when: 'pre-deploy', command: ['touch'], environment: {}, timeoutMs: 1 },
  { name: 'warm', component: 'web', when: 'post-deploy', command: ['warm'], environment: {}, timeoutMs: 1 },
];
const released = (number: number, jobs = JOBS) => ({ ...releaseNumber(number), jobs });

/** Deployments one after the other: each of a release, with how its jobs ended. */
const STEPS = fc.array(
  fc.record({
    release: fc.integer({ min: 1, max: 4 }),
    ends: fc.dictionary(fc.constantFrom(...JOBS.map(({ name }) => name)), fc.constantFrom('done', 'failed', 'timed-out', 'unknown')),
    undone: fc.boolean(),
  }),
  { maxLength: 6 },
);

function report({ job, release }: JobTask, outcome: JobReport['outcome'], direction: 'up' | 'down' = 'up'): JobReport {
  return { job: job.name, release, direction, host: 'p1', outcome, detail: '', milliseconds: 0 };
}

function applied(steps: typeof STEPS extends fc.Arbitrary<infer Step> ? Step : never): readonly AppliedJob[] {
  return steps.reduce<readonly AppliedJob[]>((before, { release, ends, undone }) => {
    const tasks = jobTasks(released(release));
    const ups = tasks.flatMap((task) => (ends[task.job.name] === undefined ? [] : [report(task, ends[task.job.name] ?? 'failed')]));
    const downs = undone ? tasksToUndo(before, release - 1).map((task) => report(task, 'done', 'down')) : [];
    return appliedAfter(before, tasks, [...ups, ...downs], 'now');
  }, []);
}

describe('the jobs that an environment has seen', () => {
  it('are those that ran well before a switch and were not undone, each once', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const seen = applied(steps).map(({ task }) => `${task.job.name}/${task.release}`);
        expect(new Set(seen).size).toBe(seen.length);
        for (const one of seen) {
          const [name, release] = one.split('/');
          expect(name).not.toBe('warm');
          expect(steps.some((step) => step.release === Number(release) && step.ends[name ?? ''] === 'done')).toBe(true);
        }
      }),
    );
  });

  it('are undone from the last to the first, and only those of later releases that say how', () => {
    fc.assert(
      fc.property(STEPS, fc.integer({ min: 0, max: 4 }), (steps, to) => {
        const before = applied(steps);
        const undo = tasksToUndo(before, to);
        expect(undo.every(({ job, release, direction }) => release > to && job.down !== undefined && direction === 'down')).toBe(true);
        const order = before.filter(({ task }) => undo.some((one) => one.job === task.job && one.release === task.release));
        expect(undo.map(({ job, release }) => `${job.name}/${release}`)).toEqual(
          order.map(({ task }) => `${task.job.name}/${task.release}`).reverse(),
        );
        const after = appliedAfter(
          before,
          [],
          undo.map((task) => report(task, 'done', 'down')),
          'now',
        );
        expect(tasksToUndo(after, to)).toEqual([]);
        expect(forwardOnlyBeyond(after, to)).toEqual(forwardOnlyBeyond(before, to));
      }),
    );
  });

  it('say on which host they ran, for what undoes them', () => {
    const seen = appliedAfter(
      [],
      jobTasks(released(2)),
      jobTasks(released(2)).map((task) => report(task, 'done')),
      'now',
    );
    expect(tasksToUndo(seen, 1)).toMatchObject([{ job: { name: 'migrate' }, host: 'p1' }]);
  });

  it('forbid a return to every release before a forward-only one, and to none after it', () => {
    const [, drop] = jobTasks(released(3));
    const seen = drop === undefined ? [] : [{ task: drop, at: 'now' }];
    expect([0, 1, 2].map((to) => forwardOnlyBeyond(seen, to).length)).toEqual([1, 1, 1]);
    expect(forwardOnlyBeyond(seen, 3)).toEqual([]);
    expect(doneFor(3, seen)).toEqual(['drop']);
  });
});

describe('a job', () => {
  const [migrate] = jobTasks(released(2));

  it('is of the component that it names, and of none that the release does not have', () => {
    const api = deployable('api', digestNumber(7));
    const release = { ...releaseNumber(2), components: [api, ...releaseNumber(2).components], jobs: JOBS.slice(0, 1) };
    expect(jobTasks(release)).toStrictEqual([{ job: JOBS[0], component: deployable('web', digestNumber(2)), release: 2, direction: 'up' }]);
    expect(jobTasks({ ...release, components: [api] })).toEqual([]);
    expect(jobTasks(releaseNumber(2))).toEqual([]);
  });

  it('makes a release one that nothing undoes, where it is forward-only', () => {
    expect(hasForwardOnly(released(2))).toBe(true);
    expect(hasForwardOnly(released(2, JOBS.slice(0, 1)))).toBe(false);
    expect(hasForwardOnly(releaseNumber(2))).toBe(false);
  });

  it('is applied for its own release, once it ran upwards', () => {
    if (migrate === undefined) throw new Error('There is no job');
    const seen = appliedAfter([], [migrate], [report(migrate, 'done')], 'then');
    const other = { ...migrate, release: 3 };
    expect(appliedAfter(seen, [other], [report(other, 'done')], 'now').map(({ task, at }) => [task.release, at])).toEqual([
      [2, 'then'],
      [3, 'now'],
    ]);
    expect(appliedAfter(seen, [other, migrate], [report(other, 'done', 'down')], 'now')).toEqual(seen);
    expect(appliedAfter([], [migrate], [report(migrate, 'done', 'down')], 'now')).toEqual([]);
    expect(appliedAfter([], [], [report(migrate, 'done')], 'now')).toEqual([]);
    expect(appliedAfter([], [other], [report(migrate, 'done')], 'now')).toEqual([]);
  });

  it('runs again where that was asked for, and is done where it was not', () => {
    expect(withoutAgain(['a', 'b'], ['b', 'c'])).toEqual({ done: ['a'], again: ['b'] });
    expect(withoutAgain(['a', 'b'])).toEqual({ done: ['a', 'b'], again: [] });
  });

  it('of each host, or that runs nowhere, is no part of a plan', () => {
    const local = { ...JOBS[2], name: 'local', when: 'on-host' } as Job;
    expect(plannedJobs(released(2, [local]), [{ name: 'p1', site: 'here' }], [])).toEqual([]);
    const confined = { ...released(2), components: [{ ...deployable('web', digestNumber(2)), hosts: { role: 'none' } }] };
    expect(plannedJobs(confined, [{ name: 'p1', site: 'here' }], [])).toEqual([]);
  });

  it('is run where nothing ran before', () => {
    expect(runsJobs({ kind: 'rollback', release: released(1), previous: null }, 'pre-deploy')).toBe(true);
  });
});

describe('the jobs of a deployment', () => {
  const deployment = (kind: 'promotion' | 'rollback', number: number, before: number) => ({
    kind,
    release: released(number),
    previous: { release: released(before), deployment: '', generation: 1 },
  });

  it('are run, but for those that an earlier release ran when it came, and all that follow a rollback', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (to, from) => {
        expect(runsJobs(deployment('rollback', to, from), 'pre-deploy')).toBe(to > from);
        expect(runsJobs(deployment('rollback', to, from), 'post-deploy')).toBe(false);
        expect(runsJobs(deployment('promotion', to, from), 'pre-deploy')).toBe(true);
        expect(runsJobs(deployment('promotion', to, from), 'post-deploy')).toBe(true);
      }),
    );
  });
});

describe('a plan', () => {
  const hosts = [
    { name: 'p1', site: 'here', labels: { role: 'web' } },
    { name: 'p2', site: 'here', labels: { role: 'data' } },
  ];

  it('names each job with the first host that its component runs on, and what a way back makes of it', () => {
    expect(plannedJobs(released(2), hosts, ['touch']).map(({ job, host, undo, isDone }) => [job, host, undo, isDone])).toEqual([
      ['migrate', 'p1', 'down', false],
      ['drop', 'p1', 'forward-only', false],
      ['touch', 'p1', 'nothing', true],
      ['warm', 'p1', 'nothing', false],
    ]);
    const web = { ...deployable('web', digestNumber(1)), hosts: { role: 'data' } };
    expect(jobHost(web, hosts)?.name).toBe('p2');
    expect(jobHost({}, hosts, 'p2')?.name).toBe('p2');
    expect(jobHost({}, hosts, 'gone')?.name).toBe('p1');
    expect(jobHost(web, hosts, 'p1')?.name).toBe('p2');
    expect(jobHost({ hosts: { role: 'none' } }, hosts)).toBeUndefined();
  });
});
