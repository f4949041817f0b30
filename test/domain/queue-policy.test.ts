import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeploymentRequest } from '../../domain/deployment-request.ts';
import { finish } from '../../domain/ended-deployment.ts';
import { begin, enqueueRollback } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import { type Arrival, arrive, type GateStay, leaveGates, reachGates } from '../../domain/gate-stay.ts';
import { enqueueHost } from '../../domain/host-deployment.ts';
import { beginsAnyway, nextTurn } from '../../domain/next-turn.ts';
import type { QueuePolicy } from '../../domain/queue-policy.ts';
import { good, request } from './arbitraries.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const HOUR = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const EMPTY = emptyEnvironment('shop', 'production');

const QUEUE: QueuePolicy = { kind: 'queue' };
const SUPERSEDE: QueuePolicy = { kind: 'supersede', supersedeVoted: false };
const TRAIN: QueuePolicy = { kind: 'train', leaves: [] };

function wish(id: string, release: number, policy: QueuePolicy, more: Partial<DeploymentRequest> = {}): DeploymentRequest {
  const plain = request(id, release);
  return { ...plain, policy: { ...plain.policy, queue: policy }, ...more };
}

function stay(id: string, release: number, policy: QueuePolicy, decided = false): GateStay {
  return { requestId: id, release, releaseWorkflowId: `release/shop/${release}`, since: iso(NOON), requestedBy: 'dev', decided, policy };
}

const queued = ({ queue }: EnvironmentState): string[] =>
  queue.flatMap((work) => (work.kind === 'promotion' ? [work.request.requestId] : []));
const free = (policy: QueuePolicy) => ({ policy, heldBack: () => [] });
const told = ({ replaced }: Arrival): string[] => replaced.map(({ requestId, by }) => `${requestId} by ${by}`);

describe('a newer release', () => {
  const arrival = (policy: QueuePolicy, more: Partial<DeploymentRequest> = {}): Arrival =>
    arrive(arrive(EMPTY, wish('five', 5, policy, more), iso(NOON)).state, wish('six', 6, policy), iso(NOON));

  it('takes the place of one that waits in the queue, where the environment says so, and its workflow is told', () => {
    expect(arrival(SUPERSEDE).replaced).toEqual([{ requestId: 'five', by: 6, releaseWorkflowId: 'release/shop/5' }]);
    expect(queued(arrival(SUPERSEDE).state)).toEqual(['six']);
    expect(arrival(SUPERSEDE).state.answered).toEqual(['five']);
    for (const policy of [QUEUE, TRAIN]) expect(queued(arrival(policy).state)).toEqual(['five', 'six']);
  });

  it('leaves one alone that people voted on, unless the environment says otherwise', () => {
    expect(told(arrival(SUPERSEDE, { decided: true }))).toEqual([]);
    expect(told(arrival({ kind: 'supersede', supersedeVoted: true }, { decided: true }))).toEqual(['five by 6']);
  });

  it('never takes the place of one that has begun', () => {
    const begun = begin(arrive(EMPTY, wish('five', 5, SUPERSEDE), iso(NOON)).state, () => 'deployment', iso(NOON));
    const after = arrive(begun, wish('six', 6, SUPERSEDE), iso(NOON));
    expect(told(after)).toEqual([]);
    expect(after.state.running).toEqual(begun.running);
  });

  it('at the gates takes the place of one at the gates, and of none that is through them', () => {
    const atGates = reachGates(reachGates(EMPTY, stay('five', 5, SUPERSEDE)).state, stay('six', 6, SUPERSEDE));
    expect(told(atGates)).toEqual(['five by 6']);
    const through = arrive(EMPTY, wish('five', 5, SUPERSEDE), iso(NOON)).state;
    expect(told(reachGates(through, stay('six', 6, SUPERSEDE)))).toEqual([]);
  });

  it('through the gates takes the place of one still at them, and ends its own stay there', () => {
    const both = reachGates(reachGates(EMPTY, stay('gate-5', 5, SUPERSEDE)).state, stay('gate-4', 4, TRAIN)).state;
    const after = arrive(both, wish('six', 6, SUPERSEDE, { gateStay: 'gate-4' }), iso(NOON));
    expect(told(after)).toEqual(['gate-5 by 6']);
    expect(after.state.atGates).toEqual([]);
  });
});

describe('an older release', () => {
  it('gives way at once where a newer one has come as far', () => {
    const newer = arrive(EMPTY, wish('six', 6, SUPERSEDE), iso(NOON)).state;
    const after = arrive(newer, wish('five', 5, SUPERSEDE), iso(NOON));
    expect([told(after), queued(after.state)]).toEqual([['five by 6'], ['six']]);
    expect(told(reachGates(newer, stay('five', 5, SUPERSEDE)))).toEqual(['five by 6']);
  });

  it('is told of the newest of those that came as far', () => {
    const state = [6, 8, 7].reduce((all, number) => arrive(all, wish(`r${number}`, number, QUEUE), iso(NOON)).state, EMPTY);
    expect(told(arrive(state, wish('five', 5, SUPERSEDE), iso(NOON)))).toEqual(['five by 8']);
  });

  it('goes on where somebody asked for it by hand, or the newer one is not as far', () => {
    const newer = arrive(EMPTY, wish('six', 6, SUPERSEDE), iso(NOON)).state;
    expect(told(arrive(newer, wish('five', 5, SUPERSEDE, { decided: true }), iso(NOON)))).toEqual([]);
    const atGates = reachGates(EMPTY, stay('six', 6, SUPERSEDE)).state;
    expect(told(arrive(atGates, wish('five', 5, SUPERSEDE), iso(NOON)))).toEqual([]);
  });
});

describe('whoever is told', () => {
  it('is told by its own workflow, at the gates and in the queue, whoever else waits', () => {
    const waiting = enqueueHost({ ...EMPTY, current: good(2) }, { host: 'p1', person: 'olga', reason: '' }, 'five', iso(NOON));
    const queue = [4, 5].reduce((all, number) => arrive(all, wish(`r${number}`, number, QUEUE), iso(NOON)).state, waiting);
    const both = [2, 3].reduce((all, number) => reachGates(all, stay(`g${number}`, number, QUEUE)).state, queue);
    const { replaced, state } = arrive(both, wish('nine', 9, SUPERSEDE), iso(NOON));
    expect(replaced.map(({ requestId, releaseWorkflowId }) => `${requestId} ${releaseWorkflowId}`)).toEqual([
      'g2 release/shop/2',
      'g3 release/shop/3',
      'r4 release/shop/4',
      'r5 release/shop/5',
    ]);
    expect(state.queue.map(({ kind }) => kind)).toEqual(['host', 'promotion']);
    expect(state.answered).toEqual(['g2', 'g3', 'r4', 'r5']);
  });

  it('is nobody where a wish is known already, or has no policy', () => {
    const known = arrive(arrive(EMPTY, wish('five', 5, QUEUE), iso(NOON)).state, wish('six', 6, QUEUE), iso(NOON)).state;
    expect(arrive(known, wish('six', 6, SUPERSEDE), iso(NOON))).toEqual({ state: known, replaced: [] });
    const plain = arrive(known, request('seven', 7), iso(NOON));
    expect([queued(plain.state), plain.replaced]).toEqual([['five', 'six', 'seven'], []]);
  });

  it('leaves the gates that it came through, and those of no other', () => {
    const both = reachGates(reachGates(EMPTY, stay('a', 5, QUEUE)).state, stay('b', 6, QUEUE)).state;
    expect(arrive(both, wish('x', 5, QUEUE, { gateStay: 'a' }), iso(NOON)).state.atGates?.map(({ requestId }) => requestId)).toEqual(['b']);
    expect(arrive(both, wish('x', 5, QUEUE), iso(NOON)).state.atGates).toHaveLength(2);
    expect(arrive(EMPTY, wish('x', 5, QUEUE), iso(NOON)).state).not.toHaveProperty('atGates');
  });
});

describe('a stay at the gates', () => {
  it('is known once, with what was told last, and ends when it is said to', () => {
    const once = reachGates(EMPTY, stay('six', 6, SUPERSEDE)).state;
    const again = reachGates(once, stay('six', 6, SUPERSEDE, true)).state;
    expect(again.atGates).toEqual([stay('six', 6, SUPERSEDE, true)]);
    expect(told(reachGates(again, stay('seven', 7, SUPERSEDE)))).toEqual([]);
    expect(leaveGates(again, 'six').atGates).toEqual([]);
    expect(leaveGates(EMPTY, 'six').atGates).toBeUndefined();
  });
});

describe('news of a stay that is over', () => {
  it('makes no phantom of it, whether it was told of, left, or went through', () => {
    const left = leaveGates(EMPTY, 'late');
    expect(reachGates(left, stay('late', 5, SUPERSEDE)).state.atGates).toBeUndefined();
    const through = arrive(EMPTY, wish('five', 5, SUPERSEDE, { gateStay: 'late' }), iso(NOON)).state;
    expect(reachGates(through, stay('late', 5, SUPERSEDE)).state).toBe(through);
    // Another stay of the same release is another.
    expect(reachGates(left, stay('next', 5, SUPERSEDE)).state.atGates).toHaveLength(1);
    // Whose place was taken and who insists comes back.
    const replaced = reachGates(reachGates(EMPTY, stay('five', 5, SUPERSEDE)).state, stay('six', 6, SUPERSEDE)).state;
    expect(reachGates(replaced, stay('five', 5, SUPERSEDE, true)).state.atGates).toHaveLength(2);
  });
});

describe('a train', () => {
  const boarded = (policy: QueuePolicy): EnvironmentState =>
    [5, 7, 6].reduce((state, number) => arrive(state, wish(`r${number}`, number, policy), iso(NOON)).state, EMPTY);

  it('leaves with the newest, and tells the others', () => {
    const gates = reachGates(reachGates(boarded(TRAIN), stay('voted', 4, TRAIN, true)).state, stay('gate', 3, TRAIN)).state;
    const turn = nextTurn(gates, free(TRAIN), NOON);
    expect([turn.kind, queued(turn.state), new Set(told(turn))]).toEqual(['go', ['r7'], new Set(['gate by 7', 'r5 by 7', 'r6 by 7'])]);
    expect(turn.state.atGates?.map(({ requestId }) => requestId)).toEqual(['voted']);
  });

  it('waits for its moment, and says when that is', () => {
    const policy: QueuePolicy = { kind: 'train', leaves: ['0 15 * * *'] };
    const departure = NOON + 3 * 3_600_000;
    const early = nextTurn(boarded(policy), free(policy), departure - 1);
    expect(early).toMatchObject({ kind: 'wait', until: departure, replaced: [] });
    const held = [{ kind: 'train', reason: 'The next train leaves at 2026-03-02T15:00:00.000Z', until: iso(departure) }];
    expect(early.state.queue.map((work) => work.kind === 'promotion' && work.held)).toEqual([held, held, held]);
    expect(nextTurn(early.state, free(policy), departure)).toMatchObject({ kind: 'go' });
  });

  it('leaves at its first moment after the first of them boarded', () => {
    const policy: QueuePolicy = { kind: 'train', leaves: ['0 15 * * *'] };
    const later = arrive(boarded(policy), wish('r9', 9, policy), iso(NOON + 20 * HOUR)).state;
    const turn = nextTurn(later, free(policy), NOON + 4 * HOUR);
    expect([turn.kind, queued(turn.state)]).toEqual(['go', ['r9']]);
    expect(nextTurn(later, free(policy), NOON)).toMatchObject({ kind: 'wait', until: NOON + 3 * HOUR });
  });

  it('leaves at once where it has no set moments', () => {
    const late = arrive(boarded(TRAIN), wish('r9', 9, TRAIN), iso(NOON + HOUR)).state;
    expect(nextTurn(late, free(TRAIN), NOON)).toMatchObject({ kind: 'go' });
    expect(nextTurn(EMPTY, free(TRAIN), NOON)).toMatchObject({ kind: 'wait', until: undefined });
  });

  it('takes the first of two attempts of one release', () => {
    const twice = arrive(boarded(TRAIN), wish('again', 7, TRAIN), iso(NOON)).state;
    expect(nextTurn(twice, free(TRAIN), NOON).state.queue[0]).toMatchObject({ request: { requestId: 'r7' } });
  });

  it('lets a host go before it, which boards no train', () => {
    const host = enqueueHost({ ...boarded(TRAIN), current: good(2) }, { host: 'p1', person: 'olga', reason: '' }, 'host', iso(NOON));
    const turn = nextTurn(host, free(TRAIN), NOON);
    expect([turn.kind, turn.replaced, turn.state.queue[0]?.kind]).toEqual(['go', [], 'host']);
  });

  it('keeps what it says to those that are held back for another reason', () => {
    const policy: QueuePolicy = { kind: 'train', leaves: ['0 15 * * *'] };
    const heldBack = (work: { request: DeploymentRequest }) => (work.request.release.number === 7 ? [BLOCKED] : []);
    const { state } = nextTurn(boarded(policy), { policy, heldBack }, NOON);
    expect(state.queue.map((work) => (work.kind === 'promotion' ? work.held?.[0]?.kind : work.kind))).toEqual(['train', 'block', 'train']);
  });

  it('leaves without a newer one that is held back, and with it once it is free', () => {
    const rules = {
      policy: TRAIN,
      heldBack: (work: { request: DeploymentRequest }) => (work.request.release.number === 7 ? [BLOCKED] : []),
    };
    const turn = nextTurn(boarded(TRAIN), rules, NOON);
    expect([queued(turn.state), told(turn)]).toEqual([['r6', 'r7'], ['r5 by 6']]);
  });
});

const BLOCKED = { kind: 'block', reason: 'blocked' };

describe('what was held back', () => {
  const HELD = [{ kind: 'freeze', reason: 'the sale' }];
  const holding = (policy: QueuePolicy, ...held: number[]) => ({
    policy,
    heldBack: ({ request: { release } }: { readonly request: DeploymentRequest }) => (held.includes(release.number) ? HELD : []),
  });
  const served = (state: EnvironmentState): EnvironmentState =>
    finish(
      begin(state, () => 'deployment', iso(NOON)),
      { kind: 'succeeded', hosts: [] },
      iso(NOON + 1_000),
      0,
    );
  /** Release 5 waited, was held back, and 6 went by and serves. */
  function passed(more: Partial<DeploymentRequest> = {}, release = 5): EnvironmentState {
    const both = arrive(arrive(EMPTY, wish('five', release, QUEUE, more), iso(NOON)).state, wish('six', 6, QUEUE), iso(NOON)).state;
    const heldBack = (work: { request: DeploymentRequest }) => (work.request.requestId === 'five' ? HELD : []);
    const turn = nextTurn(both, { policy: QUEUE, heldBack }, NOON);
    expect([turn.kind, queued(turn.state)]).toEqual(['go', ['six', 'five']]);
    return served(turn.state);
  }

  it('does not take the environment back over a newer one that went by, held or freed, and its release is told', () => {
    for (const rules of [free(QUEUE), holding(QUEUE, 5)]) {
      const turn = nextTurn(passed(), rules, NOON + 2_000);
      expect([turn.kind, queued(turn.state), told(turn)]).toEqual(['wait', [], ['five by 6']]);
    }
  });

  it('does not take it back either where it was free already when the newer one went by', () => {
    const state = passed();
    const freed = state.queue.map((work) => (work.kind === 'promotion' ? { ...work, held: [], freeSince: iso(NOON) } : work));
    expect(told(nextTurn({ ...state, queue: freed }, free(QUEUE), NOON + 2_000))).toEqual(['five by 6']);
  });

  it.each([6, 7])('has its turn where what went by is no newer than it: release %i', (release) => {
    const turn = nextTurn(passed({}, release), free(QUEUE), NOON + 2_000);
    expect([turn.kind, queued(turn.state), told(turn)]).toEqual(['go', ['five'], []]);
  });

  it('has its turn where it came after the newer one served: whoever brings it then means it', () => {
    const after = arrive(passed(), wish('four', 4, QUEUE), iso(NOON + 1_000)).state;
    const frozen = nextTurn(after, holding(QUEUE, 4), NOON + 1_000);
    expect([frozen.kind, told(frozen)]).toEqual(['wait', ['five by 6']]);
    expect(nextTurn(frozen.state, free(QUEUE), NOON + 2_000)).toMatchObject({ kind: 'go', replaced: [] });
  });

  it('is nobody who only waited for a turn behind the newer one', () => {
    const both = arrive(arrive(EMPTY, wish('six', 6, QUEUE), iso(NOON)).state, wish('five', 5, QUEUE), iso(NOON)).state;
    const turn = nextTurn(served(nextTurn(both, free(QUEUE), NOON).state), free(QUEUE), NOON + 2_000);
    expect([turn.kind, queued(turn.state), told(turn)]).toEqual(['go', ['five'], []]);
  });

  it('is left to people where they had decided on it, and has its turn where nothing newer went by', () => {
    const decided = nextTurn(passed({ decided: true }), free(QUEUE), NOON + 2_000);
    expect([decided.kind, queued(decided.state), told(decided)]).toEqual(['go', ['five'], []]);
    const alone = nextTurn(arrive(EMPTY, wish('five', 5, QUEUE), iso(NOON)).state, holding(QUEUE, 5), NOON).state;
    expect(nextTurn(alone, free(QUEUE), NOON + 2_000)).toMatchObject({ kind: 'go', replaced: [] });
  });

  it('takes no train at another than its moments, because a freeze lasted past one', () => {
    const policy: QueuePolicy = { kind: 'train', leaves: ['0 13 * * *'] };
    const boarded = arrive(EMPTY, wish('five', 5, policy), iso(NOON)).state;
    const frozen = nextTurn(boarded, holding(policy, 5), NOON + 3_600_000);
    expect(frozen.kind).toBe('wait');
    const freed = nextTurn(frozen.state, free(policy), NOON + 2 * 3_600_000);
    expect(freed).toMatchObject({ kind: 'wait', until: NOON + 25 * 3_600_000 });
    expect(nextTurn(freed.state, free(policy), NOON + 25 * 3_600_000)).toMatchObject({ kind: 'go' });
    // One that only waited for its moment leaves a little late where a deployment was under way then.
    const late = nextTurn(boarded, free(policy), NOON + 3_700_000);
    expect(late.kind).toBe('go');
  });
});

describe('the next turn', () => {
  it('is of the first that may go, so that one that is held back holds up nobody else', () => {
    const state = [5, 6, 7].reduce((all, number) => arrive(all, wish(`r${number}`, number, QUEUE), iso(NOON)).state, EMPTY);
    const rules = { policy: QUEUE, heldBack: (work: { request: DeploymentRequest }) => (work.request.requestId === 'r5' ? [BLOCKED] : []) };
    const turn = nextTurn(state, rules, NOON);
    expect([turn.kind, queued(turn.state), told(turn)]).toEqual(['go', ['r6', 'r5', 'r7'], []]);
    expect(turn.state.queue[1]).toMatchObject({ held: [BLOCKED] });
    // Free again, it is the first again, and says nothing any more.
    const later = nextTurn({ ...turn.state, queue: turn.state.queue.slice(1) }, free(QUEUE), NOON);
    expect(queued(later.state)).toEqual(['r5', 'r7']);
    expect(later.state.queue[0]).not.toHaveProperty('held');
  });

  it('is nobody’s while all are held back, until what holds them can change', () => {
    const state = arrive(EMPTY, wish('r5', 5, QUEUE), iso(NOON)).state;
    const rules = { policy: QUEUE, heldBack: () => [BLOCKED], changesAt: NOON + 1 };
    expect(nextTurn(state, rules, NOON)).toMatchObject({ kind: 'wait', until: NOON + 1, state: { queue: [{ held: [BLOCKED] }] } });
    expect(nextTurn(state, { ...rules, changesAt: NOON }, NOON)).toMatchObject({ kind: 'wait', until: undefined });
  });

  it('is looked for again when the first of what holds anybody back ends', () => {
    const state = [5, 6, 7].reduce((all, number) => arrive(all, wish(`r${number}`, number, QUEUE), iso(NOON)).state, EMPTY);
    const ends = [NOON + 9, NOON + 4, NOON - 1].map(iso);
    const heldBack = (work: { request: DeploymentRequest }) => [{ ...BLOCKED, until: ends[work.request.release.number - 5] }, BLOCKED];
    const until = (rules: object) => nextTurn(state, { policy: QUEUE, heldBack, ...rules } as Parameters<typeof nextTurn>[1], NOON);
    expect(until({})).toMatchObject({ kind: 'wait', until: NOON + 4 });
    expect(until({ changesAt: NOON + 2 })).toMatchObject({ until: NOON + 2 });
    expect(until({ changesAt: NOON + 6 })).toMatchObject({ until: NOON + 4 });
  });

  it('is a host’s whatever holds the others', () => {
    const waiting = arrive({ ...EMPTY, current: good(2) }, wish('r5', 5, QUEUE), iso(NOON)).state;
    const host = enqueueHost(waiting, { host: 'p1', person: 'olga', reason: '' }, 'host', iso(NOON));
    const turn = nextTurn(host, { policy: QUEUE, heldBack: () => [BLOCKED] }, NOON);
    expect(turn).toMatchObject({ kind: 'go', state: { queue: [{ kind: 'host' }, {}] } });
    expect(turn.state.queue[0]).not.toHaveProperty('held');
    expect(beginsAnyway(EMPTY)).toBe(false);
  });

  it('is the way back’s whatever holds the others', () => {
    const state = arrive({ ...EMPTY, current: good(2) }, wish('r5', 5, QUEUE), iso(NOON)).state;
    expect(beginsAnyway(state)).toBe(false);
    const back = enqueueRollback(state, { person: 'rita', reason: '' }, good(1), iso(NOON));
    expect(beginsAnyway(back)).toBe(true);
    for (const policy of [QUEUE, SUPERSEDE, TRAIN])
      expect(nextTurn(back, { policy, heldBack: () => [BLOCKED] }, NOON)).toMatchObject({
        kind: 'go',
        state: { queue: [{ kind: 'rollback' }, {}] },
      });
  });
});

type Step =
  | { readonly kind: 'gates' | 'queue'; readonly release: number; readonly decided: boolean }
  | { readonly kind: 'turn'; readonly blocked: number }
  | { readonly kind: 'finish' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('gates' as const, 'queue' as const, 'queue' as const),
    release: fc.integer({ min: 1, max: 9 }),
    decided: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('turn' as const), blocked: fc.integer({ min: 1, max: 12 }) }),
  fc.constant({ kind: 'finish' as const }),
);

interface Walk {
  state: EnvironmentState;
  readonly arrived: Map<string, { readonly release: number; readonly decided: boolean; readonly place: string }>;
  readonly replaced: Map<string, number>;
  readonly begun: string[];
}

/** What becomes of everything that came, whatever the order. */
function walk(steps: readonly Step[], policy: QueuePolicy): Walk {
  const walked: Walk = { state: EMPTY, arrived: new Map(), replaced: new Map(), begun: [] };
  for (const [index, step] of steps.entries()) take(walked, step, policy, `${index}`);
  return walked;
}

function take(walked: Walk, step: Step, policy: QueuePolicy, id: string): void {
  if (step.kind === 'finish') {
    walked.state = finish(walked.state, { kind: 'failed', reason: '', hosts: [] }, iso(NOON), 0);
  } else if (step.kind === 'turn') {
    if (walked.state.running !== null || walked.state.queue.length === 0) return;
    const heldBack = (work: { request: DeploymentRequest }) => (work.request.release.number === step.blocked ? [BLOCKED] : []);
    const turn = nextTurn(walked.state, { policy, heldBack }, NOON);
    note(walked, turn);
    if (turn.kind === 'go') walked.state = begin(walked.state, () => 'deployment', iso(NOON));
    const work = walked.state.running?.work;
    if (work?.kind === 'promotion') walked.begun.push(work.request.requestId);
  } else {
    const { release, decided } = step;
    walked.arrived.set(id, { release, decided, place: step.kind });
    if (step.kind === 'gates') note(walked, reachGates(walked.state, stay(id, release, policy, decided)));
    else note(walked, arrive(walked.state, wish(id, release, policy, { decided }), iso(NOON)));
  }
}

function note(walked: Walk, arrival: Arrival): void {
  walked.state = arrival.state;
  for (const { requestId, by } of arrival.replaced) {
    expect(walked.replaced.has(requestId) || walked.begun.includes(requestId)).toBe(false);
    walked.replaced.set(requestId, by);
  }
}

const always = (policy: QueuePolicy, check: (walked: Walk) => void) =>
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => check(walk(steps, policy))),
    { numRuns: 150 },
  );

describe.each<[string, QueuePolicy]>([
  ['queue', QUEUE],
  ['supersede', SUPERSEDE],
  ['supersede with supersedeVoted', { kind: 'supersede', supersedeVoted: true }],
  ['train', TRAIN],
])('whatever the order of arrival, under %s', (_name, policy) => {
  it('everything waits, began, or was told which newer release took its place', () => {
    always(policy, ({ state, arrived, replaced, begun }) => {
      const waiting = [...queued(state), ...(state.atGates ?? []).map(({ requestId }) => requestId)];
      expect([...waiting, ...replaced.keys(), ...begun].sort()).toEqual([...arrived.keys()].sort());
      for (const [id, newer] of replaced) expect(newer).toBeGreaterThan(arrived.get(id)?.release ?? 0);
    });
  });

  it('what people decided on keeps its place, as far as the environment lets it', () => {
    always(policy, ({ arrived, replaced }) => {
      for (const id of replaced.keys()) {
        const { decided, place } = arrived.get(id) ?? { decided: false, place: '' };
        if (policy.kind === 'train') expect(decided && place === 'gates').toBe(false);
        else if (policy.kind === 'supersede' && !policy.supersedeVoted) expect(decided).toBe(false);
        else expect(policy.kind).not.toBe('queue');
      }
    });
  });

  it('its state survives the way through JSON', () => {
    always(policy, ({ state }) => expect(JSON.parse(JSON.stringify(state))).toEqual(state));
  });
});

it('without anything held back a queue begins in the order of arrival, and what supersede leaves of it too', () => {
  for (const policy of [QUEUE, SUPERSEDE])
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => {
        const { begun } = walk(
          steps.map((step) => (step.kind === 'turn' ? { ...step, blocked: 12 } : step)),
          policy,
        );
        expect(begun.map(Number)).toEqual([...begun.map(Number)].sort((left, right) => left - right));
      }),
    );
});
