// Work on sources and images: long, and on a task queue of its own.
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { createImageActivities } from '../../activities/images.ts';
import type { createInstallationActivities } from '../../activities/installation.ts';
import type { createRegistryActivities } from '../../activities/registry/registry-activities.ts';
import type { createRetentionActivities } from '../../activities/retention.ts';
import type { createTestActivities } from '../../activities/tests.ts';
import { IMAGE_TASK_QUEUE } from '../../domain/task-queues.ts';
import { HEARTBEAT, PATIENT, QUICK } from './patience.ts';

type InstallationActivities = ReturnType<typeof createInstallationActivities>;
type ImageActivities = ReturnType<typeof createImageActivities>;
type RegistryActivities = ReturnType<typeof createRegistryActivities>;
type RetentionActivities = ReturnType<typeof createRetentionActivities>;
type TestActivities = ReturnType<typeof createTestActivities>;

export const pipelines = proxyActivities<Pick<InstallationActivities, 'readPipeline'>>({
  taskQueue: IMAGE_TASK_QUEUE,
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT,
  retry: PATIENT,
  summary: 'read the pipeline file',
});

export function images(summary: string, timeoutMs: number): ImageActivities {
  return proxyActivities<ImageActivities>({
    taskQueue: IMAGE_TASK_QUEUE,
    // The builder enforces the component's own time-out; fetching the source and the push come on top.
    startToCloseTimeout: timeoutMs + 600_000,
    heartbeatTimeout: HEARTBEAT,
    retry: PATIENT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
  });
}

export function tests(summary: string, timeoutMs: number): TestActivities {
  return proxyActivities<TestActivities>({
    taskQueue: IMAGE_TASK_QUEUE,
    // The runner enforces the stage's own time-out; this one is for a runner that is stuck.
    startToCloseTimeout: timeoutMs + 120_000,
    heartbeatTimeout: HEARTBEAT,
    retry: PATIENT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
  });
}

/** Images on their way between registries: as long as they move, they may take long. */
export function promotions(summary: string): Pick<RegistryActivities, 'promoteImages'> {
  return proxyActivities<Pick<RegistryActivities, 'promoteImages'>>({
    taskQueue: IMAGE_TASK_QUEUE,
    startToCloseTimeout: '6h',
    heartbeatTimeout: HEARTBEAT,
    retry: PATIENT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
  });
}

/** Tags are for people: tried for a while, and then told as a warning. */
export function tagging(summary: string): Pick<RegistryActivities, 'tagImages'> {
  return proxyActivities<Pick<RegistryActivities, 'tagImages'>>({
    taskQueue: IMAGE_TASK_QUEUE,
    startToCloseTimeout: '5m',
    scheduleToCloseTimeout: '30m',
    heartbeatTimeout: HEARTBEAT,
    retry: QUICK,
    summary,
  });
}

/** Reading a whole repository takes its time; what was deleted before a failure stays deleted, and the next attempt goes on. */
export function libraries(summary: string): RetentionActivities {
  return proxyActivities<RetentionActivities>({
    taskQueue: IMAGE_TASK_QUEUE,
    startToCloseTimeout: '12h',
    heartbeatTimeout: HEARTBEAT,
    retry: PATIENT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
  });
}
