import {
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  executeChild,
  isCancellation,
  ParentClosePolicy,
} from '@temporalio/workflow';
import type { Deployment, DeploymentOutcome } from '../domain/deployment.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { deployment } from './deployment.ts';
import { failureText } from './failure-text.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

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
    const { unwritten = [], ...outcome } = await executeChild(deployment, { ...options(wanted), args: [wanted] as [Deployment] });
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

function options(wanted: Deployment): Omit<ChildWorkflowOptions, 'typeInfo'> {
  return {
    workflowId: wanted.id,
    taskQueue: MAIN_TASK_QUEUE,
    // A terminated environment must not take a half-done switch with it.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    workflowTaskTimeout: '2s',
    staticSummary: `${wanted.kind} of ${wanted.application} release ${wanted.release.number} in ${wanted.environment}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.application, value: wanted.application },
      { key: SEARCH_ATTRIBUTES.environment, value: wanted.environment },
      { key: SEARCH_ATTRIBUTES.release, value: wanted.release.number },
    ],
  };
}
