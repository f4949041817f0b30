import { randomUUID } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { RetentionRow } from '../domain/retention-report.ts';
import type { RetentionOrder, RetentionStatus } from '../domain/retention-run.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { RETENTION_WORKFLOW_ID } from '../domain/workflow-ids.ts';
import * as messages from '../workflows/messages.ts';
import type { retention } from '../workflows/retention.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { answered } from './answered.ts';
import { NotFound, Refused } from './errors.ts';

/**
 * Where people ask for retention. Everything throws TemporalUnavailable and WorkerUnavailable; a run is named by what `start` returned,
 * and one that is not known is NotFound.
 */
export interface RetentionDesk {
  /** Starts a run, or finds the one that this request started. Throws Refused while another one that deletes is under way. */
  start(order: RetentionOrder, requestId: string): Promise<string>;
  status(run: string): Promise<RetentionStatus>;
  /** What becomes or became of each tag of a repository; empty until the run has gone through it. */
  rows(run: string, repository: string): Promise<readonly RetentionRow[]>;
  /** Asks a run to stop; what it deleted stays deleted. */
  stop(run: string): Promise<void>;
}

/** Runs that delete share one workflow id, so that there is one at a time; runs that look have an id each. */
export function createRetentionDesk(client: Client, address: string): RetentionDesk {
  const ask = <Answer>(what: string, act: () => Promise<Answer>): Promise<Answer> => answered(client, address, what, act);
  const named = (run: string): string => `retention run ${run}`;
  return {
    start: (order, requestId) => ask('retention', () => startRun(client, order, requestId)),
    status: (run) => ask(named(run), () => statusOf(handleOf(client, run))),
    rows: (run, repository) => ask(named(run), () => handleOf(client, run).query(messages.retentionRows, repository)),
    stop: (run) => ask(named(run), async () => void (await handleOf(client, run).cancel())),
  };
}

async function startRun(client: Client, order: RetentionOrder, requestId: string): Promise<string> {
  const id = order.apply ? RETENTION_WORKFLOW_ID : `${RETENTION_WORKFLOW_ID}/look/${randomUUID()}`;
  try {
    const handle = await client.workflow.start<typeof retention>('retention', {
      workflowId: id,
      taskQueue: MAIN_TASK_QUEUE,
      args: [order],
      workflowIdConflictPolicy: 'FAIL',
      workflowTaskTimeout: '2s',
      staticSummary: `${order.apply ? 'retention' : 'look before retention'} by ${order.actor}`,
      memo: { request: requestId },
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.state, value: 'running' }],
    });
    return order.apply ? `apply-${handle.firstExecutionRunId}` : `look-${id.slice(id.lastIndexOf('/') + 1)}`;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return underWay(client, requestId);
  }
}

async function underWay(client: Client, requestId: string): Promise<string> {
  const { memo, runId, startTime } = await client.workflow.getHandle(RETENTION_WORKFLOW_ID).describe();
  if (memo?.request === requestId) return `apply-${runId}`;
  throw new Refused(`Retention has been under way since ${startTime.toISOString()} (run apply-${runId}); wait for its end, or stop it`);
}

function handleOf(client: Client, run: string): WorkflowHandle<typeof retention> {
  const [, kind, id] = /^(apply|look)-([0-9a-f-]{36})$/.exec(run) ?? [];
  if (id === undefined) throw new NotFound(`There is no retention run ${JSON.stringify(run)}`);
  if (kind === 'look') return client.workflow.getHandle<typeof retention>(`${RETENTION_WORKFLOW_ID}/look/${id}`);
  return client.workflow.getHandle<typeof retention>(RETENTION_WORKFLOW_ID, id);
}

/** With the last word of the activity at work, which the workflow does not hear. */
async function statusOf(handle: WorkflowHandle<typeof retention>): Promise<RetentionStatus> {
  const status = await handle.query(messages.retentionStatus);
  if (status.state !== 'running') return status;
  const detail = await lastBeat(handle);
  if (detail === undefined) return status;
  return { ...status, repositories: status.repositories.map((one) => (one.kind === 'working' ? { ...one, detail } : one)) };
}

async function lastBeat(handle: WorkflowHandle<typeof retention>): Promise<string | undefined> {
  const { raw } = await handle.describe();
  const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
  const detail: unknown = payload && defaultPayloadConverter.fromPayload(payload);
  return typeof detail === 'string' && detail !== '' ? detail : undefined;
}
