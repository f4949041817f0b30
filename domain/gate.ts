import type { ApprovalRule } from './pipeline.ts';

/** Why a gate is open or closed, for people and machines. */
export interface GateReport {
  readonly kind: 'approval';
  readonly open: boolean;
  /** A sentence: what holds it, or why it is open. */
  readonly reason: string;
  /** Who or what can open it. */
  readonly openedBy: readonly string[];
  /** The next moment at which it changes by itself, ISO 8601. */
  readonly changesAt?: string;
}

/** What a vote is bound to: with any of these changed it no longer counts. */
export interface GateSubject {
  readonly release: number;
  readonly stage: string;
  readonly planHash: string;
  readonly policyRevision: string;
}

/** One person's yes or no, for exactly what it names. */
export interface Vote {
  readonly subject: GateSubject;
  readonly person: string;
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  readonly at: string;
}

export interface GateQuestion {
  readonly subject: GateSubject;
  /** The environment's rule and the pipeline's: each must be met by itself. */
  readonly rules: readonly ApprovalRule[];
  readonly votes: readonly Vote[];
  readonly initiator: string;
  /** Who took the stage through a further attempt by hand: a starter too. */
  readonly promoter?: string;
  /** Since when the gate waits, in milliseconds since the epoch. */
  readonly waitingSince: number;
}

export type GateVerdict =
  | { readonly kind: 'open'; readonly gates: readonly GateReport[] }
  | { readonly kind: 'closed'; readonly gates: readonly GateReport[] }
  | { readonly kind: 'rejected'; readonly gates: readonly GateReport[]; readonly by: string; readonly comment: string }
  | { readonly kind: 'expired'; readonly gates: readonly GateReport[]; readonly reason: string };

/**
 * Whether a stage may start now. `now` is in milliseconds since the epoch. A no counts before a yes, and a vote before the deadline:
 * what was expired is never open, whatever votes come later.
 */
export function evaluateGates(question: GateQuestion, now: number): GateVerdict {
  const gates = question.rules.map((rule) => reportOn(rule, question));
  const rejection = question.votes.find((vote) => counts(vote, question) && vote.decision === 'reject');
  if (rejection !== undefined) return { kind: 'rejected', gates, by: rejection.person, comment: rejection.comment };
  if (gates.every((gate) => gate.open)) return { kind: 'open', gates };
  if (now >= gateDeadline(question)) return { kind: 'expired', gates, reason: 'Nobody opened the approval gate before its deadline' };
  return { kind: 'closed', gates };
}

/** When the gate expires unless it opens, in milliseconds since the epoch; infinite when no rule is still to be met. */
export function gateDeadline(question: GateQuestion): number {
  const unmet = question.rules.filter((rule) => !reportOn(rule, question).open);
  return Math.min(Number.POSITIVE_INFINITY, ...unmet.map((rule) => deadlineOf(rule, question)));
}

function deadlineOf(rule: ApprovalRule, question: GateQuestion): number {
  return question.waitingSince + rule.deadlineMs;
}

/** Why this person's vote cannot be taken, or undefined when it can. */
export function objectionToVoter(person: string, question: GateQuestion): string | undefined {
  if (question.rules.length === 0) return `Stage ${question.subject.stage} needs no approval`;
  if (question.rules.some((rule) => mayVote(person, rule, question))) return undefined;
  const excluded = question.rules.some((rule) => rule.approvers.includes(person));
  if (excluded) return `${person} started release ${question.subject.release} and cannot judge it; ask ${namesOf(question).join(' or ')}`;
  return `${person} is no approver of stage ${question.subject.stage}; ask ${namesOf(question).join(' or ')}`;
}

function namesOf(question: GateQuestion): string[] {
  const names = question.rules.flatMap((rule) => rule.approvers.filter((name) => mayVote(name, rule, question)));
  return [...new Set(names)];
}

function mayVote(person: string, rule: ApprovalRule, { initiator, promoter }: GateQuestion): boolean {
  return votersOf(rule, [initiator, promoter]).includes(person);
}

/** Who may judge by a rule what these people started. */
export function votersOf({ approvers, excludeInitiator }: ApprovalRule, starters: readonly (string | undefined)[]): readonly string[] {
  return excludeInitiator ? approvers.filter((name) => !starters.includes(name)) : approvers;
}

function counts(vote: Vote, question: GateQuestion): boolean {
  return sameSubject(vote.subject, question.subject) && question.rules.some((rule) => mayVote(vote.person, rule, question));
}

/** Votes that were given for an earlier plan or policy are not silently forgotten. */
function resetNote(question: GateQuestion): string {
  const stale = question.votes.filter(
    (vote) => !sameSubject(vote.subject, question.subject) && vote.subject.stage === question.subject.stage,
  ).length;
  if (stale === 0) return '';
  return `; ${stale} earlier ${stale === 1 ? 'vote no longer counts' : 'votes no longer count'}, as the plan or the rules changed`;
}

function sameSubject(left: GateSubject, right: GateSubject): boolean {
  return (
    left.release === right.release &&
    left.stage === right.stage &&
    left.planHash === right.planHash &&
    left.policyRevision === right.policyRevision
  );
}

function reportOn(rule: ApprovalRule, question: GateQuestion): GateReport {
  const possible = [...new Set(rule.approvers)].filter((name) => mayVote(name, rule, question));
  const given = possible.filter((name) => hasApproved(name, rule, question));
  const openedBy = possible.filter((name) => !given.includes(name));
  const missing = rule.count - given.length;
  if (missing <= 0) return { kind: 'approval', open: true, reason: `Approved by ${given.join(', ')}`, openedBy };
  const reason = `Waiting for ${missing} of ${rule.count} ${rule.count === 1 ? 'approval' : 'approvals'}`;
  const notes = `${shortageNote(missing, openedBy.length)}${resetNote(question)}`;
  const changesAt = new Date(deadlineOf(rule, question)).toISOString();
  return { kind: 'approval', open: false, reason: `${reason}${notes}`, openedBy, changesAt };
}

function hasApproved(person: string, rule: ApprovalRule, question: GateQuestion): boolean {
  return question.votes.some(
    (vote) =>
      vote.person === person &&
      vote.decision === 'approve' &&
      sameSubject(vote.subject, question.subject) &&
      Date.parse(vote.at) < deadlineOf(rule, question),
  );
}

/** Who started the release is excluded, so that a rule can ask for more people than are left. */
function shortageNote(missing: number, left: number): string {
  if (left >= missing) return '';
  return `, and ${left === 0 ? 'nobody' : `only ${left}`} may still give one: add approvers to the rule and promote again`;
}
