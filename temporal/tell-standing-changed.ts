import type { Client } from '@temporalio/client';
import type { Scope } from '../domain/standing.ts';
import { standingChanged } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** Signals at a time: far below what a Temporal server takes, and hundreds are told within a second. */
const AT_ONCE = 20;

/** Whoever decided something waits for it no longer than this. */
const PATIENCE_MS = 5_000;

/** Signals every running release, environment and guard that a decision concerns. One that has just ended needs to know nothing. */
export async function tellStandingChanged(client: Client, scope: Scope): Promise<void> {
  await client.withDeadline(Date.now() + PATIENCE_MS, async () => {
    const concerned: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: queryOf(scope) })) concerned.push(workflowId);
    const tellNext = async (): Promise<void> => {
      for (let workflowId = concerned.pop(); workflowId !== undefined; workflowId = concerned.pop())
        await client.workflow.getHandle(workflowId).signal(standingChanged).catch(leaveIt);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, tellNext));
  });
}

/** Releases are told whatever their environments: their stages go to several. */
function queryOf({ application, environment }: Scope): string {
  const place = environment === undefined ? '' : ` AND ${SEARCH_ATTRIBUTES.environment.name} = '${environment.replaceAll("'", '')}'`;
  const types = `(WorkflowType = 'release' OR WorkflowType = 'guard' OR (WorkflowType = 'environment'${place}))`;
  const { name } = SEARCH_ATTRIBUTES.application;
  // Names have been checked at the edge; a quote could not have come this far.
  const of =
    application === undefined
      ? ''
      : ` AND (${name} = '${application.replaceAll("'", '')}' OR (WorkflowType = 'guard' AND ${name} IS NULL))`;
  return `ExecutionStatus = 'Running' AND ${types}${of}`;
}

function leaveIt(): void {
  // It looks again by itself.
}
