import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import type { Duty, housekeeping } from '../workflows/housekeeping.ts';

export const HOUSEKEEPING_SCHEDULE = 'housekeeping';

/** What an installation does by itself, and when; five fields of cron, in UTC. */
export interface HousekeepingPlan {
  readonly schedule: string;
  readonly duties: readonly Duty[];
}

/**
 * Makes Temporal's schedule what the installation says: there, changed or gone. Can be called at each start of each worker; a schedule that
 * an operator has paused stays paused.
 */
export async function ensureHousekeeping(client: Client, plan: HousekeepingPlan | undefined): Promise<void> {
  if (plan === undefined) return removeSchedule(client);
  try {
    await client.schedule.create<typeof housekeeping>({ scheduleId: HOUSEKEEPING_SCHEDULE, ...optionsOf(plan) });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = client.schedule.getHandle(HOUSEKEEPING_SCHEDULE);
    await handle.update<typeof housekeeping>(({ state }) => ({ ...optionsOf(plan), state }));
  }
}

async function removeSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.getHandle(HOUSEKEEPING_SCHEDULE).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

function optionsOf({ schedule, duties }: HousekeepingPlan) {
  return {
    spec: { cronExpressions: [schedule] },
    action: {
      type: 'startWorkflow',
      workflowType: 'housekeeping',
      // Temporal adds the time of each start.
      workflowId: 'housekeeping',
      taskQueue: MAIN_TASK_QUEUE,
      args: [{ duties }],
      workflowTaskTimeout: '2s',
      staticSummary: duties.map((duty) => duty.kind).join(', '),
    } as const,
    // A night that was missed is made up for the next night.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10 minutes' } as const,
  };
}
