import { describe, expect, it } from '@jest/globals';
import { decideRollback } from '../../domain/rollback-decision.ts';
import { namedJob, rollbackCase } from '../../domain/rollback-preview.ts';
import type { Block } from '../../domain/standing.ts';
import { digestNumber, good } from './arbitraries.ts';
import { EMPTY, job, ofHost, promotion, ran, rollback, runs, SERVES, waits } from './environment-works.ts';

const THREE = { ...SERVES, generation: 3, current: good(3), history: [good(2), good(1)] };
const refused = (reason: string) => ({ kind: 'refused', reason });

describe('a way back', () => {
  it('is not begun twice to one release', () => {
    const onItsWay = refused('shop in production is on its way back to release 2 already');
    expect(decideRollback(runs(THREE, rollback(2)), 2)).toEqual(onItsWay);
    expect(decideRollback(waits(THREE, rollback(2)), 2)).toEqual(onItsWay);
    expect(decideRollback(waits(THREE, rollback(2)), undefined)).toEqual(onItsWay);
    expect(decideRollback(waits(THREE, rollback(1), promotion(2)), 2)).toMatchObject({ kind: 'return', target: good(2) });
    expect(decideRollback(runs(THREE, ofHost(2)), 2)).toMatchObject({ kind: 'return', target: good(2) });
  });

  it('to a named release is not what runs, where something is being deployed', () => {
    expect(decideRollback(runs(THREE, promotion(4)), 1)).toMatchObject({ kind: 'return', from: 3, target: good(1) });
  });

  it('leads past what nothing undoes only where a person says that they know', () => {
    const state = { ...THREE, applied: [ran(2, 'touch'), ran(3, 'drop', { forwardOnly: true })] };
    expect(decideRollback(state, undefined)).toEqual(
      refused(
        'shop in production ran the forward-only job drop of release 3: nothing undoes it, and release 2 may not bear what it did. To return there all the same, ask again with --past-forward-only',
      ),
    );
    expect(decideRollback(state, undefined, true)).toMatchObject({ kind: 'return', target: good(2) });
    expect(decideRollback({ ...state, applied: [ran(2, 'drop', { forwardOnly: true })] }, 2)).toMatchObject({ kind: 'return' });
  });

  it('does not lead by itself to what has a blocked image', () => {
    const block: Block = { kind: 'block', id: 'b', digest: digestNumber(2), reason: 'loses orders', by: 'olga', at: '' };
    expect(decideRollback(THREE, undefined, false, { blocks: [block] })).toMatchObject({ kind: 'return', target: good(1) });
    expect(decideRollback(THREE, 2, false, { blocks: [block] })).toMatchObject({ kind: 'refused' });
  });

  it('leads to no other deployment of the current release', () => {
    expect(decideRollback({ ...THREE, history: [good(3, 2), good(1)] }, undefined)).toMatchObject({ target: good(1) });
  });

  it('is refused with all that can be reached', () => {
    expect(decideRollback(THREE, 7)).toEqual(refused('Release 7 was never found good in shop in production; it can return to 2, 1'));
    expect(decideRollback({ ...THREE, history: [] }, 7)).toEqual(
      refused('Release 7 was never found good in shop in production; it has no earlier good release'),
    );
  });
});

describe('what a rollback would be about', () => {
  const MIGRATE = job('migrate', { down: ['undo'] });

  it('is the release, how it is returned to, what is undone, and what nothing undoes', () => {
    const applied = [ran(1, 'first'), ran(2, 'migrate', { down: ['undo'] }), ran(2, 'drop', { forwardOnly: true })];
    expect(rollbackCase({ ...SERVES, applied }, undefined)).toStrictEqual({
      kind: 'return',
      from: 2,
      target: good(1).release,
      strategy: { kind: 'rolling', batch: 1 },
      jobsDone: ['first'],
      undo: [{ ...ran(2, 'migrate', { down: ['undo'] }).task, direction: 'down' }],
      forwardOnly: [ran(2, 'drop', { forwardOnly: true }).task],
    });
    expect(rollbackCase(SERVES, 1)).toMatchObject({ jobsDone: [], undo: [], forwardOnly: [] });
  });

  it('runs no jobs of an earlier release, and of a later one those that come before it serves', () => {
    const jobs = [MIGRATE, job('warm', { when: 'post-deploy' }), job('local', { when: 'on-host' })];
    const withJobs = (number: number) => ({ ...good(number), release: { ...good(number).release, jobs } });
    const state = { ...SERVES, history: [withJobs(1), withJobs(3)] };
    const target = (to: number) => {
      const found = rollbackCase(state, to);
      return found.kind === 'return' ? found.target : undefined;
    };
    expect(target(1)).toStrictEqual(good(1).release);
    expect(target(3)).toStrictEqual({ ...good(3).release, jobs: [MIGRATE] });
  });

  it('is refused for the reasons for which a rollback is, and while one would stop what runs', () => {
    expect(rollbackCase(EMPTY, undefined)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('never ran a release'),
    });
    expect(rollbackCase(runs(SERVES, promotion(3)), undefined)).toEqual(
      refused('Release 3 is being deployed: a rollback stops that, and its own way back leads to release 2'),
    );
  });

  it('names a job by what is run of it', () => {
    const task = { ...ran(2, 'migrate', { down: ['undo'] }).task };
    expect(namedJob({ ...task, direction: 'down' })).toEqual({ job: 'migrate', release: 2, command: ['undo'] });
    expect(namedJob(task)).toEqual({ job: 'migrate', release: 2, command: ['migrate'] });
    expect(namedJob({ ...ran(2, 'drop').task, direction: 'down' })).toEqual({ job: 'drop', release: 2, command: [] });
  });
});
