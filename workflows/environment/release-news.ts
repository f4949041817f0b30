import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { RequestNews } from '../../domain/deployment-request.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import { releaseOf, type Work } from '../../domain/environment-work.ts';
import type { ToldOff } from '../../domain/gate-stay.ts';
import type { Follower } from '../../domain/way-back-news.ts';
import { failureText } from '../failure-text.ts';
import { requestNews, wayBackEnded } from '../messages.ts';

type WithoutId<News> = News extends unknown ? Omit<News, 'requestId'> : never;

/** Tells the release that asked for this work how it stands. A person's rollback has no release to tell. */
export async function tellRelease(work: Work, news: WithoutId<RequestNews>): Promise<void> {
  if (work.kind !== 'promotion') return;
  const { releaseWorkflowId, requestId } = work.request;
  await tell(releaseWorkflowId, { ...news, requestId } as RequestNews);
}

/** Tells a workflow how the way back ended that it asked for. */
export async function tellFollower({ workflowId, news }: Follower): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(wayBackEnded, news);
  } catch (error) {
    log.warn('Who asked for a rollback could not be told of its end', { workflowId, reason: failureText(error) });
  }
}

/** Tells releases that newer ones took their place. */
export async function tellReplaced(replaced: readonly ToldOff[]): Promise<void> {
  await Promise.all(replaced.map(({ releaseWorkflowId, requestId, by }) => tell(releaseWorkflowId, { requestId, kind: 'superseded', by })));
}

async function tell(releaseWorkflowId: string, news: RequestNews): Promise<void> {
  try {
    await getExternalWorkflowHandle(releaseWorkflowId).signal(requestNews, news);
  } catch (error) {
    // It was ended from outside; the environment's own record stands.
    log.warn('The release could not be told', { releaseWorkflowId, reason: failureText(error) });
  }
}

/** Tells everything that waits where it stands and behind whom. */
export async function tellQueue(state: EnvironmentState): Promise<void> {
  const first = state.running === null ? undefined : releaseOf(state.running.work).number;
  const told = state.queue.map(async (work, index) => {
    const before = state.queue[index - 1];
    const behind = before === undefined ? (first ?? null) : releaseOf(before).number;
    const held = work.kind === 'promotion' ? work.held?.map(({ reason }) => reason).join('; ') : undefined;
    if (behind !== null || held !== undefined)
      await tellRelease(work, { kind: 'queued', position: index + 1, behind, ...(held !== undefined && { held }) });
  });
  await Promise.all(told);
}
