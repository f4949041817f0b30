import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { ReleaseState } from '../domain/release.ts';
import type { release } from '../workflows/release.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import type { ReleaseEngine, ReleaseSummary } from './engine.ts';

type Filter = Parameters<ReleaseEngine['listReleases']>[0];

/** Newest first, from visibility. The cursor is when the last one shown began, as exactly as Temporal knows it: many can begin within a millisecond. */
export async function listReleases(client: Client, filter: Filter): Promise<{ releases: ReleaseSummary[]; next?: string }> {
  const releases: ReleaseSummary[] = [];
  let last = '';
  for await (const info of client.workflow.list({ query: queryOf(filter), pageSize: filter.limit + 1 })) {
    if (releases.length === filter.limit) return { releases, next: last };
    last = beganAt(info);
    const summary = summaryOf(info);
    if (releases.some((other) => other.application === summary.application && other.number === summary.number)) continue;
    releases.push({ ...summary, ...(await faultOf(client, info, summary)) });
  }
  return { releases };
}

/** ISO 8601, to the nanosecond. */
function beganAt({ raw, startTime }: WorkflowExecutionInfo): string {
  const nanos = String(raw.startTime?.nanos ?? 0).padStart(9, '0');
  return startTime.toISOString().replace(/\.\d+Z$/, `.${nanos}Z`);
}

/** Why a release could not begin. Visibility does not keep it, and the result that its workflow left does: no worker is asked. */
async function faultOf(client: Client, info: WorkflowExecutionInfo, { state, stage }: ReleaseSummary): Promise<{ fault?: string }> {
  // Whatever began has moved a stage.
  if (info.status.name !== 'COMPLETED' || state !== 'failed' || stage !== '') return {};
  const { fault } = await client.workflow.getHandle<typeof release>(info.workflowId, info.runId).result();
  return fault === undefined ? {} : { fault };
}

function queryOf({ application, cursor }: Filter): string {
  // Of a release that waited long, the run that waits now.
  const terms = [`WorkflowType = 'release'`, `ExecutionStatus != 'ContinuedAsNew'`];
  // Names and times have been checked at the edge; a quote could not have come this far.
  if (application !== undefined) terms.push(`${SEARCH_ATTRIBUTES.application.name} = '${application.replaceAll("'", '')}'`);
  if (cursor !== undefined) terms.push(`StartTime < '${cursor.replaceAll("'", '')}'`);
  return terms.join(' AND ');
}

/** One that was ended from outside has no last word of its own. */
function stateOf(info: WorkflowExecutionInfo): ReleaseState {
  const state = (info.typedSearchAttributes.get(SEARCH_ATTRIBUTES.state) ?? 'running') as ReleaseState;
  const goesOn = state === 'running' || state === 'waiting';
  return goesOn && info.status.name !== 'RUNNING' ? 'failed' : state;
}

function summaryOf(info: WorkflowExecutionInfo): ReleaseSummary {
  const attributes = info.typedSearchAttributes;
  const commit = attributes.get(SEARCH_ATTRIBUTES.commit);
  return {
    application: attributes.get(SEARCH_ATTRIBUTES.application) ?? '',
    number: attributes.get(SEARCH_ATTRIBUTES.release) ?? 0,
    ...(commit !== undefined && { commit }),
    state: stateOf(info),
    stage: attributes.get(SEARCH_ATTRIBUTES.stage) ?? '',
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime !== undefined && { endedAt: info.closeTime.toISOString() }),
  };
}
