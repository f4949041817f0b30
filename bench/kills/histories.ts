import type { Client } from '@temporalio/client';

/** EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: https://github.com/temporalio/api/blob/master/temporal/api/enums/v1/event_type.proto */
const ACTIVITY_SCHEDULED = 10;

/** How many activities Temporal's own histories of these workflows hold. */
export async function activitiesIn(client: Client, workflowIds: readonly string[]): Promise<number> {
  let count = 0;
  for (const workflowId of workflowIds) {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    count += (events ?? []).filter(({ eventType }) => eventType === ACTIVITY_SCHEDULED).length;
  }
  return count;
}
