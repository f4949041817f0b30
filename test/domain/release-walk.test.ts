import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ancestorsOf } from '../../domain/graph.ts';
import type { StagePass } from '../../domain/ledger.ts';
import type { Pipeline, Stage } from '../../domain/pipeline.ts';
import { hasEnded, type ReleaseRecord, releaseState, type StageKind, type StageState } from '../../domain/release.ts';
import {
  objectionToPromotion,
  openBoard,
  type ReleaseBoard,
  readyStages,
  releaseStatusOf,
  reopen,
  skipUnreachable,
  stateOf,
  withState,
} from '../../domain/release-board.ts';
import { digestNumber, STAGES } from './arbitraries.ts';
import { ALL_STATES, stateOfKind } from './stage-states.ts';

const AT = '2026-01-01T00:00:00Z';
const RECORD: ReleaseRecord = { application: 'shop', number: 2, images: {}, initiator: 'dev', createdAt: AT };
const boardOf = (stages: readonly Stage[], passes: readonly StagePass[] = []): ReleaseBoard => {
  const pipeline: Pipeline = { application: 'shop', revision: 'r1', components: [], stages };
  return openBoard(RECORD, pipeline, passes, (pass) => ({ web: { repository: 'r', digest: digestNumber(Number(pass.images.web)) } }));
};

const END = fc.constantFrom<StageKind>(
  'passed',
  'passed',
  'passed',
  'failed',
  'rolled-back',
  'rejected',
  'expired',
  'superseded',
  'cancelled',
);

const needsOf = (board: ReleaseBoard, stage: Stage) =>
  ancestorsOf(
    stage.name,
    board.pipeline.stages.map(({ name, needs }) => ({ name, before: needs })),
  );

function expectAllBeforePassed(board: ReleaseBoard, stage: Stage): void {
  for (const need of needsOf(board, stage)) expect(stateOf(board, need).kind).toBe('passed');
}

/** Does what is ready, one stage at a time, until nothing is: as the release workflow does. */
function walkToTheEnd(start: ReleaseBoard, ends: readonly StageKind[]): ReleaseBoard {
  let board = skipUnreachable(start);
  for (let step = 0; readyStages(board).length > 0; step += 1) {
    expect(step).toBeLessThanOrEqual(board.pipeline.stages.length);
    const ready = readyStages(board);
    for (const stage of ready) expectAllBeforePassed(board, stage);
    const [stage] = ready;
    if (stage !== undefined) board = skipUnreachable(withState(board, stage.name, stateOfKind(ends[step % ends.length] ?? 'passed')));
  }
  return board;
}

const ENDS = fc.array(END, { minLength: 1, maxLength: 12 });

describe('a release, whatever its pipeline and however its stages end', () => {
  it('comes to an end of every stage, each started only after all before it passed', () => {
    fc.assert(
      fc.property(STAGES, ENDS, (stages, ends) => {
        const board = walkToTheEnd(boardOf(stages), ends);
        for (const stage of stages) expect(hasEnded(stateOf(board, stage.name))).toBe(true);
        const all = stages.map((stage) => stateOf(board, stage.name).kind);
        expect(releaseStatusOf(board).state === 'promoted').toBe(all.every((kind) => kind === 'passed'));
      }),
    );
  });

  it('skips only what something that did not pass stands before', () => {
    fc.assert(
      fc.property(STAGES, ENDS, (stages, ends) => {
        const board = walkToTheEnd(boardOf(stages), ends);
        for (const stage of stages) {
          const hindered = [...needsOf(board, stage)].some((need) => stateOf(board, need).kind !== 'passed');
          expect(stateOf(board, stage.name).kind === 'skipped').toBe(hindered);
        }
      }),
    );
  });

  it('can be taken on by hand from a stage that did not pass, and then comes to its end again', () => {
    fc.assert(
      fc.property(STAGES, ENDS, ENDS, (stages, ends, again) => {
        const board = walkToTheEnd(boardOf(stages), ends);
        const next = stages.find((stage) => stateOf(board, stage.name).kind !== 'passed' && !objectionToPromotion(board, stage.name));
        if (next === undefined) return expect(releaseStatusOf(board).state).toBe('promoted');
        const reopened = reopen(board, next.name);
        expect(readyStages(reopened)).toContainEqual(next);
        const end = walkToTheEnd(reopened, again);
        for (const stage of stages) expect(hasEnded(stateOf(end, stage.name))).toBe(true);
      }),
    );
  });

  it('is offered for a promotion by hand only where everything before passed', () => {
    fc.assert(
      fc.property(STAGES, fc.array(fc.constantFrom(...ALL_STATES), { minLength: 8, maxLength: 8 }), (stages, states) => {
        const board = stages.reduce(
          (now, stage, index) => withState(now, stage.name, states[index] ?? { kind: 'pending' }),
          boardOf(stages),
        );
        for (const stage of stages) if (objectionToPromotion(board, stage.name) === undefined) expectAllBeforePassed(board, stage);
      }),
    );
  });

  it('goes on after a restart with passes of one digest alone', () => {
    const pass = fc.record({
      stage: fc.nat(7).map((n) => `s${n}`),
      pipelineRevision: fc.constantFrom('r1', 'r1', 'r0'),
      images: fc.record({ web: fc.constantFrom('1', '1', '2') }),
      at: fc.constant(AT),
    });
    fc.assert(
      fc.property(STAGES, fc.array(pass, { maxLength: 10 }), (stages, passes) => {
        const board = boardOf(stages, passes);
        for (const stage of stages) {
          const state = stateOf(board, stage.name);
          if (state.kind === 'passed') expect(state.images).toEqual(board.images);
          if (state.kind !== 'passed') expect(state.kind).toBe('pending');
        }
        for (const stage of readyStages(board)) expectAllBeforePassed(board, stage);
      }),
    );
  });
});

describe('the state that sums up a release', () => {
  const states = fc.array(fc.constantFrom(...ALL_STATES), { minLength: 1, maxLength: 8 });
  const has = (list: readonly StageState[], ...kinds: StageKind[]) => list.some((state) => kinds.includes(state.kind));

  it('is never promoted while anything failed, was rolled back or refused, or is still to do', () => {
    fc.assert(
      fc.property(states, (list) => {
        if (releaseState(list) !== 'promoted') return;
        expect(list.filter((state) => state.kind !== 'passed')).toEqual([]);
      }),
    );
  });

  it('runs while a stage runs, waits while only gates and queues hold it, and else says the worst', () => {
    fc.assert(
      fc.property(states, (list) => {
        const state = releaseState(list);
        if (has(list, 'running')) return expect(state).toBe('running');
        if (has(list, 'waiting', 'queued')) return expect(state).toBe('waiting');
        if (has(list, 'rolled-back')) return expect(state).toBe('rolled-back');
        if (has(list, 'failed')) return expect(state).toBe('failed');
      }),
    );
  });

  it.each<[StageKind[], string]>([
    [['passed', 'pending'], 'running'],
    [['rejected', 'pending'], 'rejected'],
    [['cancelled', 'superseded', 'expired', 'rejected', 'incomplete'], 'incomplete'],
    [['cancelled', 'superseded', 'expired', 'rejected'], 'rejected'],
    [['cancelled', 'superseded', 'expired'], 'expired'],
    [['cancelled', 'superseded'], 'superseded'],
    [['skipped', 'cancelled'], 'cancelled'],
    [['passed', 'skipped'], 'failed'],
    [['passed', 'passed'], 'promoted'],
  ])('of stages that are %j is %s', (kinds, state) => {
    expect(releaseState(ALL_STATES.filter(({ kind }) => kinds.includes(kind)))).toBe(state);
  });

  it('has come to its end by stages that wait for nothing and do nothing', () => {
    const going = ALL_STATES.filter((state) => !hasEnded(state)).map(({ kind }) => kind);
    expect(going).toEqual(['pending', 'waiting', 'queued', 'running']);
  });

  it('does not depend on the order of the stages', () => {
    fc.assert(fc.property(states, (list) => expect(releaseState([...list].reverse())).toBe(releaseState(list))));
  });
});
