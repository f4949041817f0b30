import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Mover } from '../domain/reach.ts';
import type { ReleaseRecord, ReleaseStatus } from '../domain/release.ts';
import { releaseWorkflowId } from '../domain/workflow-ids.ts';
import * as messages from '../workflows/messages.ts';
import type { ReleaseInput, release } from '../workflows/release.ts';
import { releaseStart } from './release-start.ts';

/** Who set a release off, as its workflow is told. */
export function startersIn({ initiator }: ReleaseRecord, movers: readonly Mover[]): Pick<ReleaseInput, 'starter' | 'further'> {
  // Workers of an earlier version know the first of them alone.
  const starter = movers.find(({ environments }) => environments !== undefined);
  const further = movers.filter((mover) => mover !== starter && (mover.person !== initiator || mover.environments !== undefined));
  return { ...(starter !== undefined && { starter }), ...(further.length > 0 && { further }) };
}

/** Tells a release's workflow that somebody set it off, too; nothing where it has ended. */
export async function tellStartedToo(client: Client, { application, number }: ReleaseRecord, mover: Mover): Promise<void> {
  try {
    await client.workflow.getHandle<typeof release>(releaseWorkflowId(application, number)).signal(messages.startedToo, mover);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** Starts a release's workflow, once however often it is asked to. Whether it began now. */
export async function startRelease(
  client: Client,
  record: ReleaseRecord,
  more: Pick<ReleaseInput, 'promote' | 'starter' | 'further'> = {},
): Promise<boolean> {
  try {
    await client.workflow.start<typeof release>('release', {
      ...releaseStart(record),
      args: [{ record, ...more }],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: more.promote === undefined ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
    });
    return true;
  } catch (error) {
    // Started before, and maybe ended since: a repeated start changes nothing.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError) || more.promote !== undefined) throw error;
    return false;
  }
}

/** Asks the running workflow; one that has ended is started again for this stage alone. A repeated request finds the run that it started. */
export async function promoteRelease(
  client: Client,
  record: ReleaseRecord,
  message: messages.PromoteMessage,
  updateId: string,
): Promise<ReleaseStatus> {
  const handle = client.workflow.getHandle<typeof release>(releaseWorkflowId(record.application, record.number));
  const ask = (): Promise<ReleaseStatus> => handle.executeUpdate(messages.promote, { args: [message], updateId });
  if (await isRunning(handle)) return ask();
  try {
    await startRelease(client, record, { promote: { ...message, requestId: updateId } });
  } catch (error) {
    // Somebody was quicker, maybe with this very request.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return ask();
    throw error;
  }
  return handle.query(messages.releaseStatus);
}

/** What Temporal no longer keeps has ended: its history goes after the namespace's retention, the ledger stays. */
async function isRunning(handle: WorkflowHandle): Promise<boolean> {
  try {
    return (await handle.describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
