import type { ReleaseRecord } from '../domain/release.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { releaseWorkflowId } from '../domain/workflow-ids.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** What every run of a release's workflow is started with, whoever starts it. */
export function releaseStart(record: ReleaseRecord) {
  const { application, number, commit } = record;
  return {
    workflowId: releaseWorkflowId(application, number),
    taskQueue: MAIN_TASK_QUEUE,
    workflowTaskTimeout: '2s' as const,
    staticSummary: `${application} release ${number}${commit === undefined ? '' : ` from ${commit.slice(0, 12)}`}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.application, value: application },
      { key: SEARCH_ATTRIBUTES.release, value: number },
      { key: SEARCH_ATTRIBUTES.state, value: 'running' },
      ...(commit === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.commit, value: commit }]),
    ],
  };
}
