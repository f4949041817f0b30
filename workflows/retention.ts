import { isCancellation, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RetentionReport, RetentionRow } from '../domain/retention-report.ts';
import {
  objectionToRepository,
  type RepositoryProgress,
  type RetentionOrder,
  type RetentionStatus,
  stateAfter,
} from '../domain/retention-run.ts';
import { failureText } from './failure-text.ts';
import { retentionRows, retentionStatus } from './messages.ts';
import { libraries } from './proxies/images.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

/** Characters of JSON in all reports together: Temporal keeps 50 MB of a workflow, and takes 2 MB in one message. */
const DETAIL_OF_A_RUN = 8_000_000;
const DETAIL_OF_A_REPOSITORY = 1_000_000;

/** Goes through repositories one after the other: looks, or deletes what the rules do not keep. One that fails keeps no other waiting. */
export async function retention(order: RetentionOrder): Promise<RetentionStatus> {
  const { apply, actor } = order;
  let status: RetentionStatus = { apply, actor, state: 'running', repositories: [] };
  const rows: Record<string, readonly RetentionRow[]> = {};
  setHandler(retentionStatus, () => status);
  setHandler(retentionRows, (repository) => rows[repository] ?? []);

  try {
    const repositories = order.repositories ?? (await libraries('find the repositories').listRetentionRepositories());
    status = { ...status, repositories: repositories.map((repository) => ({ kind: 'waiting', repository })) };
    for (const repository of repositories) show(await goThrough(repository, repositories.length));
    return ended(stateAfter(status.repositories));
  } catch (error) {
    if (isCancellation(error)) return stopped();
    status = { ...status, fault: failureText(error) };
    return ended('failed');
  }

  async function goThrough(repository: string, count: number): Promise<RepositoryProgress> {
    const objection = objectionToRepository(order, repository);
    if (objection !== undefined) return { kind: 'failed', repository, reason: objection };
    show({ kind: 'working', repository, detail: apply ? 'looking at what to delete' : 'looking' });
    try {
      const report = await reportOn(repository, Math.min(DETAIL_OF_A_REPOSITORY, Math.floor(DETAIL_OF_A_RUN / count)));
      rows[repository] = report.rows;
      const { planHash, counts, leftOut } = report;
      return { kind: 'done', repository, planHash, counts, leftOut };
    } catch (error) {
      if (isCancellation(error)) throw error;
      return { kind: 'failed', repository, reason: failureText(error) };
    }
  }

  function reportOn(repository: string, detail: number): Promise<RetentionReport> {
    if (!apply) return libraries(`look at ${repository}`).planRetention({ repository, detail });
    const planHash = order.planHashes?.[repository];
    const run = { id: workflowInfo().runId, actor };
    return libraries(`tidy ${repository}`).applyRetention({ repository, run, detail, ...(planHash !== undefined && { planHash }) });
  }

  function show(progress: RepositoryProgress): void {
    const repositories = status.repositories.map((one) => (one.repository === progress.repository ? progress : one));
    status = { ...status, repositories };
  }

  function stopped(): RetentionStatus {
    for (const { kind, repository } of status.repositories)
      if (kind === 'waiting' || kind === 'working') show({ kind: 'stopped', repository });
    return ended('cancelled');
  }

  function ended(state: RetentionStatus['state']): RetentionStatus {
    status = { ...status, state };
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }]);
    return status;
  }
}
