import type { Client } from '@temporalio/client';
import type { Guard, GuardStatus } from '../domain/guard/guard.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { guardWorkflowId } from '../domain/workflow-ids.ts';
import type { guard } from '../workflows/guard.ts';
import { guardStatus, jobWaits } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** More are not shown: whoever has so many at once looks at GitHub. */
const SHOWN = 200;

export function idOfGuard({ repository, run, environment }: Guard): string {
  return guardWorkflowId(repository.id, run, environment);
}

/** Tells the run's guard of a job, and starts it where there is none: Temporal does one of the two, so that no job is missed by one that ends just now. */
export async function holdBack(client: Client, guarded: Guard, job: number): Promise<void> {
  const { repository, run, environment, places } = guarded;
  const [place] = places;
  await client.workflow.signalWithStart<typeof guard, [number]>('guard', {
    workflowId: idOfGuard(guarded),
    taskQueue: MAIN_TASK_QUEUE,
    args: [guarded],
    signal: jobWaits,
    signalArgs: [job],
    workflowTaskTimeout: '2s',
    staticSummary: `run ${run} of ${repository.name} waits for ${environment}`,
    typedSearchAttributes:
      place === undefined
        ? []
        : [
            { key: SEARCH_ATTRIBUTES.application, value: place.application },
            { key: SEARCH_ATTRIBUTES.environment, value: place.environment },
          ],
  });
}

/** What is held back now, as each guard says itself, oldest first. One that ended just now is left out. */
export async function listGuards(client: Client): Promise<readonly GuardStatus[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'guard' AND ExecutionStatus = 'Running'" })) {
    ids.push(workflowId);
    if (ids.length === SHOWN) break;
  }
  const asked = await Promise.allSettled(ids.map((id) => client.workflow.getHandle(id).query(guardStatus)));
  const known = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  return known.sort((one, other) => one.since.localeCompare(other.since));
}
