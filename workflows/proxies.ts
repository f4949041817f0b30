import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { createAlarmActivities } from '../activities/alarms.ts';
import type { createCheckActivities } from '../activities/checks.ts';
import type { createEnvironmentActivities } from '../activities/environments.ts';
import type { createGateActivities } from '../activities/gates.ts';
import type { createGitHubActivities } from '../activities/github.ts';
import type { createGuardActivities } from '../activities/guards.ts';
import type { createHostActivities } from '../activities/hosts/host-activities.ts';
import type { createImageActivities } from '../activities/images.ts';
import type { createInstallationActivities } from '../activities/installation.ts';
import type { createLedgerActivities } from '../activities/ledger.ts';
import type { createNoticeActivities } from '../activities/notices.ts';
import type { createRegistryActivities } from '../activities/registry/registry-activities.ts';
import type { createRetentionActivities } from '../activities/retention.ts';
import type { createStandingActivities } from '../activities/standing.ts';
import type { createTestActivities } from '../activities/tests.ts';
import type { createUpkeepActivities } from '../activities/upkeep.ts';
import { ALARM_TASK_QUEUE, GITHUB_TASK_QUEUE, IMAGE_TASK_QUEUE, siteTaskQueue } from '../domain/task-queues.ts';
import { TERMINAL_FAILURES, TERMINAL_FOR_THE_WAY_BACK } from '../domain/terminal-failures.ts';

/** A killed worker is noticed after this long without a heartbeat; DESIGN.md allows 4 s until its work goes on. */
const HEARTBEAT = '3s';
const nonRetryableErrorTypes = [...TERMINAL_FAILURES];
/** Outlasts the restart of an engine or a registry, and then lets the failure be known. */
const PATIENT = {
  initialInterval: '500ms',
  backoffCoefficient: 2,
  maximumInterval: '15s',
  maximumAttempts: 8,
  nonRetryableErrorTypes,
} as const;
/** For questions that somebody waits to be answered. */
const QUICK = { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 4, nonRetryableErrorTypes } as const;
/** Until it is done: what must happen sooner or later, whatever is down now. */
const UNTIL_DONE = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s', nonRetryableErrorTypes } as const;
const UNTIL_RESTORED = { ...UNTIL_DONE, nonRetryableErrorTypes: [...TERMINAL_FOR_THE_WAY_BACK] };

type InstallationActivities = ReturnType<typeof createInstallationActivities>;
type LedgerActivities = ReturnType<typeof createLedgerActivities>;
type GitHubActivities = ReturnType<typeof createGitHubActivities>;
type EnvironmentActivities = ReturnType<typeof createEnvironmentActivities>;
type HostActivities = ReturnType<typeof createHostActivities>;
type ImageActivities = ReturnType<typeof createImageActivities>;
type RegistryActivities = ReturnType<typeof createRegistryActivities>;
type RetentionActivities = ReturnType<typeof createRetentionActivities>;
type TestActivities = ReturnType<typeof createTestActivities>;

/** Reads of the installation's own files: quick. No local activities here or below: decision 12 says why. */
export const installation = proxyActivities<Pick<InstallationActivities, 'readEnvironment' | 'sealPlan'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: PATIENT,
  summary: "read the environment's rules",
});

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

/** Asked before a promotion begins; waited for, as the ledger is. */
export const standing = proxyActivities<ReturnType<typeof createStandingActivities>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'read what people decided beforehand',
});

/** The ledger is waited for: nothing that changes an environment goes on without it. */
export const ledger = proxyActivities<Omit<LedgerActivities, 'sealLedger'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'write to the ledger',
});

/** Signing is waited for by who goes forward, and by nobody else. */
export const checkpoints = proxyActivities<Pick<LedgerActivities, 'sealLedger'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'sign a checkpoint of the ledger',
});

/** What gates are judged by; a source that does not answer closes its gate, and holds up none of the others. */
export const gates = proxyActivities<Pick<ReturnType<typeof createGateActivities>, 'readGateFacts'>>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'read what the gates are judged by',
});

/** Asked when a promotion's turn has come, and before a way back to what came by other trust policies: somebody waits for it, and it waits for no ledger. */
export const trust = proxyActivities<Pick<ReturnType<typeof createGateActivities>, 'readTrust'>>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT,
  retry: QUICK,
  summary: 'read what is attached to images',
});

export const pipelines = proxyActivities<Pick<InstallationActivities, 'readPipeline'>>({
  taskQueue: IMAGE_TASK_QUEUE,
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT,
  retry: PATIENT,
  summary: 'read the pipeline file',
});

export const desk = proxyActivities<EnvironmentActivities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'ask the environment',
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

/** What every environment runs. */
export const upkeepOf = proxyActivities<ReturnType<typeof createUpkeepActivities>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT,
  retry: QUICK,
  summary: 'see what should run',
});

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
