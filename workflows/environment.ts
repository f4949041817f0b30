import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeploymentOutcome } from '../domain/deployment.ts';
import type { EnvironmentPolicy, RollbackAnswer, RollbackRequest } from '../domain/environment.ts';
import {
  begin,
  decideRollback,
  deploymentOf,
  type EnvironmentState,
  enqueue,
  enqueueRollback,
  environmentStatusOf,
  finish,
  isRunning,
  releaseOf,
  type Work,
  waitingFor,
  whoAsked,
  withdraw,
} from '../domain/environment-state.ts';
import type { LedgerAction } from '../domain/ledger.ts';
import { deploymentWorkflowId } from '../domain/workflow-ids.ts';
import { runDeployment } from './deployment-run.ts';
import { LedgerLane } from './lanes.ts';
import { environmentStatus, requestDeployment, rollback, withdrawRequest } from './messages.ts';
import { installation } from './proxies.ts';
import { tellQueue, tellRelease } from './release-news.ts';
import { retireOldVersions } from './retire.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

/** Far below Temporal's limit of 51,200 events: a new worker replays a whole run before it can answer. */
const EVENTS_A_RUN = 1_000;
const A_YEAR = 365 * 24 * 3_600_000;

/**
 * One application in one environment: the lock, the queue and the memory. One deployment at a time; what waits is
 * visible and never dropped in silence. Lives for ever, from run to run, with nothing under way when it changes over.
 */
export async function environment(initial: EnvironmentState): Promise<never> {
  let state = initial;
  let scope = new CancellationScope();
  let stopReason: string | undefined;
  const records = new LedgerLane();
  const here = { application: state.application, environment: state.environment };

  setHandler(environmentStatus, () => environmentStatusOf(state));
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
  setHandler(rollback, acceptRollback, { validator: refuseRollback });

  for (;;) {
    const woke = await condition(() => state.queue.length > 0 || runIsLong(), untilBakeEnds());
    if (state.queue.length > 0) await deployNext();
    else if (woke) await changeOver();
    else await retire();
  }

  /** Takes the first in the queue through its deployment; the ledger knows of each turn before a release does. */
  async function deployNext(): Promise<void> {
    stopReason = undefined;
    scope = new CancellationScope();
    state = begin(state, (generation) => deploymentWorkflowId(here.application, here.environment, generation), now());
    const { running } = state;
    if (running === null) return;
    const policy = await installation.readEnvironment(here);
    const outcome = await scope.run(() => deploy(running.work, policy)).catch(stoppedBeforehand);
    const previous = state.current?.release.number ?? null;
    state = finish(state, outcome, now(), policy.bakeMs);
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.release, value: state.current?.release.number ?? null }]);
    const recorded = keep(actionOf(outcome), `${running.deployment}/ended`, 'tidegate', releaseOf(running.work).number, reasonOf(outcome));
    records.after(recorded, () => tellRelease(running.work, { kind: 'ended', outcome, previous }));
    await tellQueue(state);
  }

  async function deploy(work: Work, policy: EnvironmentPolicy): Promise<DeploymentOutcome> {
    const wanted = deploymentOf(state, policy.hosts);
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
    // A person can still stop a promotion that waits for the ledger.
    if (work.kind === 'promotion') await Promise.race([recorded, CancellationScope.current().cancelRequested]);
    await tellRelease(work, { kind: 'started', deployment: wanted.id });
    const { outcome, orphaned } = await runDeployment(wanted);
    // Hosts were left as they happened to be: the last good release is put back.
    if (orphaned && state.current !== null)
      state = enqueueRollback(state, { person: 'tidegate', reason: reasonOf(outcome) }, state.current, now());
    return stopReason !== undefined && (outcome.kind === 'failed' || outcome.kind === 'rolled-back')
      ? { ...outcome, reason: stopReason }
      : outcome;
  }

  function stoppedBeforehand(error: unknown): DeploymentOutcome {
    if (!isCancellation(error)) throw error;
    return { kind: 'failed', reason: stopReason ?? 'The deployment was stopped', hosts: [] };
  }

  function refuseRollback(request: RollbackRequest): void {
    const decision = decideRollback(state, request.to);
    if (decision.kind === 'refused') throw new Error(decision.reason);
  }

  async function acceptRollback(request: RollbackRequest): Promise<RollbackAnswer> {
    const decision = decideRollback(state, request.to);
    if (decision.kind === 'refused') throw new Error(decision.reason);
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
    if (decision.kind === 'stop-running') return { deployment: stopped?.deployment ?? '', from, to };
    state = enqueueRollback(state, request, decision.target, now());
    await condition(() => state.running?.work.kind === 'rollback' && releaseOf(state.running.work).number === to);
    return { deployment: state.running?.deployment ?? '', from, to };
  }

  function stopRunning(reason: string): void {
    stopReason = reason;
    scope.cancel();
  }

  /** The bake time is over: warm containers of earlier versions stop. */
  async function retire(): Promise<void> {
    const { current, history } = state;
    state = { ...state, bakeEndsAt: null };
    if (current === null) return;
    const policy = await installation.readEnvironment(here);
    await retireOldVersions(
      { ...here, keepGeneration: current.generation, previousGeneration: history[0]?.generation ?? null },
      policy.hosts,
    );
  }

  async function changeOver(): Promise<never> {
    await records.written();
    await condition(allHandlersFinished);
    return await continueAsNew<typeof environment>(state);
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

function actionOf(outcome: DeploymentOutcome): LedgerAction {
  const actions = {
    succeeded: 'deployment-succeeded',
    'rolled-back': 'deployment-rolled-back',
    failed: 'deployment-failed',
    'plan-changed': 'deployment-failed',
  } as const;
  return actions[outcome.kind];
}

function reasonOf(outcome: DeploymentOutcome): string {
  if (outcome.kind === 'succeeded') return 'all hosts serve it';
  return outcome.kind === 'plan-changed' ? 'the plan changed after it was approved' : outcome.reason;
}

function now(): string {
  return new Date().toISOString();
}
