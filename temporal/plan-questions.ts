import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { HostPreview, PlanPreview } from '../domain/plan-preview.ts';
import type { RollbackPreview } from '../domain/rollback-preview.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { hostPlanWorkflowId, planWorkflowId, rollbackPlanWorkflowId } from '../domain/workflow-ids.ts';
import type { planHost } from '../workflows/plan-host.ts';
import type { planRollback } from '../workflows/plan-rollback.ts';
import type { PlanStageInput, planStage } from '../workflows/plan-stage.ts';
import { environmentOf, rollbackQuestionOf } from './ask-environment.ts';

/** Longer than the plan's own patience, so that it can say what did not answer. */
export const PLAN_MS = 40_000;

/** Plans a stage of a release; nothing is changed by that, here and below. */
export function planRelease(client: Client, input: PlanStageInput): Promise<PlanPreview> {
  const { application, number, stage } = input;
  return client.workflow.execute<typeof planStage>('planStage', {
    workflowId: planWorkflowId(application, number, stage, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [input],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `plan of ${application} release ${number} for ${stage}`,
  });
}

/** Plans the way back of an environment. */
export async function planWayBack(
  client: Client,
  application: string,
  environment: string,
  to: number | undefined,
): Promise<RollbackPreview> {
  const wayBack = await rollbackQuestionOf(client, application, environment, to);
  if (wayBack.kind === 'refused') return wayBack;
  return client.workflow.execute<typeof planRollback>('planRollback', {
    workflowId: rollbackPlanWorkflowId(application, environment, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [{ application, environment, wayBack }],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `plan of ${application} in ${environment} back to release ${wayBack.target.number}`,
  });
}

/** Plans what an environment runs for one of its hosts. */
export async function planOneHost(client: Client, application: string, environment: string, host: string): Promise<HostPreview> {
  const { current } = await environmentOf(client, application, environment);
  if (current === null) return { kind: 'nothing-runs' };
  return client.workflow.execute<typeof planHost>('planHost', {
    workflowId: hostPlanWorkflowId(application, environment, host, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [{ application, environment, host, release: current.release }],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `plan of ${application} release ${current.release.number} for ${host} in ${environment}`,
  });
}
