import type { Delegation } from '../standing.ts';
import type { GateFacts } from './facts.ts';

/** What a vote is bound to: with any of these changed it no longer counts. */
export interface GateSubject {
  readonly release: number;
  readonly stage: string;
  readonly planHash: string;
  readonly policyRevision: string;
}

/** One person's word, for exactly what it names. A withdrawal takes back what the person said before it. */
export interface Vote {
  readonly subject: GateSubject;
  readonly person: string;
  /** The person's groups at that moment, as the credential told them. */
  readonly groups?: readonly string[];
  readonly decision: 'approve' | 'reject' | 'withdraw';
  readonly comment: string;
  /** Whose votes it can stand for besides, as they were lent at that moment; absent where none was. */
  readonly lent?: readonly Delegation[];
  /** What a form asked for. */
  readonly input?: unknown;
  readonly at: string;
}

/** What a person says now. */
export interface StandingVote extends Vote {
  readonly decision: 'approve' | 'reject';
}

export function sameSubject(left: GateSubject, right: GateSubject): boolean {
  return (
    left.release === right.release &&
    left.stage === right.stage &&
    left.planHash === right.planHash &&
    left.policyRevision === right.policyRevision
  );
}

/** One vote for each person who has given one and not withdrawn it; a no stays a no, whatever the person says later, until it is withdrawn. */
export function standingVotes(votes: readonly Vote[], subject: GateSubject): readonly StandingVote[] {
  const standing = new Map<string, StandingVote>();
  for (const vote of votes) {
    if (!sameSubject(vote.subject, subject)) continue;
    const { decision, person } = vote;
    if (decision === 'withdraw') standing.delete(person);
    else if (decision === 'reject' || !standing.has(person)) standing.set(person, { ...vote, decision });
  }
  return [...standing.values()];
}

/** How many votes for this stage were given for an earlier plan or earlier rules. */
export function staleVotes(votes: readonly Vote[], subject: GateSubject): number {
  const stale = votes.filter((vote) => vote.subject.stage === subject.stage && !sameSubject(vote.subject, subject));
  return stale.filter(({ decision }) => decision !== 'withdraw').length;
}

/** Whom a person may vote for at a moment beside themselves. Of two delegations that a person gave, the later one holds. */
export function lentTo(person: string, delegations: readonly Delegation[], at: number): readonly Delegation[] {
  const valid = delegations.filter((one) => one.by !== one.to && Date.parse(one.at) <= at && at < Date.parse(one.until));
  return valid.filter((delegation) => delegation.to === person && isLatest(delegation, valid));
}

function isLatest(delegation: Delegation, valid: readonly Delegation[]): boolean {
  const own = valid.filter(({ by }) => by === delegation.by);
  const latest = own.reduce((last, other) => (Date.parse(other.at) >= Date.parse(last.at) ? other : last));
  return latest === delegation;
}

/** What a vote was lent and still is: by what was read when it was given, one may have been ended already. */
export function stillLent({ lent = [] }: Vote, { facts }: { readonly facts: GateFacts }): readonly Delegation[] {
  const { standing } = facts;
  const standingNow = standing.kind === 'known' ? (standing.value.delegations ?? []) : [];
  return lent.filter(({ id }) => standingNow.some((delegation) => delegation.id === id));
}
