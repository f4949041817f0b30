// Work on hosts: on the task queue of the site that they belong to.
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { createHostActivities } from '../../activities/hosts/host-activities.ts';
import { siteTaskQueue } from '../../domain/task-queues.ts';
import { HEARTBEAT, PATIENT, QUICK, UNTIL_DONE, UNTIL_RESTORED } from './patience.ts';

type HostActivities = ReturnType<typeof createHostActivities>;

/** What a deployment would do on the hosts of a site. */
export function plansOf(site: string, summary: string): Pick<HostActivities, 'planSite'> {
  return proxyActivities<Pick<HostActivities, 'planSite'>>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: '1m',
    // A site without a worker is told, not waited for in silence.
    scheduleToStartTimeout: '10m',
    heartbeatTimeout: HEARTBEAT,
    retry: QUICK,
    summary,
  });
}

/** What the routers of a site's hosts have counted; whoever does not answer soon is not known. */
export function countsOf(site: string): Pick<HostActivities, 'countRequests'> {
  return proxyActivities<Pick<HostActivities, 'countRequests'>>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: '1m',
    scheduleToStartTimeout: '30s',
    heartbeatTimeout: HEARTBEAT,
    retry: QUICK,
    summary: 'count requests',
  });
}

/** Forward steps on a host of a site: patient, and then the deployment goes back. */
export function hostsOf(site: string, summary: string): HostActivities {
  return proxyActivities<HostActivities>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: '30m',
    scheduleToStartTimeout: '30m',
    heartbeatTimeout: HEARTBEAT,
    retry: PATIENT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
  });
}

/** A job that runs to its end: its own time-out is the runner's to keep. */
export function jobsOf(site: string, summary: string, timeoutMs: number): Pick<HostActivities, 'runJob'> {
  return proxyActivities<Pick<HostActivities, 'runJob'>>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: timeoutMs + 1_800_000,
    scheduleToStartTimeout: '30m',
    heartbeatTimeout: HEARTBEAT,
    retry: PATIENT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
  });
}

/** The way back on a host of a site: retried until it is done. */
export function waysBackOf(site: string, summary: string): Pick<HostActivities, 'restoreHost'> {
  return proxyActivities<Pick<HostActivities, 'restoreHost'>>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: '10m',
    heartbeatTimeout: HEARTBEAT,
    retry: UNTIL_RESTORED,
    summary,
  });
}

/** What undoes a job: waited for as any way back is, until it has run; how it ended is told. */
export function undoingsOf(site: string, summary: string, timeoutMs: number): Pick<HostActivities, 'runJob'> {
  return proxyActivities<Pick<HostActivities, 'runJob'>>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: timeoutMs + 1_800_000,
    heartbeatTimeout: HEARTBEAT,
    retry: UNTIL_DONE,
    summary,
  });
}

/** The next run looks again, so that this one is soon over. */
export function revivalsOf(site: string, summary: string): Pick<HostActivities, 'reviveHosts'> {
  return proxyActivities<Pick<HostActivities, 'reviveHosts'>>({
    taskQueue: siteTaskQueue(site),
    startToCloseTimeout: '10m',
    scheduleToStartTimeout: '1m',
    heartbeatTimeout: HEARTBEAT,
    retry: QUICK,
    summary,
  });
}
