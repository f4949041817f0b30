import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Guard, GuardedPlace, GuardStatus } from '../domain/guard/guard.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { guardWorkflowId } from '../domain/workflow-ids.ts';
import type { guard } from '../workflows/guard.ts';
import { guardStatus, jobWaits } from '../workflows/messages.ts';
import { guardAttributes } from '../workflows/search-attributes.ts';

/** Questions at a time: far below what a Temporal server takes. */
const AT_ONCE = 20;

/** How long one of them may wait for a worker. */
const ANSWER_MS = 10_000;

export function idOfGuard({ repository, run, environment }: Guard): string {
  return guardWorkflowId(repository.id, run, environment);
}

/** Tells the run's guard of a job, and starts it where there is none: Temporal does one of the two, so that no job is missed by one that ends just now. */
export async function holdBack(client: Client, guarded: Guard, job: number): Promise<void> {
  const { repository, run, environment, places } = guarded;
  await client.workflow.signalWithStart<typeof guard, [number, (readonly GuardedPlace[])?]>('guard', {
    workflowId: idOfGuard(guarded),
    taskQueue: MAIN_TASK_QUEUE,
    args: [guarded],
    signal: jobWaits,
    signalArgs: [job, places],
    workflowTaskTimeout: '2s',
    staticSummary: `run ${run} of ${repository.name} waits for ${environment}`,
    typedSearchAttributes: guardAttributes(places).flatMap(({ key, value }) => (value === null ? [] : [{ key, value }])),
  });
}

/** What is held back now, as each guard says itself, oldest first; of a run and an environment alone where these are given. One that ended just now is left out. */
export async function listGuards(client: Client, of?: Pick<Guard, 'run' | 'environment'>): Promise<readonly GuardStatus[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'guard' AND ExecutionStatus = 'Running'" }))
    if (of === undefined || workflowId.endsWith(`/${of.run}/${of.environment.toLowerCase()}`)) ids.push(workflowId);
  const known: GuardStatus[] = [];
  const waiting = ids.values();
  const lane = async (): Promise<void> => {
    for (const id of waiting) known.push(...(await statusOf(client, id)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return known.sort((one, other) => one.since.localeCompare(other.since));
}

/** Each has its own time: however many there are, nobody takes one that did not answer for none. */
async function statusOf(client: Client, id: string): Promise<readonly GuardStatus[]> {
  try {
    return [await client.withDeadline(Date.now() + ANSWER_MS, () => client.workflow.getHandle(id).query(guardStatus))];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
