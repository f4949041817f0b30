import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ActivityInterceptorsFactory, DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Installation } from '../config/installation.ts';
import { ALARM_TASK_QUEUE, HOME_SITE, HOME_TASK_QUEUES, MAIN_TASK_QUEUE, siteTaskQueue } from '../domain/task-queues.ts';
import { connectTemporal, type TemporalAddress } from '../temporal/connection.ts';
import { ensureHousekeeping, type HousekeepingPlan } from '../temporal/housekeeping-schedule.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import { ensureUpkeep } from '../temporal/upkeep-schedule.ts';
import { composeActivities } from './compose-activities.ts';
import type { ProcessSettings } from './connect-adapters.ts';
import { connectWords } from './connect-ledger.ts';
import { openWorkerLedger } from './open-worker-ledger.ts';

export interface RunningWorker {
  /** Resolves when the work in hand has ended or been handed back. */
  stop(): Promise<void>;
  /** Rejects when the worker dies by itself. */
  readonly failed: Promise<never>;
}

export interface WorkerStart {
  readonly installation: Installation;
  readonly temporal: TemporalAddress;
  readonly process: ProcessSettings;
  /** The sites whose hosts this worker acts on; all of the installation's by default. The workflows, the ledger and GitHub belong to the site `default`. */
  readonly sites?: readonly string[];
  /** A line of what the worker has to say. */
  readonly log: (line: string) => void;
  /** Stands around every activity, for whoever watches or disturbs a worker to see what comes of it. */
  readonly aroundActivities?: ActivityInterceptorsFactory;
}

/**
 * Recovery is tuned on purpose: a killed worker's workflows move on after half a second, and its activities after their heartbeat
 * time-out, so that all of it goes on within four seconds (DESIGN.md, numbers).
 */
const RECOVERY = { stickyQueueScheduleToStartTimeout: '500ms', maxHeartbeatThrottleInterval: '1s', shutdownGraceTime: '5s' } as const;

/** Each sleeps but for a question now and then. */
const ALARMS_AT_ONCE = 2_000;

/** Connects everything outside and works for the home site's task queues and for each site's hosts, whether the ledger is there or not. Throws TemporalUnavailable. */
export async function startWorker(start: WorkerStart): Promise<RunningWorker> {
  const { installation, temporal } = start;
  for (const { path, message } of installation.faults) start.log(`${path}: ${message}`);
  // The plain client goes first: a native connection that fails would tear the runtime down.
  const client = await connectTemporal(temporal);
  await ensureSearchAttributes(client);
  installRuntime(start.log);
  const connection = await NativeConnection.connect({ address: temporal.address });
  const sites = start.sites ?? installation.sites;
  const ledger = openWorkerLedger(installation, start.process, { sites, log: start.log });
  const words = connectWords(installation, start.process);
  const activities = await composeActivities(installation, { client, address: temporal.address }, { ledger, words }, start.process);
  const { aroundActivities } = start;
  const interceptors = aroundActivities === undefined ? {} : { interceptors: { activity: [aroundActivities] } };
  const common = { connection, namespace: temporal.namespace, activities, ...RECOVERY, ...interceptors };
  const queues = [...(sites.includes(HOME_SITE) ? HOME_TASK_QUEUES : []), ...sites.map(siteTaskQueue)];
  const workers = await Promise.all(
    queues.map((taskQueue) =>
      Worker.create({
        ...common,
        ...(taskQueue === MAIN_TASK_QUEUE && workflowSource()),
        ...(taskQueue === ALARM_TASK_QUEUE && { maxConcurrentActivityTaskExecutions: ALARMS_AT_ONCE }),
        taskQueue,
      }),
    ),
  );
  if (sites.includes(HOME_SITE)) await ensureHousekeeping(client, housekeepingOf(installation));
  await ensureUpkeep(client);
  const runs = Promise.all(workers.map((worker) => worker.run()));
  const close = async (): Promise<void> => {
    await connection.close();
    // The plain client's channel goes with the process: closed while a call is being retried, it throws where nobody can catch it.
    ledger.close();
    words.close();
  };
  return { stop: () => stopAll(workers, runs, close), failed: runs.then(() => new Promise<never>(() => undefined)) };
}

/** What the installation does by itself; undefined where it has no schedule. */
function housekeepingOf({ retention }: Installation): HousekeepingPlan | undefined {
  return retention.schedule === undefined ? undefined : { schedule: retention.schedule, duties: [{ kind: 'retention' }] };
}

async function stopAll(workers: readonly Worker[], runs: Promise<unknown>, close: () => Promise<void>): Promise<void> {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await runs;
  await close();
}

let runtimeInstalled = false;

/** Temporal allows one runtime a process. */
function installRuntime(log: (line: string) => void): void {
  if (runtimeInstalled) return;
  runtimeInstalled = true;
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => log(`${level} ${message} ${printMeta(meta ?? {})}`)),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
}

/** What happened to which workflow and activity; of an error its message, as JSON would drop it. */
function printMeta({ workflowId, activityType, attempt, error, ...others }: Record<string, unknown>): string {
  const known = { workflowId, activityType, attempt, error: error instanceof Error ? `${error.name}: ${error.message}` : error };
  return JSON.stringify({ ...known, ...('taskToken' in others ? {} : others) });
}

/** The bundle that the build made; from source, where there was no build, the workflows themselves. */
function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return {
    workflowsPath: fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? '../workflows/index.ts' : '../workflows/index.js', import.meta.url),
    ),
  };
}
