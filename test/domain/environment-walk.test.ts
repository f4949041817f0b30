import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeploymentOutcome } from '../../domain/deployment.ts';
import { finish, HISTORY_LENGTH } from '../../domain/ended-deployment.ts';
import { begin, enqueue, enqueueRollback, withdraw } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import { releaseOf, type Work } from '../../domain/environment-work.ts';
import { decideRollback } from '../../domain/rollback-decision.ts';
import { request } from './arbitraries.ts';

type Step =
  | { readonly kind: 'enqueue'; readonly id: number; readonly release: number }
  | { readonly kind: 'withdraw'; readonly id: number }
  | { readonly kind: 'rollback'; readonly to: number | undefined }
  | { readonly kind: 'begin' }
  | { readonly kind: 'finish'; readonly outcome: DeploymentOutcome['kind'] };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('enqueue' as const), id: fc.nat(12), release: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('withdraw' as const), id: fc.nat(12) }),
  fc.record({ kind: fc.constant('rollback' as const), to: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }) }),
  fc.constant({ kind: 'begin' as const }),
  fc.record({
    kind: fc.constant('finish' as const),
    outcome: fc.constantFrom('succeeded', 'succeeded', 'incomplete', 'rolled-back', 'failed', 'plan-changed'),
  }),
);

/** Whether the environment serves the release afterwards, if perhaps not on every host. */
const isGood = (kind: DeploymentOutcome['kind']): boolean => kind === 'succeeded' || kind === 'incomplete';

const outcomeOf = (kind: DeploymentOutcome['kind']): DeploymentOutcome =>
  kind === 'plan-changed' ? { kind, planHash: '' } : { kind, reason: 'a reason', hosts: [] };

/** What was asked of an environment and what became of it, written down beside it. */
interface Walk {
  readonly state: EnvironmentState;
  /** Requests taken, ended or withdrawn, in any order and with their repetitions. */
  readonly taken: readonly string[];
  readonly answered: readonly string[];
  readonly generations: readonly number[];
  readonly foundGood: ReadonlySet<number>;
}

const AT = '2026-01-01T00:00:00.000Z';

function walk(steps: readonly Step[]): Walk[] {
  let now: Walk = { state: emptyEnvironment('shop', 'production'), taken: [], answered: [], generations: [], foundGood: new Set() };
  return steps.map((step) => {
    now = take(now, step);
    return now;
  });
}

function take(walked: Walk, step: Step): Walk {
  switch (step.kind) {
    case 'enqueue':
      return takeRequest(walked, `r${step.id}`, step.release);
    case 'withdraw':
      return takeWithdrawal(walked, `r${step.id}`);
    case 'rollback':
      return takeRollback(walked, step.to);
    case 'begin':
      return takeTurn(walked);
    case 'finish':
      return takeEnd(walked, outcomeOf(step.outcome));
  }
}

function takeRequest(walked: Walk, id: string, release: number): Walk {
  const state = enqueue(walked.state, request(id, release), AT);
  return { ...walked, state, taken: state === walked.state ? walked.taken : [...walked.taken, id] };
}

function takeWithdrawal(walked: Walk, id: string): Walk {
  // The workflow stops a running one instead, and answers a waiting one.
  if (!idsOf(walked.state.queue).includes(id)) return walked;
  return { ...walked, state: withdraw(walked.state, id), answered: [...walked.answered, id] };
}

function takeRollback(walked: Walk, to: number | undefined): Walk {
  const decision = decideRollback(walked.state, to);
  if (decision.kind !== 'return') return walked;
  expect(walked.foundGood).toContain(decision.target.release.number);
  if (to !== undefined) expect(decision.target.release.number).toBe(to);
  return { ...walked, state: enqueueRollback(walked.state, { person: 'rita', reason: '' }, decision.target, AT) };
}

function takeTurn(walked: Walk): Walk {
  const state = begin(walked.state, (generation) => `deployment/${generation}`, AT);
  if (state === walked.state) return walked;
  expect(walked.state.running).toBeNull();
  expect(state.running?.work).toBe(walked.state.queue[0]);
  return { ...walked, state, generations: [...walked.generations, state.running?.generation ?? 0] };
}

function takeEnd(walked: Walk, outcome: DeploymentOutcome): Walk {
  const { running } = walked.state;
  const state = finish(walked.state, outcome, AT, 0);
  if (running === null) return { ...walked, state };
  expect(state.running).toBeNull();
  const foundGood = isGood(outcome.kind) ? new Set([...walked.foundGood, releaseOf(running.work).number]) : walked.foundGood;
  return { ...walked, state, foundGood, answered: [...walked.answered, ...idsOf([running.work])] };
}

function idsOf(works: readonly Work[]): string[] {
  return works.flatMap((work) => (work.kind === 'promotion' ? [work.request.requestId] : []));
}

const steps = fc.array(STEP, { maxLength: 40 });
const always = (check: (walked: Walk) => void) =>
  fc.assert(
    fc.property(steps, (taken) => walk(taken).forEach(check)),
    { numRuns: 120 },
  );

it('every request is taken once, and either waits, runs or was answered', () => {
  always(({ state, taken, answered }) => {
    expect(new Set(taken).size).toBe(taken.length);
    const open = idsOf([...state.queue, ...(state.running === null ? [] : [state.running.work])]);
    expect(open.length + answered.length).toBe(taken.length);
    expect(new Set([...open, ...answered])).toEqual(new Set(taken));
  });
});

it('generations begin at one and grow by one with each deployment', () => {
  always(({ state, generations }) => {
    expect(generations).toEqual(generations.map((_, index) => index + 1));
    expect(state.generation).toBe(generations.length);
  });
});

it('rollbacks stand before promotions in the queue', () => {
  always(({ state }) => {
    const kinds = state.queue.map((work) => work.kind);
    expect(kinds.lastIndexOf('rollback')).toBeLessThan(kinds.includes('promotion') ? kinds.indexOf('promotion') : kinds.length);
  });
});

it('the history holds good releases alone, each once, never the current one, and no more than can be reached', () => {
  always(({ state, foundGood }) => {
    const numbers = state.history.map(({ release }) => release.number);
    const all = state.current === null ? numbers : [state.current.release.number, ...numbers];
    expect(new Set(all).size).toBe(all.length);
    for (const number of all) expect(foundGood).toContain(number);
    expect(numbers.length).toBeLessThanOrEqual(HISTORY_LENGTH);
    if (foundGood.size > 0) expect(state.current).not.toBeNull();
  });
});

it('what serves changes alone by what serves on some host at least', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const walked = walk(taken);
      walked.forEach(({ state }, index) => {
        const step = taken[index];
        const before = walked[index - 1]?.state.current ?? null;
        if (step?.kind !== 'finish' || !isGood(step.outcome)) expect(state.current).toEqual(before);
      });
    }),
  );
});

it('a rollback that names nothing never leads to a later release', () => {
  always(({ state }) => {
    const decision = decideRollback(state, undefined);
    if (decision.kind === 'return') expect(decision.target.release.number).toBeLessThan(state.current?.release.number ?? 0);
  });
});

it('its state survives the way through JSON from run to run', () => {
  always(({ state }) => expect(JSON.parse(JSON.stringify(state))).toEqual(state));
});
