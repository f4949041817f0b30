import type { Delegation } from '../standing.ts';
import { type Places, seat } from './matching.ts';
import type { GateQuestion } from './question.ts';
import { changing, type GateReport } from './report.ts';
import type { ApprovalRule } from './rules.ts';
import { type StandingVote, staleVotes, standingVotes, stillLent } from './votes.ts';

/** Somebody whose vote can count by a rule: by themselves, or in the place of another. */
export interface Voter {
  readonly name: string;
  readonly groups: readonly string[];
}

/** How many of whom: the named people, or a group. */
interface Quorum {
  readonly title: string;
  readonly count: number;
  readonly accepts: (voter: Voter) => boolean;
  readonly people: readonly string[];
}

/** When a rule's gate can no longer be opened, in milliseconds since the epoch. */
export function deadlineOf(rule: ApprovalRule, { waitingSince }: GateQuestion): number {
  return waitingSince + rule.deadlineMs;
}

/** How an approval gate stands, whatever the time: votes count by when they were given. */
export function approvalReport(rule: ApprovalRule, question: GateQuestion): GateReport {
  const obstacle = unknownAuthors(rule, question);
  const quorums = quorumsOf(rule);
  const approvals = obstacle === undefined ? approvalsFor(rule, question) : [];
  const seated = seat(
    approvals.map(({ vote }) => vote.person),
    placesFor(quorums, approvals),
  );
  const given = seated.flat();
  const shared = {
    kind: 'approval' as const,
    ...(rule.name !== undefined && { name: rule.name }),
    ...(rule.form !== undefined && { form: rule.form }),
    openedBy: openersOf(rule, quorums, seated, question),
  };
  const isMet = quorums.length > 0 && quorums.every(({ count }, index) => (seated[index]?.length ?? 0) >= count);
  if (isMet) return { ...shared, open: true, reason: `Approved by ${given.join(', ')}` };
  const notes = obstacle ?? `${shortage(rule, quorums, seated, question)}${resetNote(question)}${lapseNote(question)}`;
  return { ...shared, open: false, reason: `${missing(quorums, seated)}${notes}`, ...changing(deadlineOf(rule, question)) };
}

function placesFor(quorums: readonly Quorum[], approvals: readonly Approval[]): Places[] {
  return quorums.map(({ count, accepts }) => ({
    count,
    accepts: (person) => approvals.some(({ vote, standsFor }) => vote.person === person && standsFor.some(accepts)),
  }));
}

function quorumsOf({ approvers, count, groups = [] }: ApprovalRule): Quorum[] {
  const people = [...new Set(approvers)];
  const named = people.length === 0 ? [] : [{ title: '', count, accepts: ({ name }: Voter) => people.includes(name), people }];
  return [
    ...named,
    ...groups.map(({ group, count: wanted }) => ({
      title: ` of group ${group}`,
      count: wanted,
      accepts: (voter: Voter) => voter.groups.includes(group),
      people: [],
    })),
  ];
}

/** A vote that a rule counts, and for whom it can stand. */
interface Approval {
  readonly vote: StandingVote;
  readonly standsFor: readonly Voter[];
}

/** Who said yes in time and may: for themselves, and in the place of those who lent them their vote and gave none. */
function approvalsFor(rule: ApprovalRule, question: GateQuestion): Approval[] {
  const standing = standingVotes(question.votes, question.subject);
  const counted = standing
    .filter((vote) => vote.decision === 'approve' && Date.parse(vote.at) < deadlineOf(rule, question))
    .filter((vote) => (rule.form === undefined || vote.input !== undefined) && !isExcluded(vote.person, rule, question));
  const silent = (delegation: Delegation) => !standing.some(({ person }) => person === delegation.by);
  const lent = counted.map((vote) => lendersOf(vote, rule, question).filter(silent));
  return counted.map((vote, index) => {
    const own = (lent[index] ?? []).filter(({ by }) => isFirst(by, index, counted, lent));
    return { vote, standsFor: [voterOf(vote), ...own.map(lenderOf)] };
  });
}

function lendersOf(vote: StandingVote, rule: ApprovalRule, question: GateQuestion): readonly Delegation[] {
  return stillLent(vote, question).filter(({ by }) => !isExcluded(by, rule, question));
}

function lenderOf({ by, groups }: Delegation): Voter {
  return { name: by, groups };
}

/** Where several voted in one person's place, the first of them did. */
function isFirst(lender: string, index: number, votes: readonly StandingVote[], lent: readonly (readonly Delegation[])[]): boolean {
  const moments = votes.map(({ at }, other) => (lent[other]?.some(({ by }) => by === lender) ? Date.parse(at) : Number.POSITIVE_INFINITY));
  return moments.indexOf(Math.min(...moments)) === index;
}

function voterOf({ person, groups = [] }: StandingVote): Voter {
  return { name: person, groups };
}

/** Starters and authors judge nothing of their own, also not in the place of others. */
function isExcluded(person: string, rule: ApprovalRule, question: GateQuestion): boolean {
  return exclusionOf(person, rule, question) !== undefined;
}

/** What keeps a person from judging the release, as a verb; undefined where nothing does. */
function exclusionOf(
  person: string,
  rule: ApprovalRule,
  { initiator, promoters = [], promotedBy, facts }: GateQuestion,
): 'started' | 'wrote' | undefined {
  if (rule.excludeInitiator && [initiator, ...promoters, promotedBy].includes(person)) return 'started';
  const authors = facts.authors?.kind === 'known' ? facts.authors.value : [];
  return rule.excludeAuthors === true && authors.includes(person) ? 'wrote' : undefined;
}

/** Without knowing the authors nobody can be said to be none. */
function unknownAuthors(rule: ApprovalRule, { facts }: GateQuestion): string | undefined {
  if (rule.excludeAuthors !== true || facts.authors?.kind === 'known') return undefined;
  return `; no vote counts while it is not known who wrote the release: ${facts.authors?.reason ?? 'it has not been read yet'}`;
}

/** Who may judge by a rule what these people started. */
export function votersOf({ approvers, excludeInitiator }: ApprovalRule, starters: readonly (string | undefined)[]): readonly string[] {
  return excludeInitiator ? approvers.filter((name) => !starters.includes(name)) : approvers;
}

/** Whether a no of this person ends the stage, and a yes of theirs can count: for themselves, or for those who lent them their vote. */
export function mayVote(voter: Voter, lent: readonly Delegation[], rule: ApprovalRule, question: GateQuestion): boolean {
  if (isExcluded(voter.name, rule, question)) return false;
  const voters = [voter, ...lent.filter(({ by }) => !isExcluded(by, rule, question)).map(lenderOf)];
  return quorumsOf(rule).some(({ accepts }) => voters.some(accepts));
}

/** People and groups that a rule asks, without those who started or wrote the release. */
export function possibleVoters(rule: ApprovalRule, question: GateQuestion): readonly string[] {
  const { approvers, groups = [] } = rule;
  return [...approvers.filter((name) => !isExcluded(name, rule, question)), ...groups.map(({ group }) => `group ${group}`)];
}

/** Why a person may not judge what they would otherwise be asked about. */
export function exclusionNote(voter: Voter, question: GateQuestion, rules: readonly ApprovalRule[]): string | undefined {
  const asked = rules.filter((rule) => quorumsOf(rule).some(({ accepts }) => accepts(voter)));
  const exclusions = asked.map((rule) => exclusionOf(voter.name, rule, question));
  const verb = exclusions.find((exclusion) => exclusion !== undefined);
  return verb && `${voter.name} ${verb} release ${question.subject.release} and cannot judge it`;
}

/** People and groups of whom somebody is still missing. */
function openersOf(
  rule: ApprovalRule,
  quorums: readonly Quorum[],
  seated: readonly (readonly string[])[],
  question: GateQuestion,
): string[] {
  const given = seated.flat();
  const free = (name: string) => !given.includes(name) && !isExcluded(name, rule, question);
  const openers = quorums.flatMap(({ title, people, count }, index) => {
    if (title === '') return people.filter(free);
    return (seated[index]?.length ?? 0) < count ? [title.slice(' of '.length)] : [];
  });
  return [...new Set(openers)];
}

function missing(quorums: readonly Quorum[], seated: readonly (readonly string[])[]): string {
  if (quorums.length === 0) return 'Nobody is named who could approve';
  const lacking = quorums.flatMap(({ title, count }, index) => {
    const left = count - (seated[index]?.length ?? 0);
    return left <= 0 ? [] : [`${left} of ${count} ${count === 1 ? 'approval' : 'approvals'}${title}`];
  });
  return `Waiting for ${lacking.join(' and ')}`;
}

/** Who started the release is excluded, so that a rule can ask for more people than are left. Who is in a group is not known here. */
function shortage(rule: ApprovalRule, quorums: readonly Quorum[], seated: readonly (readonly string[])[], question: GateQuestion): string {
  const index = quorums.findIndex(({ title }) => title === '');
  const named = quorums[index];
  if (named === undefined) return '';
  const lacking = named.count - (seated[index]?.length ?? 0);
  const left = named.people.filter((name) => !seated.flat().includes(name) && !isExcluded(name, rule, question)).length;
  if (left >= lacking) return '';
  return `, and ${left === 0 ? 'nobody' : `only ${left}`} may still give one: add approvers to the rule and promote again`;
}

/** Votes that were given for an earlier plan or policy are not silently forgotten. */
function resetNote({ votes, subject }: GateQuestion): string {
  const stale = staleVotes(votes, subject);
  if (stale === 0) return '';
  return `; ${stale} earlier ${stale === 1 ? 'vote no longer counts' : 'votes no longer count'}, as the plan or the rules changed`;
}

/** Nor are those that were lent when they were given, and had been taken back by then or have ended since. */
function lapseNote(question: GateQuestion): string {
  const given = standingVotes(question.votes, question.subject);
  const lapsed = given.flatMap((vote) => (vote.lent ?? []).filter((one) => !stillLent(vote, question).includes(one)));
  return [...new Set(lapsed.map(({ by, to }) => `; ${to} votes for ${by} no more`))].join('');
}
