import { ActivityFailure, ApplicationFailure, CancellationScope, condition, isCancellation, sleep, uuid4 } from '@temporalio/workflow';
import type { CheckReply } from '../../activities/checks.ts';
import { type CheckAnswer, type CheckQuestion, type CheckVerdict, checksOf } from '../../domain/gates/check-question.ts';
import type { OwnedRules } from '../../domain/gates/rules.ts';
import type { KnownBy } from '../../domain/people/known-by.ts';
import { failureText } from '../failure-text.ts';
import type { CheckAnswerMessage } from '../messages.ts';
import { checks, checksUntil } from '../proxies/outside.ts';
import { refuse } from '../refuse.ts';
import type { ReleaseRun } from './release-run.ts';

/** What the checks of a stage are asked about. */
export type CheckMatter = Pick<CheckQuestion, 'application' | 'environment' | 'subject' | 'commit' | 'digests'>;

/** Asks every check of a stage while its gates are waited for. Nothing is asked where there are none. */
export function whileAsking<Result>(
  run: ReleaseRun,
  rules: readonly OwnedRules[],
  matter: CheckMatter,
  wait: () => Promise<Result>,
): Promise<Result> {
  const wanted = checksOf(rules);
  // No step more where nothing is asked: stages that wait at the same time keep their order, as histories of before have it.
  return wanted.size === 0 ? wait() : waitAsking(run, wanted, matter, wait);
}

async function waitAsking<Result>(
  run: ReleaseRun,
  wanted: ReadonlyMap<string, number>,
  matter: CheckMatter,
  wait: () => Promise<Result>,
): Promise<Result> {
  const asking = new CancellationScope();
  try {
    const questions = [...wanted].map(
      ([check, deadlineMs]) => run.checks.open(check, matter.subject) ?? questionOf(check, deadlineMs, matter),
    );
    for (const question of questions) {
      const known = run.checks.find(question.id);
      if (known === undefined) run.checks.add(question);
      // An earlier run asked it: the check has the question, and has answered it or still will.
      if (known?.answer !== undefined || known?.isTaken === true) continue;
      void asking.run(() => CancellationScope.cancellable(() => ask(run, question))).catch((error: unknown) => tell(run, question, error));
    }
    return await wait();
  } finally {
    asking.cancel();
    run.checks.close(matter.subject);
  }
}

function questionOf(check: string, deadlineMs: number, matter: CheckMatter): CheckQuestion {
  const now = Date.now();
  const [askedAt, deadline] = [now, now + deadlineMs].map((moment) => new Date(moment).toISOString()) as [string, string];
  return { id: uuid4(), check, ...matter, askedAt, deadline };
}

/** Until the check has the question, or has answered it by another way. */
async function ask(run: ReleaseRun, question: CheckQuestion): Promise<void> {
  const { id } = question;
  const isAnswered = (): boolean => run.checks.find(id)?.answer !== undefined;
  const reply = await Promise.race([untilTaken(run, question), condition(isAnswered).then(() => undefined)]);
  if (reply === undefined) return CancellationScope.current().cancel();
  run.checks.set(id, ({ trouble: _, ...asked }) => ({ ...asked, isTaken: true }));
  run.turns += 1;
  if (reply.kind === 'answered' && run.checks.objectionTo(asAnswer(question, reply)) === undefined) await writeDown(run, question, reply);
}

/** Undefined where its deadline passed before. */
async function untilTaken(run: ReleaseRun, question: CheckQuestion): Promise<CheckReply | undefined> {
  try {
    return await checks.askCheck(question);
  } catch (error) {
    if (isCancellation(error)) throw error;
    tell(run, question, error);
    const wanted = Math.min(delayWanted(error), leftOf(question));
    if (wanted > 0) await sleep(wanted);
  }
  const left = leftOf(question);
  if (left <= 0) return undefined;
  return checksUntil(left)
    .askCheck(question)
    .catch((error: unknown) => (isCancellation(error) ? Promise.reject(error) : undefined));
}

function leftOf({ deadline }: CheckQuestion): number {
  return Date.parse(deadline) - Date.now();
}

/** How long the check wants not to be asked, in milliseconds. */
function delayWanted(error: unknown): number {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const [details] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
  const { nextRetryDelay } = (details ?? {}) as { readonly nextRetryDelay?: unknown };
  return typeof nextRetryDelay === 'number' ? nextRetryDelay : 0;
}

/** Why an answer that arrives cannot be taken now; undefined where it can, or was taken before. */
export function refusalOfAnswer(run: ReleaseRun, message: CheckAnswerMessage): string | undefined {
  const objection = run.checks.objectionTo(message);
  return objection === 'repeated' ? undefined : objection;
}

/** Takes an answer, once: a repeated one waits until the first is written down. */
export async function takeAnswer(run: ReleaseRun, message: CheckAnswerMessage): Promise<CheckVerdict> {
  const { question: id } = message;
  const objection = run.checks.objectionTo(message);
  refuse(objection === 'repeated' ? undefined : objection);
  const question = run.checks.find(id)?.question;
  if (question !== undefined && objection === undefined) await writeDown(run, question, message, message.known);
  await condition(() => run.checks.find(id)?.writing === undefined);
  const answer = run.checks.find(id)?.answer;
  if (answer === undefined) throw ApplicationFailure.nonRetryable(`The answer to question ${id} could not be written down; send it again`);
  return { verdict: answer.verdict, reason: answer.reason };
}

/** An answer counts by when it came, however long the ledger took; before it is in the ledger nothing opens by it. */
async function writeDown(run: ReleaseRun, question: CheckQuestion, { verdict, reason }: CheckVerdict, known?: KnownBy): Promise<void> {
  const { id, check, environment, subject } = question;
  const at = new Date().toISOString();
  const details = { stage: subject.stage, environment, planHash: subject.planHash, reason: `${verdict}: ${reason}` };
  const by = { authentication: `answer of check ${check}`, ...known, actor: `check ${check}` };
  run.checks.set(id, (asked) => ({ ...asked, writing: { verdict, reason } }));
  try {
    await CancellationScope.nonCancellable(() =>
      run.records.keep('check-answered', `${subject.stage}/${check}/${id}`, { ...by, ...details }),
    );
    run.checks.set(id, (asked) => ({ ...asked, answer: { verdict, reason, at } }));
  } finally {
    run.checks.set(id, ({ writing: _, ...asked }) => asked);
    run.turns += 1;
  }
}

function asAnswer({ id, check, subject }: CheckQuestion, { verdict, reason }: CheckVerdict): CheckAnswer {
  return { question: id, check, stage: subject.stage, verdict, reason };
}

/** Shows people why a question was not taken; that it is asked no more is no trouble. */
function tell(run: ReleaseRun, { id }: CheckQuestion, error: unknown): void {
  if (isCancellation(error)) return;
  run.checks.set(id, (asked) => ({ ...asked, trouble: failureText(error) }));
  run.turns += 1;
}
