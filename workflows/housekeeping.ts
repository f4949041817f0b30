import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, executeChild, isCancellation, log, ParentClosePolicy } from '@temporalio/workflow';
import type { RetentionStatus } from '../domain/retention-run.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { RETENTION_WORKFLOW_ID } from '../domain/workflow-ids.ts';
import { failureText } from './failure-text.ts';
import { retention } from './retention.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

/** One thing that an installation does by itself, by its schedule. */
export interface Duty {
  readonly kind: 'retention';
}

export interface HousekeepingInput {
  readonly duties: readonly Duty[];
}

/** How a duty went. `skipped`: somebody is at it already. */
export interface DutyReport {
  readonly duty: Duty['kind'];
  readonly outcome: 'done' | 'skipped' | 'failed';
  readonly detail: string;
}

/**
 * What an installation does by itself, one duty after the other; Temporal's schedule starts it. A duty that fails keeps no other from
 * being done, and then the run fails, for operators to see.
 */
export async function housekeeping({ duties }: HousekeepingInput): Promise<readonly DutyReport[]> {
  const reports: DutyReport[] = [];
  for (const duty of duties) {
    const report = await DUTIES[duty.kind]();
    log.info('A duty was done', { ...report });
    reports.push(report);
  }
  const failed = reports.filter((report) => report.outcome === 'failed');
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(failed.map((one) => `${one.duty}: ${one.detail}`).join('; '));
  return reports;
}

const DUTIES: Readonly<Record<Duty['kind'], () => Promise<DutyReport>>> = { retention: tidyRegistries };

async function tidyRegistries(): Promise<DutyReport> {
  const duty = 'retention';
  try {
    const status = await executeChild(retention, {
      workflowId: RETENTION_WORKFLOW_ID,
      taskQueue: MAIN_TASK_QUEUE,
      args: [{ apply: true, actor: 'tidegate' }],
      // Stopped together: whoever stops the housekeeping wants nothing more to be deleted.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowTaskTimeout: '2s',
      staticSummary: 'retention by the schedule',
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.state, value: 'running' }],
    });
    return { duty, outcome: status.state === 'done' ? 'done' : 'failed', detail: wordsFor(status) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      return { duty, outcome: 'skipped', detail: 'a run that somebody started is under way' };
    return { duty, outcome: 'failed', detail: failureText(error) };
  }
}

function wordsFor({ fault, repositories, state }: RetentionStatus): string {
  if (fault !== undefined) return fault;
  const failures = repositories.flatMap((one) => (one.kind === 'failed' ? [`${one.repository}: ${one.reason}`] : []));
  const deleted = repositories.reduce((sum, one) => sum + (one.kind === 'done' ? one.counts.deleted : 0), 0);
  const where = repositories.length === 1 ? '1 repository' : `${repositories.length} repositories`;
  return [`${state}: ${deleted} deleted in ${where}`, ...failures].join('; ');
}
