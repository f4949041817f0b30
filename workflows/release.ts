import { allHandlersFinished, CancellationScope, condition, continueAsNew, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ReleaseStatus } from '../domain/release.ts';
import { laterUnderWay, takenBack } from '../domain/release-board.ts';
import type { StageTakenBack } from '../domain/taken-back.ts';
import { failureText } from './failure-text.ts';
import {
  answerCheck,
  type CancelMessage,
  type CheckAnswerMessage,
  cancelRelease,
  type PromoteMessage,
  promote,
  releaseStatus,
  requestNews,
  stageTakenBack,
  standingChanged,
  startedToo,
  type VoteMessage,
  vote,
} from './messages.ts';
import { refuse } from './refuse.ts';
import { refusalOfAnswer, takeAnswer } from './release/checks.ts';
import { Promotions } from './release/promotions.ts';
import type { SetOff } from './release/release-movers.ts';
import { type Opening, openRelease } from './release/release-opening.ts';
import { ReleaseRun } from './release/release-run.ts';
import type { ReleaseSoFar } from './release/release-so-far.ts';
import { castVote, refuseVote } from './release/release-votes.ts';
import { StagesAtWork } from './release/stages-at-work.ts';

export interface ReleaseInput extends Opening, SetOff {
  /** Set when it waited at gates for so long that its history became long: it goes on there. */
  readonly soFar?: ReleaseSoFar;
}

/** Takes one release through the stages of its pipeline. A no of a person, a failed test and a rollback are results. */
export async function release(input: ReleaseInput): Promise<ReleaseStatus> {
  const { cancelRequested } = CancellationScope.current();
  // Cancelled from Temporal itself, the release still ends its stages in order.
  return await CancellationScope.nonCancellable(() => walk(input, cancelRequested));
}

async function walk(input: ReleaseInput, cancelRequested: Promise<never>): Promise<ReleaseStatus> {
  const run = new ReleaseRun(input.record, workflowInfo().runId, input);
  const stages = new StagesAtWork(run);
  const promotions = new Promotions(run, stages, input.promote?.requestId);
  let opened = input.soFar !== undefined;
  /** How long the history was when it could have gone on in a new run, and had not by what it began with. */
  let toldLong = 0;
  cancelRequested.catch(() => stages.cancel());

  // Before any handler is there: what has arrived meanwhile is handled in that moment, and may stop a stage.
  stages.goOn(input.soFar?.waits);
  setHandler(releaseStatus, () => run.status());
  setHandler(requestNews, (news) => {
    run.news[news.requestId] = news;
  });
  setHandler(stageTakenBack, async (told) => {
    await condition(() => opened || run.fault !== undefined);
    await (opened ? takeBack(told) : run.records.takenBack(told));
  });
  setHandler(startedToo, (starter) => run.startedToo(starter));
  setHandler(standingChanged, () => {
    run.changes += 1;
  });
  setHandler(vote, (message) => castVote(run, message), { validator: (message: VoteMessage) => refuseVote(run, message) });
  setHandler(answerCheck, (message) => takeAnswer(run, message), {
    validator: (message: CheckAnswerMessage) => refuse(refusalOfAnswer(run, message)),
  });
  setHandler(promote, (message) => promotions.take(message), { validator: (message: PromoteMessage) => promotions.refuse(message) });
  setHandler(cancelRelease, takeCancellation, {
    validator: (_message: CancelMessage) =>
      refuse(opened && stages.active.size === 0 ? 'The release has ended; there is nothing to cancel' : undefined),
  });

  try {
    if (!opened) await openRelease(run, input);
  } catch (error) {
    run.fail(failureText(error));
    // What was taken back meanwhile is written down all the same.
    await condition(allHandlersFinished);
    return run.status();
  }
  opened = true;
  // GitHub may take long to be told; until then the release still listens.
  while (stages.startReady() || !isQuiet()) {
    const seen = stages.changes;
    await condition(() => stages.changes !== seen || (stages.active.size === 0 && isQuiet()) || mayGoOnAnew());
    if (mayGoOnAnew()) await goOnAnew();
  }
  return run.status();

  function isQuiet(): boolean {
    return allHandlersFinished() && run.isTold();
  }

  /** Whether nothing is under way but waiting at gates, and the history has become long by that. */
  function mayGoOnAnew(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested || historyLength <= toldLong || stages.active.size === 0 || !isQuiet()) return false;
    return !stages.isCancelled() && run.soFar(stages.active) !== undefined;
  }

  /** Begins a new run that waits where this one does. Releases that began before there was such a thing stay in theirs as far as they had come. */
  async function goOnAnew(): Promise<void> {
    const soFar = run.soFar(stages.active);
    toldLong = workflowInfo().historyLength;
    if (soFar !== undefined && patched('goes-on-anew'))
      await continueAsNew<typeof release>({ record: run.record, ...setOff(input), soFar });
  }

  /** The environment's ledger records tell of the way back already; here the pass of the stage goes, and what waits for it stops. */
  async function takeBack(told: StageTakenBack): Promise<void> {
    run.board = takenBack(run.board, told);
    for (const later of laterUnderWay(run.board, told.stage)) run.stops.stop(later, `${told.stage} was rolled back`);
    await run.records.takenBack(told);
    run.tell(told.stage, { isTakenBack: true });
    stages.changes += 1;
  }

  async function takeCancellation(message: CancelMessage): Promise<ReleaseStatus> {
    await run.records.keep('release-cancelled', 'asked', { ...message.known, actor: message.person, reason: message.reason });
    run.stops.cancelled = message;
    stages.cancel();
    return run.status();
  }
}

function setOff({ starter, further }: SetOff): SetOff {
  return { ...(starter !== undefined && { starter }), ...(further !== undefined && { further }) };
}
