import {
  CancellationScope,
  CancelledFailure,
  type ChildWorkflowOptions,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import type { Deployment, DeploymentEnd, DeploymentOutcome } from '../../domain/deployment.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { MAIN_TASK_QUEUE } from '../../domain/task-queues.ts';
import { deployment } from '../deployment.ts';
import { failureText } from '../failure-text.ts';
import { SEARCH_ATTRIBUTES } from '../search-attributes.ts';

export interface DeploymentRun {
  readonly outcome: DeploymentOutcome;
  /** True when the deployment was ended from outside before it could say how its hosts are. */
  readonly orphaned: boolean;
  /** Records that the ledger did not take before the deployment ended. */
  readonly unwritten: readonly LedgerEntry[];
}

/** Runs a deployment to its outcome. When the scope is cancelled the deployment goes back first, and its outcome says so. */
export async function runDeployment(wanted: Deployment): Promise<DeploymentRun> {
  try {
    const { unwritten = [], ...outcome } = await untilEnd(wanted);
    return { outcome, orphaned: false, unwritten };
  } catch (error) {
    // Stopped before it began: nothing is owed to any host.
    if (isCancellation(error)) throw error;
    return {
      outcome: { kind: 'failed', reason: `The deployment was ended from outside: ${failureText(error)}`, hosts: [] },
      orphaned: true,
      unwritten: [],
    };
  }
}

/**
 * Temporal passes a cancellation on to the run of a child that it started, which a long deployment has left behind: it is stopped by its id, in
 * whatever run it is.
 */
async function untilEnd(wanted: Deployment): Promise<DeploymentEnd> {
  const scope = CancellationScope.current();
  if (scope.consideredCancelled) throw new CancelledFailure('stopped before it began');
  return CancellationScope.nonCancellable(async () => {
    const child = await startChild(deployment, { ...options(wanted), args: [wanted] as [Deployment] });
    scope.cancelRequested.catch(() => stop(wanted.id));
    return child.result();
  });
}

/** One that has ended meanwhile needs no stopping. */
async function stop(deploymentId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(deploymentId).cancel();
  } catch (error) {
    log.warn('A deployment could not be stopped', { deployment: deploymentId, reason: failureText(error) });
  }
}

function options(wanted: Deployment): Omit<ChildWorkflowOptions, 'typeInfo'> {
  return {
    workflowId: wanted.id,
    taskQueue: MAIN_TASK_QUEUE,
    // A terminated environment must not take a half-done switch with it.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowTaskTimeout: '2s',
    staticSummary: `${wanted.kind} of ${wanted.application} release ${wanted.release.number} in ${wanted.environment}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.application, value: wanted.application },
      { key: SEARCH_ATTRIBUTES.environment, value: wanted.environment },
      { key: SEARCH_ATTRIBUTES.release, value: wanted.release.number },
    ],
  };
}
