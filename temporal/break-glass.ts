import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type WorkflowStartOptions } from '@temporalio/client';
import type { GlassWish } from '../domain/break-glass.ts';
import type { BreakGlass } from '../domain/standing.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { breakGlassWorkflowId } from '../domain/workflow-ids.ts';
import type { breakGlass } from '../workflows/break-glass.ts';
import { glassBroken } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { Refused } from './errors.ts';

/** Starts the workflow that writes it down and sees to its end, and answers when it is written. A repeated wish finds the first, also when that is over. */
export async function breakTheGlass(client: Client, wish: GlassWish): Promise<BreakGlass> {
  try {
    const handle = await client.workflow.start<typeof breakGlass>('breakGlass', startOf(wish));
    return await handle.executeUpdate(glassBroken, { updateId: 'broken' });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return endedGlass(client, wish.id);
  }
}

function startOf(wish: GlassWish): WorkflowStartOptions<typeof breakGlass> {
  return {
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
  };
}

/** The whole matter was over before somebody asked again: an answer that was lost. */
async function endedGlass(client: Client, id: string): Promise<BreakGlass> {
  try {
    return (await client.workflow.getHandle<typeof breakGlass>(breakGlassWorkflowId(id)).result()).glass;
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw new Refused(error.cause?.message ?? error.message, { cause: error });
    throw error;
  }
}
