import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  isCancellation,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { imagesOfPass } from '../domain/image.ts';
import { promotionKey } from '../domain/ledger.ts';
import type { Stage } from '../domain/pipeline.ts';
import type { Mover } from '../domain/reach.ts';
import type { ReleaseRecord, ReleaseStatus, StageState } from '../domain/release.ts';
import {
  laterUnderWay,
  nothingMore,
  objectionToPromotion,
  onlyFrom,
  openBoard,
  readyStages,
  reopen,
  skipUnreachable,
  stateOf,
  takenBack,
} from '../domain/release-board.ts';
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
import { ledger, pipelines } from './proxies.ts';
import { refusalOfAnswer, takeAnswer } from './release/checks.ts';
import { runDeployStage } from './release/deploy-stage.ts';
import { ReleaseRun } from './release/release-run.ts';
import type { ReleaseSoFar, StageWait } from './release/release-so-far.ts';
import { castVote, refuseVote } from './release/release-votes.ts';
import { runBuildStage, runTestStage } from './release/stages.ts';

export interface ReleaseInput {
  readonly record: ReleaseRecord;
  /** Set when a person takes an ended release through one more stage; `requestId` is absent where an earlier version began it. */
  readonly promote?: PromoteMessage & { readonly requestId?: string };
  /** Set when it had ended, and is started to hear that a stage was taken back: nothing else is done. */
  readonly isWoken?: true;
  /** Who began it, where that person may not take releases everywhere. */
  readonly starter?: Mover;
  /** Who set it off as well, each as far as they may take it. */
  readonly further?: readonly Mover[];
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
  let work = new CancellationScope();
  const active = new Set<string>();
  let changes = 0;
  let opened = input.soFar !== undefined;
  /** How long the history was when it could have gone on in a new run, and had not by what it began with. */
  let toldLong = 0;
  /** Whose promotion is being written to the ledger. */
  let promoting: string | undefined;
  cancelRequested.catch(() => work.cancel());

  // Before any handler is there: what has arrived meanwhile is handled in that moment, and may stop a stage.
  for (const [name, waited] of Object.entries(input.soFar?.waits ?? {})) {
    const stage = run.board.pipeline.stages.find((other) => other.name === name);
    if (stage !== undefined) void runStage(stage, waited);
  }
  setHandler(releaseStatus, () => run.status());
  setHandler(requestNews, (news) => {
    run.news[news.requestId] = news;
  });
  setHandler(stageTakenBack, async (told) => {
    await condition(() => opened || run.fault !== undefined);
    await (opened ? takeBack(told) : run.recordReturn(told));
  });
  setHandler(startedToo, (starter) => run.startedToo(starter));
  setHandler(standingChanged, () => {
    run.changes += 1;
  });
  setHandler(vote, (message) => castVote(run, message), { validator: (message: VoteMessage) => refuseVote(run, message) });
  setHandler(answerCheck, (message) => takeAnswer(run, message), {
    validator: (message: CheckAnswerMessage) => refuse(refusalOfAnswer(run, message)),
  });
  setHandler(promote, takePromotion, {
    validator: (message: PromoteMessage) => refuse(isOwnRequest() ? undefined : objectionToRequest(message)),
  });
  setHandler(cancelRelease, takeCancellation, {
    validator: (_message: CancelMessage) =>
      refuse(opened && active.size === 0 ? 'The release has ended; there is nothing to cancel' : undefined),
  });

  try {
    if (!opened) await open();
  } catch (error) {
    run.fail(failureText(error));
    // What was taken back meanwhile is written down all the same.
    await condition(allHandlersFinished);
    return run.status();
  }
  opened = true;
  // GitHub may take long to be told; until then the release still listens.
  while (startReady() || !isQuiet()) {
    const seen = changes;
    await condition(() => changes !== seen || (active.size === 0 && isQuiet()) || mayGoOnAnew());
    if (mayGoOnAnew()) await goOnAnew();
  }
  return run.status();

  /** Whether nothing is under way but waiting at gates, and the history has become long by that. */
  function mayGoOnAnew(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested || historyLength <= toldLong || active.size === 0 || !isQuiet()) return false;
    return !work.consideredCancelled && run.soFar(active) !== undefined;
  }

  function starters(): Pick<ReleaseInput, 'starter' | 'further'> {
    const { starter, further } = input;
    return { ...(starter !== undefined && { starter }), ...(further !== undefined && { further }) };
  }

  /** Begins a new run that waits where this one does. Releases that began before there was such a thing stay in theirs as far as they had come. */
  async function goOnAnew(): Promise<void> {
    const soFar = run.soFar(active);
    toldLong = workflowInfo().historyLength;
    if (soFar !== undefined && patched('goes-on-anew')) await continueAsNew<typeof release>({ record: run.record, ...starters(), soFar });
  }

  function isQuiet(): boolean {
    return allHandlersFinished() && run.isTold();
  }

  async function open(): Promise<void> {
    const { application, number } = input.record;
    const { record, passes, promotions = [], starters: known = [] } = await ledger.openRelease({ application, number });
    const pipeline = await pipelines.readPipeline({ application, ...(record.commit !== undefined && { commit: record.commit }) });
    run.board = openBoard(record, pipeline, passes, imagesOfPass);
    run.knowStarters(promotions, known);
    if (input.isWoken === true) run.board = nothingMore(run.board);
    if (input.promote === undefined) return;
    const { stage, runAgain, requestId } = input.promote;
    refuse(objectionToPromotion(run.board, stage, runAgain));
    await run.keep('promotion-requested', stage, { ...requestOf(input.promote), ...keyOfRequest(requestId) });
    run.takeUp(input.promote);
    run.promotedByHand(input.promote);
    run.board = onlyFrom(reopen(run.board, stage), stage);
  }

  /** Starts every stage whose needs passed; false when nothing is under way any more. */
  function startReady(): boolean {
    run.board = skipUnreachable(run.board);
    for (const stage of readyStages(run.board)) if (!active.has(stage.name)) void runStage(stage);
    return active.size > 0;
  }

  async function runStage(stage: Stage, waited?: StageWait): Promise<void> {
    active.add(stage.name);
    const since = Date.now();
    const state = await run
      .stoppable(work, stage.name, () => stageState(stage, waited))
      .catch((error: unknown) => stateAfter(stage, error, since));
    await run.end(stage.name, state);
    active.delete(stage.name);
    changes += 1;
  }

  async function stageState(stage: Stage, waited: StageWait | undefined): Promise<StageState> {
    const since = Date.now();
    if (stage.kind === 'deploy') return runDeployStage(run, stage, waited);
    run.show(stage.name, {
      kind: 'running',
      since: new Date(since).toISOString(),
      detail: stage.kind === 'build' ? 'Building' : 'Testing',
    });
    if (stage.kind === 'test') return runTestStage(run, stage);
    const built = await runBuildStage(run);
    return { kind: 'passed', at: new Date().toISOString(), milliseconds: Date.now() - since, ...built };
  }

  function stateAfter({ name }: Stage, error: unknown, since: number): StageState {
    const at = new Date().toISOString();
    if (isCancellation(error)) {
      const { person = 'Temporal', reason = 'the workflow was cancelled' } = run.stopOf(name) ?? {};
      return { kind: 'cancelled', at, by: person, reason };
    }
    return { kind: 'failed', at, milliseconds: Date.now() - since, reason: failureText(error) };
  }

  /** Whether this is the request that this very run was started for, or one that an earlier run took, once more. */
  function isOwnRequest(): boolean {
    const id = currentUpdateInfo()?.id;
    return run.hasTaken(id) || (id !== undefined && id === input.promote?.requestId);
  }

  function keyOfRequest(requestId: string | undefined): { readonly key?: string } {
    const { application, number } = input.record;
    return requestId === undefined ? {} : { key: promotionKey(application, number, requestId) };
  }

  function objectionToRequest(message: PromoteMessage): string | undefined {
    return promoting === undefined ? objectionTo(message) : `${promoting} promotes a stage of this release just now; look and ask again`;
  }

  /** A stage that waits for somebody to promote it is under way, and still can be. */
  function objectionTo({ stage, runAgain }: PromoteMessage): string | undefined {
    return waitsForPromotion(run, stage) ? undefined : objectionToPromotion(run.board, stage, runAgain);
  }

  async function takePromotion(message: PromoteMessage): Promise<ReleaseStatus> {
    if (isOwnRequest()) return run.status();
    const { stage, person, runAgain } = message;
    // Of two at once the validator refuses one; here that would have histories of before in another order.
    refuse(objectionTo(message));
    promoting = person;
    try {
      await run.keep('promotion-requested', stage, { ...requestOf(message), ...keyOfRequest(currentUpdateInfo()?.id) });
    } finally {
      promoting = undefined;
    }
    run.take(currentUpdateInfo()?.id);
    if (waitsForPromotion(run, stage)) {
      run.promotedByHand(message);
      return run.status();
    }
    refuse(objectionToPromotion(run.board, stage, runAgain));
    run.takeUp(message);
    run.promotedByHand(message);
    run.forgetVotes(message.stage);
    run.board = reopen(run.board, message.stage);
    if (work.consideredCancelled) work = new CancellationScope();
    run.cancelled = undefined;
    changes += 1;
    return run.status();
  }

  /** The environment's ledger records tell of the way back already; here the pass of the stage goes, and what waits for it stops. */
  async function takeBack(told: StageTakenBack): Promise<void> {
    run.board = takenBack(run.board, told);
    for (const later of laterUnderWay(run.board, told.stage)) run.stop(later, `${told.stage} was rolled back`);
    await run.recordReturn(told);
    run.tell(told.stage, { isTakenBack: true });
    changes += 1;
  }

  async function takeCancellation(message: CancelMessage): Promise<ReleaseStatus> {
    await run.keep('release-cancelled', 'asked', { ...message.known, actor: message.person, reason: message.reason });
    run.cancelled = message;
    work.cancel();
    return run.status();
  }
}

/** For the record: who asked, and for what beside the stage. */
function requestOf({ stage, person, known, reason, runAgain = [] }: PromoteMessage) {
  const words = [reason, runAgain.length === 0 ? '' : `runs again: ${runAgain.join(', ')}`].filter((part) => part !== '');
  return { ...known, actor: person, stage, reason: words.join('; ') };
}

function waitsForPromotion(run: ReleaseRun, stage: string): boolean {
  const state = stateOf(run.board, stage);
  return state.kind === 'waiting' && state.gates.some(({ kind, open }) => kind === 'promotion' && !open);
}

function refuse(objection: string | undefined): void {
  // A plain Error thrown by an accepted update would be retried for ever.
  if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
}
