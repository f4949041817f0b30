import { describe, expect, it } from '@jest/globals';
import { explainStages } from '../../../domain/gates/explain.ts';
import type { GateReport } from '../../../domain/gates/report.ts';
import { STAGE_KINDS, type StageState } from '../../../domain/release.ts';
import { at } from './questions.ts';

const GATE: GateReport = { kind: 'approval', open: false, reason: 'Waiting', openedBy: ['ana'] };
const ended = { at: at(0), milliseconds: 1, hosts: [] };
const plan = {} as Extract<StageState, { kind: 'waiting' }>['plan'];
const STATES: readonly StageState[] = [
  { kind: 'pending' },
  { kind: 'waiting', since: at(0), gates: [{ ...GATE, reason: 'Waiting for ana' }], plan, policyRevision: 'p' },
  { kind: 'queued', since: at(0), position: 2, behind: 7 },
  { kind: 'running', since: at(0), detail: 'Deploying to production' },
  { kind: 'passed', at: at(0), milliseconds: 1, images: {} },
  { kind: 'incomplete', ...ended, reason: 'one host' },
  { kind: 'failed', ...ended, reason: 'no health' },
  { kind: 'rolled-back', ...ended, reason: 'no health', to: 1 },
  { kind: 'rejected', at: at(0), by: 'ana', comment: 'not today' },
  { kind: 'expired', at: at(0), reason: 'too late' },
  { kind: 'superseded', at: at(0), by: 3, reason: 'release 3 took its place in production' },
  { kind: 'cancelled', at: at(0), by: 'dev', reason: 'wrong one' },
  { kind: 'skipped', reason: 'test did not pass' },
];

function explain(state: StageState, before: StageState = { kind: 'passed', at: at(0), milliseconds: 1, images: {} }) {
  const stages = [
    { name: 'test', stageKind: 'test' as const, state: before },
    { name: 'production', stageKind: 'deploy' as const, environment: 'prod', state },
  ];
  const gates = [{ stage: 'production', environment: 'prod', gates: [GATE] }];
  return explainStages({ reference: 'shop#2', stages, needs: { production: ['test'] }, gates });
}

const AGAIN = "'tidegate promote shop#2 --to production' takes it there again";

describe('what stands between a release and a stage', () => {
  it('is told for every way in which a stage can stand', () => {
    expect(STATES.map(({ kind }) => kind)).toEqual([...STAGE_KINDS]);
    const told = STATES.map((state) => explain(state)[1]);
    expect(
      told.map((stage) => [stage?.state, stage?.hindrances.map(({ reason }) => reason), stage?.gates.map(({ reason }) => reason)]),
    ).toEqual([
      ['pending', [], ['Waiting']],
      ['waiting', [], ['Waiting for ana']],
      ['queued', ["Number 2 in the environment's line, behind release 7"], []],
      ['running', ['Deploying to production'], []],
      ['passed', [], []],
      ['incomplete', ['It has ended incomplete: one host'], ['Waiting']],
      ['failed', ['It has failed: no health'], ['Waiting']],
      ['rolled-back', ['It was rolled back: no health'], ['Waiting']],
      ['rejected', ['ana rejected it: not today'], ['Waiting']],
      ['expired', ['It has expired: too late'], ['Waiting']],
      ['superseded', ['It was left out, as release 3 took its place in production'], ['Waiting']],
      ['cancelled', ['dev cancelled it: wrong one'], ['Waiting']],
      ['skipped', ['test did not pass'], ['Waiting']],
    ]);
    expect(told.map((stage) => stage?.hindrances[0]?.todo)).toEqual([...Array(5).fill(undefined), ...Array(8).fill(AGAIN)]);
  });

  it('is also what has to pass first', () => {
    const running = { kind: 'running', since: at(0), detail: 'Testing' } as const;
    const first = { reason: 'Stage test has to pass first, and is running' };
    expect(explain({ kind: 'pending' }, running)[1]?.hindrances).toEqual([first]);
    expect(explain({ kind: 'skipped', reason: 'x' }, running)[1]?.hindrances).toEqual([{ reason: 'x', todo: AGAIN }, first]);
    const waiting = { kind: 'waiting', since: at(0), gates: [], plan, policyRevision: 'p' } as const;
    expect(explain(waiting, running)[1]?.hindrances).toEqual([]);
    expect(explain({ kind: 'passed', at: at(0), milliseconds: 1, images: {} }, running)[1]?.hindrances).toEqual([]);
    expect(explain({ kind: 'rejected', at: at(0), by: 'ana', comment: '' }, running)[1]?.hindrances).toEqual([
      { reason: 'ana rejected it', todo: AGAIN },
      first,
    ]);
    expect(explain({ kind: 'queued', since: at(0), position: 1, behind: null }, running)[1]?.hindrances).toEqual([
      { reason: "Number 1 in the environment's line" },
    ]);
    const held = { kind: 'queued', since: at(0), position: 1, behind: null, held: 'Freeze of sales until Monday' } as const;
    expect(explain(held, running)[1]?.hindrances).toEqual([
      { reason: "Number 1 in the environment's line; its turn waits: Freeze of sales until Monday" },
    ]);
  });

  it('names where a stage leads, and has no gates where it leads nowhere', () => {
    const [test, production] = explain({ kind: 'pending' }, { kind: 'pending' });
    expect(test).toStrictEqual({ stage: 'test', state: 'pending', hindrances: [], gates: [] });
    expect(production).toMatchObject({ stage: 'production', environment: 'prod' });
  });
});
