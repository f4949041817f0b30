import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  log,
  patched,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { GuardTold } from '../activities/guards.ts';
import type { Guard, GuardAnswer, GuardEnd, GuardedPlace, GuardSeen, GuardStatus, GuardVerdict } from '../domain/guard/guard.ts';
import { answerEntry, untoldEntry } from '../domain/guard/record.ts';
import { MOST_COMMENTS } from '../domain/guard/text.ts';
import { GUARD_LIFE_MS, guardLooksAfter, isNews } from '../domain/guard/timing.ts';
import type { KnownBy } from '../domain/people/known-by.ts';
import { failureText } from './failure-text.ts';
import { type EndGuardMessage, endGuard, guardStatus, jobWaits, standingChanged } from './messages.ts';
import { ledger } from './proxies/main.ts';
import { guards } from './proxies/outside.ts';
import { guardAttributes } from './search-attributes.ts';

export interface GuardInput extends Guard {
  /** Set when it waited for so long that its history became long: it goes on there. */
  readonly soFar?: GuardSoFar;
}

/** What the next run is to know. */
export interface GuardSoFar {
  /** Since when the newest job waits, ISO 8601. */
  readonly since: string;
  /** GitHub's deployments whose jobs have asked. */
  readonly jobs: readonly number[];
  /** What was seen last, what was said of it at GitHub, and how often anything was. */
  readonly seen: string;
  readonly said: string;
  readonly comments: number;
  readonly looks: number;
  /** Answers that were written down and came to an end. */
  readonly answers: number;
  /** The one that was written down, and of which it is not known yet whether GitHub takes it. */
  readonly pending?: GuardAnswer | undefined;
  /** What a person wants to be told, for as long as GitHub does not take it. */
  readonly ordered?: Ordered | undefined;
}

/** What a person wants to be told, and how the person is known. */
type Ordered = GuardAnswer & { readonly known?: KnownBy };

type Changing<Of> = { -readonly [Member in keyof Of]: Of[Member] };

/** Jobs that are remembered: a run has no more than 256 of one matrix. */
const JOBS_LENGTH = 300;

/**
 * Holds jobs of one run of GitHub Actions back until the gates of the environment that they name have let its commit through. What becomes of it is read again
 * each time; the answer is in the ledger before GitHub is told, and told only where it is still so.
 */
export async function guard({ soFar, ...begun }: GuardInput): Promise<GuardEnd> {
  let guarded: Guard = begun;
  const run: Changing<GuardSoFar> = { ...(soFar ?? { jobs: [], seen: '', said: '', comments: 0, looks: 0, answers: 0, since: now() }) };
  let waitsFor = run.seen === '' ? 'it has not been looked at yet' : run.seen;
  let turns = 0;
  let asked = 0;
  // How many had asked when GitHub was told last, or may have been.
  let answered = 0;
  let isAnswering = false;

  setHandler(guardStatus, (): GuardStatus => ({ ...guarded, since: run.since, waitsFor }));
  setHandler(standingChanged, lookAgain);
  setHandler(jobWaits, (job, places) => {
    if (places !== undefined) standFor(places);
    if (run.jobs.includes(job)) return;
    run.jobs = [...run.jobs, job].slice(-JOBS_LENGTH);
    run.since = now();
    asked += 1;
    lookAgain();
  });
  setHandler(endGuard, takeEnd, { validator: refuseEnd });

  for (;;) {
    const seen = { turns, asked };
    const end = await look();
    // A job that asked meanwhile has not been looked at.
    if (end !== undefined && asked === seen.asked) return end;
    if (end === undefined) await condition(() => turns !== seen.turns, Math.max(1, guardLooksAfter(run.looks)));
    run.looks += 1;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof guard>({ ...guarded, soFar: run });
    }
  }

  /** More may have been written into tidegate.yaml since its first job. */
  function standFor(places: readonly GuardedPlace[]): void {
    const before = guarded.places;
    guarded = { ...guarded, places };
    if (JSON.stringify(before) !== JSON.stringify(places)) upsertSearchAttributes(guardAttributes(places));
  }

  function lookAgain(): void {
    turns += 1;
    run.looks = 0;
  }

  async function look(): Promise<GuardEnd | undefined> {
    if (Date.now() - Date.parse(run.since) > GUARD_LIFE_MS) return await late();
    try {
      const looked = run.ordered ?? (await guards.lookAtRun({ guard: guarded, since: run.since }));
      // Whoever ended it while it was looked at has been told that it ends.
      const seen = run.ordered ?? looked;
      if (isEarly(seen)) {
        note(seen.reason);
        return undefined;
      }
      const isUnsure = seen.kind === 'gone' || seen === run.ordered;
      if (!isPending(seen)) await undisturbed(() => takeBack({ reason: seen.reason, isUnsure }));
      if (seen.kind === 'gone') return seen;
      const { kind } = seen;
      if (kind !== 'waiting') return await undisturbed(() => recordAndTell({ ...seen, kind }));
      await tellWaiting(seen);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      // What is wrong may be mended meanwhile: a right that the App lacks, say.
      note(`it could not be looked at: ${failureText(error)}`);
    }
    return undefined;
  }

  async function late(): Promise<GuardEnd> {
    const reason = 'GitHub fails what has waited for 30 days';
    await undisturbed(() => takeBack({ reason, isUnsure: true }));
    return { kind: 'late', reason };
  }

  /** Nobody ends it meanwhile: what becomes of it is decided. */
  async function undisturbed<Result>(act: () => Promise<Result>): Promise<Result> {
    isAnswering = true;
    try {
      return await act();
    } finally {
      isAnswering = false;
    }
  }

  /** An answer that could not be told stays written down for as long as it is the one to give. */
  async function recordAndTell({ known, ...given }: Ordered): Promise<GuardEnd | undefined> {
    if (run.pending === undefined) {
      await ledger.appendEntry(answerEntry(guarded, given, { ...ofAnswer(), ...(known !== undefined && { known }) }));
      run.pending = given;
    }
    waitsFor = `GitHub is told that it is ${given.kind}`;
    const before = answered;
    answered = asked;
    const told = await guards.answerRun({ guard: guarded, since: run.since, answer: given });
    if (told.kind !== 'told' && told.isUnsure !== true) answered = before;
    // The same is told once GitHub's servers know of the job.
    if (isEarly(told)) return undefined;
    run.ordered = undefined;
    if (told.kind === 'told') {
      endAnswer();
      return { kind: given.kind, reason: given.reason };
    }
    const reason = told.kind === 'changed' ? 'that was no longer so when GitHub could be told' : told.reason;
    await takeBack({ reason, isUnsure: told.isUnsure === true });
    return told.kind === 'gone' ? { kind: 'gone', reason: told.reason } : undefined;
  }

  /** Whether a server of GitHub may not know yet that a job waits which nobody has answered. */
  function isEarly(seen: GuardSeen | GuardTold | Ordered): boolean {
    return seen.kind === 'gone' && seen.mayLag === true && answered < asked;
  }

  function isPending(seen: GuardSeen | Ordered): boolean {
    const { kind, reason, by } = run.pending ?? {};
    return seen.kind === kind && seen.reason === reason && ('by' in seen ? seen.by : undefined) === by;
  }

  /** Writes down that the answer of before came to nothing, where there is one. */
  async function takeBack(why: { readonly reason: string; readonly isUnsure: boolean }): Promise<void> {
    if (run.pending === undefined) return;
    await ledger.appendEntry(untoldEntry(guarded, run.pending, { ...ofAnswer(), ...why }));
    endAnswer();
  }

  function ofAnswer(): { readonly name: string; readonly at: string } {
    return { name: `${workflowInfo().firstExecutionRunId}/${run.answers}`, at: now() };
  }

  function endAnswer(): void {
    run.pending = undefined;
    run.answers += 1;
  }

  /** What stands for two looks is said: the rest is soon over. */
  async function tellWaiting(waiting: GuardVerdict): Promise<void> {
    const isNew = isOther(run.seen, waiting.reason);
    note(waiting.reason);
    run.seen = waiting.reason;
    if (isNew || !isOther(run.said, run.seen) || run.comments >= MOST_COMMENTS) return;
    run.said = run.seen;
    run.comments += 1;
    await guards
      .commentOnRun({ guard: guarded, waiting })
      .catch((error: unknown) => log.warn('GitHub was not told', { reason: failureText(error) }));
  }

  /** What is new is soon followed by more. */
  function note(text: string): void {
    if (isOther(waitsFor, text)) run.looks = 0;
    waitsFor = text;
  }

  function refuseEnd(_message: EndGuardMessage): void {
    if (isAnswering || run.ordered !== undefined) throw ApplicationFailure.nonRetryable('It is being answered just now');
  }

  async function takeEnd({ person, reason, known }: EndGuardMessage): Promise<GuardStatus> {
    run.ordered = { kind: 'rejected', reason, by: person, ...(known !== undefined && { known }) };
    lookAgain();
    return { ...guarded, since: run.since, waitsFor: `GitHub is told that ${person} ended it` };
  }
}

/** Asked only where it matters, so that guards of before go on as they began. */
function isOther(before: string, text: string): boolean {
  return before !== text && (isNews(before, text) || !patched('other-numbers-are-no-news'));
}

function now(): string {
  return new Date().toISOString();
}
