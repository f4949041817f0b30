import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { watchedNow } from '../domain/alarm.ts';
import { isRunning, waitingFor, withdraw } from '../domain/environment-queue.ts';
import type { EnvironmentState } from '../domain/environment-state.ts';
import { environmentStatusOf } from '../domain/environment-view.ts';
import { type Arrival, arrive, leaveGates as forgetStay, reachGates as stayAtGates } from '../domain/gate-stay.ts';
import { answerForHost, enqueueHost, refusalOfHost } from '../domain/host-deployment.ts';
import type { HostAnswer, HostRequest } from '../domain/host-request.ts';
import { doneFor } from '../domain/job.ts';
import { rollbackCase } from '../domain/rollback-preview.ts';
import { BakeWatch } from './environment/bake-watch.ts';
import { EnvironmentRollbacks, requestId } from './environment/environment-rollbacks.ts';
import { EnvironmentTurns } from './environment/environment-turns.ts';
import { LivingEnvironment, now } from './environment/living-environment.ts';
import { tellQueue, tellRelease, tellReplaced } from './environment/release-news.ts';
import { retire } from './environment/retirement.ts';
import { failureText } from './failure-text.ts';
import {
  bringHost,
  environmentStatus,
  jobsDone,
  leaveGates,
  raiseAlarm,
  reachGates,
  requestDeployment,
  rollback,
  rollbackQuestion,
  standingChanged,
  withdrawRequest,
} from './messages.ts';

/** Far below Temporal's limit of 51,200 events: a new worker replays a whole run before it can answer. */
const EVENTS_A_RUN = 1_000;
const A_YEAR = 365 * 24 * 3_600_000;

/**
 * One application in one environment: the lock, the queue and the memory. One deployment at a time; what waits is
 * visible and never dropped in silence. Lives for ever, from run to run, with nothing under way when it changes over.
 */
export async function environment(initial: EnvironmentState): Promise<never> {
  // An environment has no end: cancelled from Temporal itself, it would forget what runs where.
  return await CancellationScope.nonCancellable(() => live(initial));
}

async function live(initial: EnvironmentState): Promise<never> {
  const living = new LivingEnvironment(initial);
  const turns = new EnvironmentTurns(living, () => watch.follow(undefined));
  const rollbacks = new EnvironmentRollbacks(living, turns, () => watch.follow(undefined));
  const watch: BakeWatch = new BakeWatch(living.here, (alarm, seen) => {
    rollbacks.goBackFor({ alarm, person: 'tidegate', reason: seen }).catch(nobodyToTell);
  });

  setHandler(environmentStatus, () => environmentStatusOf(living.state));
  setHandler(rollbackQuestion, (to) => rollbackCase(living.state, to));
  setHandler(jobsDone, (release) => doneFor(release, living.state.applied ?? []));
  setHandler(requestDeployment, async (request) => {
    await takeIn(arrive(living.state, request, now()));
    if (living.state.running !== null || turns.isHolding()) await tellQueue(living.state);
  });
  setHandler(reachGates, (stay) => takeIn(stayAtGates(living.state, stay)));
  setHandler(leaveGates, (stay) => {
    living.state = forgetStay(living.state, stay);
  });
  setHandler(standingChanged, () => turns.lookAgain());
  setHandler(withdrawRequest, async ({ requestId: withdrawn, person, reason }) => {
    if (isRunning(living.state, withdrawn)) return turns.stop(`${person} stopped it: ${reason}`);
    const waiting = waitingFor(living.state, withdrawn);
    living.state = withdraw(living.state, withdrawn);
    const outcome = { kind: 'failed', reason: `${person} withdrew it: ${reason}`, hosts: [] } as const;
    if (waiting !== undefined) await tellRelease(waiting, { kind: 'ended', outcome, previous: null });
  });
  setHandler(bringHost, acceptHost, { validator: refuseHost });
  setHandler(rollback, (request) => rollbacks.accept(request), { validator: (request) => rollbacks.refuse(request) });
  setHandler(raiseAlarm, (message) => rollbacks.acceptAlarm(message), { validator: (message) => rollbacks.refuseAlarm(message) });

  for (;;) {
    watch.follow(watchedNow(living.state, Date.now()));
    const woke = await condition(() => turns.isDue() || runIsLong(), Math.min(untilBakeEnds(living.state), turns.untilDue()));
    if (turns.isDue()) await turns.takeNext();
    else if (woke) await changeOver();
    else if (untilBakeEnds(living.state) <= 1) await retire(living, () => turns.isDue());
  }

  /** Whoever gives way is told. */
  async function takeIn({ state, replaced }: Arrival): Promise<void> {
    living.state = state;
    await tellReplaced(replaced);
  }

  function refuseHost(request: HostRequest): void {
    const refusal = refusalOfHost(living.state, request, requestId());
    if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal);
  }

  /** Answers at once: its turn may be far away, and shows in the queue. */
  function acceptHost(request: HostRequest): HostAnswer {
    living.state = enqueueHost(living.state, request, requestId(), now());
    return answerForHost(living.state, requestId());
  }

  /** The warning tells it, and the log. */
  function nobodyToTell(error: unknown): void {
    log.warn('An alarm could not take the release back', { ...living.here, reason: failureText(error) });
  }

  /** Begins a new run when nothing is held back; work that arrives meanwhile goes first. */
  async function changeOver(): Promise<void> {
    let written = false;
    void living.records.written().then(() => {
      written = true;
    });
    await condition(() => turns.isDue() || (written && living.tags.isDone() && living.github.isDrained() && allHandlersFinished()));
    if (turns.isDue()) return;
    watch.follow(undefined);
    await continueAsNew<typeof environment>(living.state);
  }
}

function runIsLong(): boolean {
  return workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > EVENTS_A_RUN;
}

function untilBakeEnds({ bakeEndsAt }: EnvironmentState): number {
  return bakeEndsAt === null ? A_YEAR : Math.max(1, bakeEndsAt - Date.now());
}
