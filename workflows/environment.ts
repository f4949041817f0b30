import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  isCancellation,
  log,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { type AlarmMessage, objectionToAlarm, unwatched, watchedBy, watchedNow } from '../domain/alarm.ts';
import { answerTo, withAnswer } from '../domain/answered-rollbacks.ts';
import { type DeploymentOutcome, isAdopted } from '../domain/deployment.ts';
import { finish, withWarning } from '../domain/ended-deployment.ts';
import type { EnvironmentPolicy, HostAnswer, HostRequest, RollbackAnswer, RollbackRequest } from '../domain/environment.ts';
import { tagsOfRelease } from '../domain/environment-images.ts';
import { begin, enqueue, enqueueRollback, isRunning, waitingFor, withdraw } from '../domain/environment-queue.ts';
import type { EnvironmentState } from '../domain/environment-state.ts';
import { environmentStatusOf } from '../domain/environment-view.ts';
import { releaseOf, type Work, whoAsked } from '../domain/environment-work.ts';
import { answerForHost, enqueueHost, refusalOfHost } from '../domain/host-deployment.ts';
import { doneFor } from '../domain/job.ts';
import type { LedgerAction } from '../domain/ledger.ts';
import { decideRollback } from '../domain/rollback-decision.ts';
import { rollbackCase } from '../domain/rollback-preview.ts';
import { deploymentOf } from '../domain/running-deployment.ts';
import { deploymentWorkflowId } from '../domain/workflow-ids.ts';
import { BakeWatch } from './bake-watch.ts';
import { ledgerActionOf, reasonOf } from './deployment-record.ts';
import { runDeployment } from './deployment-run.ts';
import { failureText } from './failure-text.ts';
import { hostTurn } from './host-turn.ts';
import { LedgerLane } from './lanes.ts';
import {
  bringHost,
  environmentStatus,
  jobsDone,
  raiseAlarm,
  requestDeployment,
  rollback,
  rollbackQuestion,
  withdrawRequest,
} from './messages.ts';
import { installation } from './proxies.ts';
import { tellQueue, tellRelease } from './release-news.ts';
import { retireOldVersions } from './retire.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';
import { TagLane } from './tag-lane.ts';

/** Far below Temporal's limit of 51,200 events: a new worker replays a whole run before it can answer. */
const EVENTS_A_RUN = 1_000;
const RETIRE_AGAIN_MS = 600_000;
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
  let state = initial;
  let scope = new CancellationScope();
  let stopReason: string | undefined;
  /** A rollback that stopped the running deployment; owed when the deployment was quicker. */
  let wantedBack: RollbackRequest | undefined;
  const records = new LedgerLane();
  const tags = new TagLane(state.application);
  const here = { application: state.application, environment: state.environment };
  const watch = new BakeWatch(here, (alarm, seen) => void goBackFor({ alarm, person: 'tidegate', reason: seen }).catch(nobodyToTell));

  setHandler(environmentStatus, () => environmentStatusOf(state));
  setHandler(rollbackQuestion, (to) => rollbackCase(state, to));
  setHandler(jobsDone, (release) => doneFor(release, state.applied ?? []));
  setHandler(requestDeployment, async (request) => {
    state = enqueue(state, request, now());
    if (state.running !== null) await tellQueue(state);
  });
  setHandler(withdrawRequest, async ({ requestId, person, reason }) => {
    if (isRunning(state, requestId)) return stopRunning(`${person} stopped it: ${reason}`);
    const waiting = waitingFor(state, requestId);
    state = withdraw(state, requestId);
    const outcome = { kind: 'failed', reason: `${person} withdrew it: ${reason}`, hosts: [] } as const;
    if (waiting !== undefined) await tellRelease(waiting, { kind: 'ended', outcome, previous: null });
  });
  setHandler(bringHost, acceptHost, { validator: refuseHost });
  setHandler(rollback, acceptRollback, { validator: refuseRollback });
  setHandler(raiseAlarm, (message) => acceptOnce(() => goBackFor(message)), { validator: refuseAlarm });

  for (;;) {
    watch.follow(watchedNow(state, Date.now()));
    const woke = await condition(() => state.queue.length > 0 || runIsLong(), untilBakeEnds());
    if (state.queue.length > 0) await deployNext();
    else if (woke) await changeOver();
    else await retire();
  }

  /** Takes the first in the queue through its deployment; the ledger knows of each turn before a release does. */
  async function deployNext(): Promise<void> {
    stopReason = undefined;
    wantedBack = undefined;
    scope = new CancellationScope();
    state = begin(state, (generation) => deploymentWorkflowId(here.application, here.environment, generation), now());
    const { running } = state;
    if (running === null) return;
    watch.follow(undefined);
    let rules: EnvironmentPolicy | undefined;
    const turn = async (): Promise<DeploymentOutcome> => {
      rules = await installation.readEnvironment(here);
      return deploy(running.work, rules);
    };
    const outcome = await scope.run(turn).catch(withoutDeployment);
    const before = state.current;
    const previous = before?.release.number ?? null;
    state = watchedBy(finish(state, outcome, now(), rules?.bakeMs ?? 0), rules?.alarms ?? []);
    if (isAdopted(outcome) && wantedBack !== undefined && before !== null) state = enqueueRollback(state, wantedBack, before, now());
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.release, value: state.current?.release.number ?? null }]);
    const recorded = keep(
      ledgerActionOf(outcome),
      `${running.deployment}/ended`,
      'tidegate',
      releaseOf(running.work).number,
      reasonOf(outcome),
    );
    if (isAdopted(outcome) && running.work.kind !== 'host') setTags(running, rules?.images);
    records.after(recorded, () => tellRelease(running.work, { kind: 'ended', outcome, previous }));
    await tellQueue(state);
  }

  /** Whether it came by promotion or by rollback: its tags say what the environment runs. */
  function setTags({ work, deployment }: NonNullable<EnvironmentState['running']>, images: EnvironmentPolicy['images']): void {
    const release = releaseOf(work);
    const wanted = tagsOfRelease(images, here.environment, release);
    tags.set(wanted, `tag release ${release.number} in ${here.environment}`, (reason) => {
      state = withWarning(state, deployment, `Tags were not set: ${reason}`);
    });
  }

  async function deploy(work: Work, policy: EnvironmentPolicy): Promise<DeploymentOutcome> {
    const turn =
      work.kind === 'host' ? await hostTurn(state, work.request, policy) : { deployment: deploymentOf(state, policy.hosts, policy.alarms) };
    if ('outcome' in turn) return turn.outcome;
    const wanted = turn.deployment;
    if (wanted === undefined) return { kind: 'failed', reason: 'There was nothing to deploy', hosts: [] };
    if (work.kind === 'promotion' && work.request.policy.policyRevision !== policy.policyRevision)
      return { kind: 'plan-changed', planHash: '' };
    const recorded = keep(
      'deployment-started',
      `${wanted.id}/started`,
      whoAsked(work).person,
      wanted.release.number,
      whoAsked(work).reason,
    );
    // Nothing goes forward without the ledger; a person can still stop a promotion that waits for it.
    if (work.kind !== 'rollback') await Promise.race([recorded, CancellationScope.current().cancelRequested]);
    await tellRelease(work, { kind: 'started', deployment: wanted.id });
    const { outcome, orphaned, unwritten } = await runDeployment(wanted);
    for (const entry of unwritten) void records.append(entry);
    // Hosts were left as they happened to be: the last good release is put back.
    if (orphaned && state.current !== null)
      state = enqueueRollback(state, { person: 'tidegate', reason: reasonOf(outcome) }, state.current, now());
    return stopReason !== undefined && (outcome.kind === 'failed' || outcome.kind === 'rolled-back')
      ? { ...outcome, reason: stopReason }
      : outcome;
  }

  /** Stopped before it began, or the environment's own rules cannot be read: no host was touched. */
  function withoutDeployment(error: unknown): DeploymentOutcome {
    const reason = isCancellation(error) ? (stopReason ?? 'The deployment was stopped') : failureText(error);
    return { kind: 'failed', reason, hosts: [] };
  }

  function refuseHost(request: HostRequest): void {
    const refusal = refusalOfHost(state, request, requestId());
    if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal);
  }

  /** Answers at once: its turn may be far away, and shows in the queue. */
  function acceptHost(request: HostRequest): HostAnswer {
    state = enqueueHost(state, request, requestId(), now());
    return answerForHost(state, requestId());
  }

  function refuseRollback(request: RollbackRequest): void {
    if (answerTo(state.rollbacks ?? [], requestId()) !== undefined) return;
    const decision = decideRollback(state, request.to, request.pastForwardOnly);
    if (decision.kind === 'refused') throw ApplicationFailure.nonRetryable(decision.reason);
  }

  /** Temporal knows a repeated request within one run; across runs the state does. */
  function acceptRollback(request: RollbackRequest): Promise<RollbackAnswer> {
    return acceptOnce(() => rollBack(request));
  }

  async function acceptOnce(act: () => Promise<RollbackAnswer>): Promise<RollbackAnswer> {
    const id = requestId();
    const given = answerTo(state.rollbacks ?? [], id);
    if (given !== undefined) return given;
    const answer = await act();
    state = { ...state, rollbacks: withAnswer(state.rollbacks ?? [], id, answer) };
    return answer;
  }

  async function rollBack(request: RollbackRequest): Promise<RollbackAnswer> {
    const decision = decideRollback(state, request.to, request.pastForwardOnly);
    if (decision.kind === 'refused') throw ApplicationFailure.nonRetryable(decision.reason);
    const { from } = decision;
    const to = decision.kind === 'stop-running' ? decision.to : decision.target.release.number;
    void keep(
      'rollback-requested',
      `rollback-requested/${state.generation}/${to}/${now()}`,
      request.person,
      from,
      `to release ${to}: ${request.reason}`,
    );
    const stopped = state.running;
    if (stopped?.work.kind === 'promotion') stopRunning(`${request.person} rolled back: ${request.reason}`);
    if (decision.kind === 'stop-running') {
      wantedBack = request;
      return { deployment: stopped?.deployment ?? '', from, to };
    }
    state = enqueueRollback(state, request, decision.target, now());
    await condition(() => state.running?.work.kind === 'rollback' && releaseOf(state.running.work).number === to);
    return { deployment: state.running?.deployment ?? '', from, to };
  }

  function refuseAlarm(message: AlarmMessage): void {
    if (answerTo(state.rollbacks ?? [], requestId()) !== undefined) return;
    const objection = objectionToAlarm(message, state, Date.now());
    if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
  }

  /** Returns to what served before, and says for which alarm. Where there is nothing to return to, the environment says so. */
  async function goBackFor({ alarm, person, reason }: AlarmMessage): Promise<RollbackAnswer> {
    const { current, history, last } = state;
    state = unwatched(state);
    watch.follow(undefined);
    const why = `Alarm ${alarm}: ${reason}`;
    void keep('alarm-raised', `${current?.deployment ?? ''}/alarm-raised/${alarm}/${now()}`, person, current?.release.number ?? 0, why);
    const [before] = history;
    try {
      return await rollBack({ person, reason: why, alarm, ...(before !== undefined && { to: before.release.number }) });
    } catch (error) {
      const warning = `${why}. It does not go back by itself: ${failureText(error)}`;
      if (last !== null) state = withWarning(state, last.deployment, warning);
      throw error;
    }
  }

  /** The warning tells it, and the log. */
  function nobodyToTell(error: unknown): void {
    log.warn('An alarm could not take the release back', { ...here, reason: failureText(error) });
  }

  function stopRunning(reason: string): void {
    stopReason = reason;
    scope.cancel();
  }

  /** The bake time is over: warm containers of earlier versions stop. It gives way at once to work that arrives, and is tried again later. */
  async function retire(): Promise<void> {
    const retiring = new CancellationScope();
    const done = retiring.run(retireNow).catch((error: unknown) => isCancellation(error) || logLater(error));
    await Promise.race([done, condition(() => state.queue.length > 0)]);
    const interrupted = state.queue.length > 0;
    retiring.cancel();
    const finished = (await done) === true && !interrupted;
    state = { ...state, bakeEndsAt: finished ? null : Date.now() + RETIRE_AGAIN_MS };
  }

  async function retireNow(): Promise<boolean> {
    const { current, history } = state;
    if (current === null) return true;
    const policy = await installation.readEnvironment(here);
    await retireOldVersions(
      { ...here, keepGeneration: current.generation, previousGeneration: history[0]?.generation ?? null },
      policy.hosts,
    );
    return true;
  }

  function logLater(error: unknown): boolean {
    log.warn('Old versions stay for now', { ...here, reason: failureText(error) });
    return false;
  }

  /** Begins a new run when nothing is held back; work that arrives meanwhile goes first. */
  async function changeOver(): Promise<void> {
    let written = false;
    void records.written().then(() => {
      written = true;
    });
    await condition(() => state.queue.length > 0 || (written && tags.isDone() && allHandlersFinished()));
    if (state.queue.length > 0) return;
    watch.follow(undefined);
    await continueAsNew<typeof environment>(state);
  }

  function runIsLong(): boolean {
    return workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > EVENTS_A_RUN;
  }

  function untilBakeEnds(): number {
    return state.bakeEndsAt === null ? A_YEAR : Math.max(1, state.bakeEndsAt - Date.now());
  }

  function keep(action: LedgerAction, key: string, actor: string, release: number, reason: string): Promise<void> {
    return records.append({ key, action, actor, ...here, release, reason, at: now() });
  }
}

function requestId(): string {
  return currentUpdateInfo()?.id ?? '';
}

function now(): string {
  return new Date().toISOString();
}
