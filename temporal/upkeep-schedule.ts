import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy, type ScheduleSpec } from '@temporalio/client';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import type { upkeep } from '../workflows/upkeep.ts';

export const UPKEEP_SCHEDULE = 'upkeep';

const SPEC: ScheduleSpec = { intervals: [{ every: '1 minute' }] };

const OPTIONS = {
  spec: SPEC,
  action: {
    type: 'startWorkflow',
    workflowType: 'upkeep',
    // Temporal adds the time of each start.
    workflowId: 'upkeep',
    taskQueue: MAIN_TASK_QUEUE,
    args: [] as [],
    workflowTaskTimeout: '2s',
    staticSummary: 'see that what should run can run',
  },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
} as const;

/** Has upkeep run every minute, and once now. One that an operator has paused stays paused, and runs now all the same: somebody started a worker. */
export async function ensureUpkeep(client: Client): Promise<void> {
  try {
    await client.schedule.create<typeof upkeep>({ scheduleId: UPKEEP_SCHEDULE, ...OPTIONS });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  await client.schedule.getHandle(UPKEEP_SCHEDULE).trigger();
}
