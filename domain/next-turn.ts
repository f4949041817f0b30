import { nextDeparture } from './departures.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { HeldBack } from './environment-status.ts';
import type { Work } from './environment-work.ts';
import { type Arrival, replace, waitingIn } from './gate-stay.ts';
import { type QueuePolicy, replacedByDeparture } from './queue-policy.ts';

type Promotion = Extract<Work, { kind: 'promotion' }>;

/** What to know before a promotion begins: why one may not, as far as that can be known. */
export interface TurnRules {
  readonly policy: QueuePolicy;
  /** Why this must wait now; nothing where it may go. */
  readonly heldBack: (work: Promotion) => readonly HeldBack[];
  /** When what holds anything back may have changed by itself, in milliseconds since the epoch. */
  readonly changesAt?: number;
}

/** `go`: the first in the queue begins. `wait`: nothing in it may begin before `until`, unless something changes. */
export type NextTurn = (Arrival & { readonly kind: 'go' }) | (Arrival & { readonly kind: 'wait'; readonly until: number | undefined });

/** Whether the first in the queue begins whatever stands: a way back, or a host that is brought to what runs here already. */
export function beginsAnyway({ queue: [first] }: EnvironmentState): boolean {
  return first !== undefined && first.kind !== 'promotion';
}

/**
 * Who begins now: the first in the queue that may, so that one that is held back holds up nobody else, and the order of the others is
 * kept. Where a train leaves, its newest passenger. All that are held back say why, and whom a newer one has passed meanwhile gives way to it.
 */
export function nextTurn(before: EnvironmentState, rules: TurnRules, now: number): NextTurn {
  const { state, replaced } = withoutPassed(before);
  const next = turnOf({ ...state, queue: state.queue.map((work) => judged(work, rules, now)) }, rules, now);
  return replaced.length === 0 ? next : { ...next, replaced: [...replaced, ...next.replaced] };
}

/**
 * Who was held back while a newer release went by would take the environment backwards. What people have decided on stays: the newer one has
 * changed its plan, so that they are asked again and see where it would lead.
 */
function withoutPassed(state: EnvironmentState): Arrival {
  const { current } = state;
  if (current === null) return { state, replaced: [] };
  const by = current.release.number;
  const passed = state.queue.filter((work) => work.kind === 'promotion').filter((work) => isPassedBy(work, by, Date.parse(current.since)));
  return replace(
    state,
    passed.map(({ request: { requestId } }) => ({ requestId, by })),
  );
}

function isPassedBy(work: Promotion, newer: number, at: number): boolean {
  const { release, decided } = work.request;
  return wasHeld(work) && decided !== true && release.number < newer && Date.parse(work.since) < at;
}

function wasHeld({ held = [], freeSince }: Promotion): boolean {
  return freeSince !== undefined || held.some(isHold);
}

/** A train that has not left yet holds nobody back. */
function isHold({ kind }: HeldBack): boolean {
  return kind !== 'train';
}

function turnOf(state: EnvironmentState, rules: TurnRules, now: number): NextTurn {
  const free = state.queue.filter((work) => work.kind !== 'promotion' || work.held === undefined);
  const { policy } = rules;
  const next = policy.kind === 'train' ? nextOfTrain(free, policy.leaves, now) : free[0];
  if (next === undefined) return { kind: 'wait', ...waitFor(state, rules, free, now) };
  const first = { ...state, queue: [next, ...state.queue.filter((work) => work !== next)] };
  if (policy.kind !== 'train' || next.kind !== 'promotion') return { kind: 'go', state: first, replaced: [] };
  return { kind: 'go', ...leave(first, next) };
}

function judged(work: Work, { heldBack }: TurnRules, now: number): Work {
  if (work.kind !== 'promotion') return work;
  const { held: before = [], ...free } = work;
  const held = heldBack(work);
  if (held.length > 0) return { ...free, held };
  return before.some(isHold) ? { ...free, freeSince: new Date(now).toISOString() } : free;
}

function nextOfTrain(free: readonly Work[], leaves: readonly string[], now: number): Work | undefined {
  const other = free.find((work) => work.kind !== 'promotion');
  if (other !== undefined) return other;
  const departure = departureOf(free, leaves);
  return departure !== undefined && departure <= now ? newestOf(free) : undefined;
}

/**
 * A train leaves at the first of its moments after somebody boarded it; one without set moments leaves as soon as it can. Who was held back
 * boards when that ends: a freeze that lasts past a train's moment makes no train leave at another.
 */
function departureOf(free: readonly Work[], leaves: readonly string[]): number | undefined {
  const boarded = free.map((work) => Date.parse((work.kind === 'promotion' ? work.freeSince : undefined) ?? work.since));
  if (boarded.length === 0) return undefined;
  return leaves.length === 0 ? Math.min(...boarded) : nextDeparture(leaves, Math.min(...boarded));
}

/** Of two attempts of one release, the one that came first. */
function newestOf(works: readonly Work[]): Promotion | undefined {
  const promotions = works.filter((work) => work.kind === 'promotion');
  return promotions.reduce<Promotion | undefined>(
    (newest, work) => (newest !== undefined && newest.request.release.number >= work.request.release.number ? newest : work),
    undefined,
  );
}

function leave(state: EnvironmentState, leaving: Promotion): Arrival {
  const { requestId } = leaving.request;
  const waiting = waitingIn(state);
  const self = waiting.find((one) => one.requestId === requestId);
  if (self === undefined) return { state, replaced: [] };
  return replace(
    state,
    replacedByDeparture(
      self,
      waiting.filter((one) => one !== self),
    ),
  );
}

function waitFor(
  state: EnvironmentState,
  { policy, changesAt }: TurnRules,
  free: readonly Work[],
  now: number,
): Arrival & { readonly until: number | undefined } {
  const departure = policy.kind === 'train' ? departureOf(free, policy.leaves) : undefined;
  const ends = state.queue.flatMap((work) => (work.kind === 'promotion' ? (work.held ?? []) : [])).map(({ until }) => until);
  const moments = [changesAt, departure, ...ends.map((until) => (until === undefined ? undefined : Date.parse(until)))].filter(
    (moment) => moment !== undefined && moment > now,
  );
  const until = moments.length === 0 ? undefined : Math.min(...(moments as number[]));
  return { state: departure === undefined ? state : withDeparture(state, departure), replaced: [], until };
}

/** Passengers see when their train leaves. */
function withDeparture(state: EnvironmentState, departure: number): EnvironmentState {
  const until = new Date(departure).toISOString();
  const held = [{ kind: 'train', reason: `The next train leaves at ${until}`, until }] as const;
  return { ...state, queue: state.queue.map((work) => (work.kind === 'promotion' && work.held === undefined ? { ...work, held } : work)) };
}
