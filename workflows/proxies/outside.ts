// What others are told and asked over the network: on task queues of their own, so that an outside that is slow holds up nothing else.
import { proxyActivities } from '@temporalio/workflow';
import type { createAlarmActivities } from '../../activities/alarms.ts';
import type { createCheckActivities } from '../../activities/checks.ts';
import type { createGitHubActivities } from '../../activities/github.ts';
import type { createGuardActivities } from '../../activities/guards.ts';
import type { createNoticeActivities } from '../../activities/notices.ts';
import { ALARM_TASK_QUEUE, GITHUB_TASK_QUEUE } from '../../domain/task-queues.ts';
import { HEARTBEAT, nonRetryableErrorTypes, UNTIL_DONE } from './patience.ts';

type GitHubActivities = ReturnType<typeof createGitHubActivities>;

/** A receiver may be away for an hour; beyond that the ledger has to do. */
export const notices = proxyActivities<ReturnType<typeof createNoticeActivities>>({
  taskQueue: GITHUB_TASK_QUEUE,
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT,
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'tell people',
});

/** One round of questions: why a check does not take its question is soon to be told. */
export const checks = proxyActivities<ReturnType<typeof createCheckActivities>>({
  taskQueue: GITHUB_TASK_QUEUE,
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT,
  scheduleToCloseTimeout: '2m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3 },
  summary: 'ask an external check',
});

/** The same until the question's deadline; beyond it no answer counts. */
export function checksUntil(milliseconds: number): ReturnType<typeof createCheckActivities> {
  return proxyActivities<ReturnType<typeof createCheckActivities>>({
    taskQueue: GITHUB_TASK_QUEUE,
    startToCloseTimeout: '30s',
    heartbeatTimeout: HEARTBEAT,
    scheduleToCloseTimeout: milliseconds,
    retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '5m' },
    summary: 'ask an external check again',
  });
}

/** GitHub may be down for a day; statuses wait, releases do not. */
export const github = proxyActivities<GitHubActivities>({
  taskQueue: GITHUB_TASK_QUEUE,
  // Up to a dozen requests, each with its own deadline.
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT,
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
});

/** A few tries, so that what is wrong is soon to be seen; a guard looks again by itself. */
export const guards = proxyActivities<ReturnType<typeof createGuardActivities>>({
  taskQueue: GITHUB_TASK_QUEUE,
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 4, nonRetryableErrorTypes },
  summary: 'look after a run of GitHub Actions',
});

/** Until the bake time is over; beyond it nobody listens. */
export function alarms(summary: string, bakeMs: number): ReturnType<typeof createAlarmActivities> {
  return proxyActivities<ReturnType<typeof createAlarmActivities>>({
    taskQueue: ALARM_TASK_QUEUE,
    scheduleToCloseTimeout: bakeMs + 600_000,
    heartbeatTimeout: HEARTBEAT,
    retry: UNTIL_DONE,
    summary,
  });
}
