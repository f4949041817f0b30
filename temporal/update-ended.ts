import type { Client } from '@temporalio/client';

/** What stands in a workflow for longer is no longer waited for: no worker has come for it. */
const HELD_MS = 600_000;

/** Settles when an update has ended, however it did, or Temporal knows none of this id; and after ten minutes. Sends nothing anew. */
export function updateEnded(client: Client, workflowId: string, updateId: string): Promise<unknown> {
  const update = client.workflow.getHandle(workflowId).getUpdateHandle(updateId);
  return client.withDeadline(Date.now() + HELD_MS, () => update.result());
}
