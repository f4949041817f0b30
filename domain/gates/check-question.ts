import type { Digest } from '../digest.ts';
import { type CheckState, factKey, type Known } from './facts.ts';
import type { OwnedRules } from './rules.ts';
import { type GateSubject, sameSubject } from './votes.ts';

/** What an external check is asked, once. Its answer counts for this question and for no other. */
export interface CheckQuestion {
  /** Of this question alone: it is sent under it however often it is sent. */
  readonly id: string;
  readonly check: string;
  readonly application: string;
  readonly environment: string;
  readonly subject: GateSubject;
  readonly commit?: string;
  readonly digests: readonly Digest[];
  /** ISO 8601, as all moments here. */
  readonly askedAt: string;
  /** An answer counts that comes before. */
  readonly deadline: string;
}

export interface CheckVerdict {
  readonly verdict: 'yes' | 'no';
  /** A sentence of the one who answers. */
  readonly reason: string;
}

/** An answer as it arrives: for which question, and what whoever answers believes it to be about. */
export interface CheckAnswer extends CheckVerdict {
  readonly stage: string;
  readonly check: string;
  readonly question: string;
  readonly release?: number;
  readonly planHash?: string;
  readonly policyRevision?: string;
}

/** A question and what became of it. */
export interface AskedCheck {
  readonly question: CheckQuestion;
  /** Why it was not taken yet. */
  readonly trouble?: string;
  readonly answer?: CheckVerdict & { readonly at: string };
  /** An answer that is being written down. */
  readonly writing?: CheckVerdict;
  /** The check has it; an answer may still come. */
  readonly isTaken?: true;
  /** The stage asks it no more. */
  readonly isOver?: true;
}

/** Where the server takes the answer to a question, below its address. */
export function answerPath({ application, subject, check }: CheckQuestion): string {
  return `/webhooks/checks/${application}/${subject.release}/${subject.stage}/${check}`;
}

/** The checks that rules ask for, each with the shortest of its deadlines in milliseconds: one named in both files is asked once. */
export function checksOf(rules: readonly OwnedRules[]): ReadonlyMap<string, number> {
  const deadlines = new Map<string, number>();
  for (const { name, deadlineMs } of rules.flatMap(({ checks = [] }) => checks))
    deadlines.set(name, Math.min(deadlineMs, deadlines.get(name) ?? Number.POSITIVE_INFINITY));
  return deadlines;
}

/** How the checks stand that rules ask for, about exactly this subject. */
export function checkFacts(
  rules: readonly OwnedRules[],
  subject: GateSubject,
  asked: readonly AskedCheck[],
): Readonly<Record<string, Known<CheckState>>> {
  const entries = rules.flatMap(({ origin, checks = [] }) =>
    checks.map(({ name }) => [factKey(origin, name), stateOf(name, subject, asked)] as const),
  );
  return Object.fromEntries(entries);
}

function stateOf(check: string, subject: GateSubject, asked: readonly AskedCheck[]): Known<CheckState> {
  const found = asked.findLast(({ question, isOver }) => !isOver && question.check === check && sameSubject(question.subject, subject));
  if (found === undefined) return { kind: 'unknown', reason: 'it is asked when the release has come to the stage' };
  const { answer, trouble, question } = found;
  if (answer === undefined)
    return { kind: 'known', value: { kind: 'asked', at: question.askedAt, ...(trouble !== undefined && { trouble }) } };
  const { verdict, reason, at } = answer;
  return { kind: 'known', value: { kind: verdict === 'yes' ? 'passed' : 'failed', at, reason } };
}

/**
 * Why an answer cannot be taken at a moment (milliseconds since the epoch); undefined when it can. `repeated`: it was taken before, and is
 * what it was.
 */
export function objectionToAnswer(answer: CheckAnswer, asked: readonly AskedCheck[], now: number): string | 'repeated' | undefined {
  const found = asked.find(({ question }) => question.id === answer.question);
  if (found === undefined) return `The release has asked no question ${answer.question} since it was started last`;
  return otherQuestion(answer, found.question) ?? spent(answer, found) ?? tooLate(found, now);
}

function otherQuestion(answer: CheckAnswer, { id, check, subject }: CheckQuestion): string | undefined {
  const { release, stage, planHash, policyRevision } = subject;
  if (answer.check !== check) return `Question ${id} was asked of ${check}, and not of ${answer.check}`;
  if (answer.stage !== stage) return `Question ${id} is about stage ${stage}, and not about ${answer.stage}`;
  if (answer.release !== undefined && answer.release !== release)
    return `Question ${id} is about release ${release}, and not about release ${answer.release}`;
  if (answer.planHash !== undefined && answer.planHash !== planHash)
    return `Question ${id} is about the plan ${planHash}, and not about ${answer.planHash}`;
  if (answer.policyRevision === undefined || answer.policyRevision === policyRevision) return undefined;
  return `Question ${id} was asked by the rules ${policyRevision}, and not by ${answer.policyRevision}`;
}

function spent({ verdict, check }: CheckAnswer, { answer, writing }: AskedCheck): string | 'repeated' | undefined {
  const given = answer ?? writing;
  if (given === undefined) return undefined;
  return given.verdict === verdict ? 'repeated' : `${check} has answered ${given.verdict} already, and an answer is not changed`;
}

function tooLate({ question, isOver }: AskedCheck, now: number): string | undefined {
  const { id, deadline, subject } = question;
  if (now >= Date.parse(deadline)) return `The answer to question ${id} comes after its deadline, ${deadline}`;
  return isOver === true ? `Question ${id} is asked no more: stage ${subject.stage} has ended, or asks anew about another plan` : undefined;
}

/** How long a sentence of others may be. */
const LONGEST_REASON = 300;

/** What somebody else's system says as a sentence for logs and terminals. */
export function reasonFrom(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, LONGEST_REASON);
}
