import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { explainWorkflowId } from '../domain/workflow-ids.ts';
import type { explainRelease, GatesExplained } from '../workflows/explain-release.ts';
import { PLAN_MS } from './plan-questions.ts';

/** What the stages of a release would ask if it were their turn now. */
export function explainGates(client: Client, application: string, number: number): Promise<GatesExplained> {
  return client.workflow.execute<typeof explainRelease>('explainRelease', {
    workflowId: explainWorkflowId(application, number, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [{ application, number }],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `what stands before the stages of ${application} release ${number}`,
  });
}
