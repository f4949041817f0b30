import type { Delegation } from '../standing.ts';
import { exclusionNote, mayVote, possibleVoters } from './approval.ts';
import type { GateQuestion } from './question.ts';
import type { ApprovalRule } from './rules.ts';
import { lentTo, type StandingVote, standingVotes, type Vote } from './votes.ts';

/** A vote as a person wants to give it. */
export type VoteWish = Pick<Vote, 'person' | 'groups' | 'decision' | 'input'>;

/** Why this vote cannot be taken at a moment (milliseconds since the epoch), with the way out; undefined when it can. */
export function objectionToVote(wish: VoteWish, question: GateQuestion, now: number): string | undefined {
  const { person, decision, input } = wish;
  const { stage } = question.subject;
  const rules = approvalRules(question);
  if (rules.length === 0) return `Stage ${stage} needs no approval`;
  const given = standingVotes(question.votes, question.subject).find((vote) => vote.person === person);
  if (decision === 'withdraw') return given === undefined ? `${person} has given no vote on stage ${stage} that counts` : undefined;
  const lent = votesLent(person, question, now);
  const mine = rules.filter((rule) => mayVote({ name: person, groups: wish.groups ?? [] }, lent, rule, question));
  if (mine.length === 0) return notAsked(wish, question, rules);
  if (given?.decision === decision) return `${person} has ${decision === 'approve' ? 'approved' : 'rejected'} stage ${stage} already`;
  if (decision === 'approve' && input === undefined && mine.some(({ form }) => form !== undefined))
    return `An approval of stage ${stage} has to fill in its form; 'tidegate explain' shows what it asks`;
  return undefined;
}

/** Whether nothing but who they are keeps somebody from voting: no rule asks them, or they started or wrote the release. */
export function isNoVoter({ person, groups = [], decision }: VoteWish, question: GateQuestion, now: number): boolean {
  const rules = approvalRules(question);
  const lent = votesLent(person, question, now);
  return decision !== 'withdraw' && rules.length > 0 && !rules.some((rule) => mayVote({ name: person, groups }, lent, rule, question));
}

/** Whose votes a person holds at a moment. */
export function votesLent(person: string, { facts }: GateQuestion, now: number): readonly Delegation[] {
  return facts.standing.kind === 'known' ? lentTo(person, facts.standing.value.delegations ?? [], now) : [];
}

function notAsked({ person, groups = [] }: VoteWish, question: GateQuestion, rules: readonly ApprovalRule[]): string {
  const why = exclusionNote({ name: person, groups }, question, rules) ?? `${person} is no approver of stage ${question.subject.stage}`;
  const others = [...new Set(rules.flatMap((rule) => possibleVoters(rule, question)))];
  return others.length === 0 ? `${why}, and nobody else is named who could` : `${why}; ask ${others.join(' or ')}`;
}

/** The no of somebody who may say it; it ends the stage, whoever else says yes. */
export function standingRejection(question: GateQuestion): StandingVote | undefined {
  return standingVotes(question.votes, question.subject).find(
    (vote) => vote.decision === 'reject' && approvalRules(question).some((rule) => isVoter(vote, rule, question)),
  );
}

function isVoter({ person, groups = [], lent = [] }: StandingVote, rule: ApprovalRule, question: GateQuestion): boolean {
  return mayVote({ name: person, groups }, lent, rule, question);
}

function approvalRules({ rules }: GateQuestion): readonly ApprovalRule[] {
  return rules.flatMap(({ approvals = [] }) => approvals);
}
