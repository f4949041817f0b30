import type { Client } from '@temporalio/client';
import type { GlassWish } from '../domain/break-glass.ts';
import type { BreakGlass } from '../domain/standing.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { breakGlassWorkflowId } from '../domain/workflow-ids.ts';
import type { breakGlass } from '../workflows/break-glass.ts';
import { glassBroken } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** Starts the workflow that writes it down and sees to its end, and answers when it is written. A repeated wish finds the first. */
export async function breakTheGlass(client: Client, wish: GlassWish): Promise<BreakGlass> {
  const handle = await client.workflow.start<typeof breakGlass>('breakGlass', {
    workflowId: breakGlassWorkflowId(wish.id),
    taskQueue: MAIN_TASK_QUEUE,
    args: [wish],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: '2s',
    staticSummary: `${wish.by} lets release ${wish.release} of ${wish.application} past gates into ${wish.environment}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.application, value: wish.application },
      { key: SEARCH_ATTRIBUTES.environment, value: wish.environment },
      { key: SEARCH_ATTRIBUTES.release, value: wish.release },
    ],
  });
  return handle.executeUpdate(glassBroken, { updateId: 'broken' });
}
