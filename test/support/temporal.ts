import type { ConnectionOptions } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { HOME_TASK_QUEUES, MAIN_TASK_QUEUE, siteTaskQueue } from '../../domain/task-queues.ts';
import { PACE } from '../../temporal/dev-server-pace.ts';
import { endingCalls } from '../../temporal/ending-calls.ts';
import { addSearchAttributes, searchAttributeTypes } from '../../temporal/search-attributes.ts';
import { bundleWith, workflowBundle } from './workflow-bundle.ts';

const logger = new DefaultLogger('ERROR');
let installed = false;

export interface TemporalSettings {
  /** More arguments for the dev server. */
  readonly serverArguments?: readonly string[];
  /** Files of workflow interceptors. */
  readonly interceptors?: readonly string[];
}

/** A test's last questions end with its server, and meet no other test as an exception of their own. */
const plugins = [{ name: 'ending calls', configureConnection: (options: ConnectionOptions) => ({ ...options, ...endingCalls }) }];

/** A real server: the dev server, or the one that skips time while everything waits. `npm test` says where they are. */
export async function startTemporal(kind: 'dev' | 'time-skipping', settings: TemporalSettings = {}): Promise<TestWorkflowEnvironment> {
  if (!installed) Runtime.install({ logger });
  installed = true;
  const path = process.env[kind === 'dev' ? 'TIDEGATE_TEMPORAL_CLI' : 'TIDEGATE_TIME_SKIPPING_SERVER'];
  const executable = path === undefined ? {} : { executable: { type: 'existing-path', path } as const };
  if (kind === 'time-skipping') {
    const env = await patiently(() => TestWorkflowEnvironment.createTimeSkipping({ server: executable, plugins }));
    // The time-skipping server can add search attributes, and cannot list them.
    await addSearchAttributes(env.client, searchAttributeTypes());
    return env;
  }
  const attributes = Object.entries(searchAttributeTypes()).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]);
  const extraArgs = [...attributes, ...PACE, ...(settings.serverArguments ?? [])];
  const server = { ...executable, extraArgs, log: { format: 'json', level: 'error' } } as const;
  return patiently(() => TestWorkflowEnvironment.createLocal({ server, plugins }));
}

/** The SDK gives a server five seconds to come up, which it can miss on a busy machine. */
async function patiently(create: () => Promise<TestWorkflowEnvironment>): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}

interface RunningWorkers {
  /** Resolves when all have ended. */
  stop(): Promise<void>;
}

/** Workers for the home site's queues and its hosts, with the same activities. */
export async function startWorkers(
  env: TestWorkflowEnvironment,
  activities: object,
  options: Partial<WorkerOptions> = {},
  { interceptors }: TemporalSettings = {},
): Promise<RunningWorkers> {
  const common = { connection: env.nativeConnection, activities, stickyQueueScheduleToStartTimeout: '500ms', ...options };
  const bundle = await (interceptors === undefined ? workflowBundle() : bundleWith(interceptors));
  const create = (taskQueue: string) =>
    Worker.create({ ...common, ...(taskQueue === MAIN_TASK_QUEUE && { workflowBundle: bundle }), taskQueue });
  return running(await Promise.all([...HOME_TASK_QUEUES, siteTaskQueue('default')].map(create)));
}

/** A worker for the hosts of one site alone. */
export async function startSiteWorker(env: TestWorkflowEnvironment, site: string, activities: object): Promise<RunningWorkers> {
  return running([await Worker.create({ connection: env.nativeConnection, activities, taskQueue: siteTaskQueue(site) })]);
}

function running(workers: readonly Worker[]): RunningWorkers {
  const runs = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) worker.shutdown();
      await runs;
    },
  };
}

/** What a busy machine, or a worker that was just replaced, makes of a question: ask again, says the message. */
const PASSING: readonly string[] = ['TemporalUnavailable', 'WorkerUnavailable', 'WorkflowStuck'];

/**
 * Waits until a condition holds; fails with what was seen last. A question that nobody could answer is asked again. What asks is at rest for
 * half of the time: a question can be a process of its own, and what is waited for needs the processor too.
 */
export async function until<Seen>(look: () => Promise<Seen>, holds: (seen: Seen) => boolean, deadlineMs = 60_000): Promise<Seen> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const asked = performance.now();
    const seen = await look().catch(unanswered);
    if (seen instanceof Unanswered) {
      if (Date.now() > end) throw seen.error;
    } else {
      if (holds(seen)) return seen;
      if (Date.now() > end) throw new Error(`Not seen within ${deadlineMs} ms; last seen: ${JSON.stringify(seen).slice(-3_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(25, performance.now() - asked)));
  }
}

/** What is asked of an object, sent again just as it is while nobody can answer: requests have keys, and are taken once. */
export function patient<Asked extends object>(asked: Asked): Asked {
  const get = (target: Asked, name: string | symbol): unknown => {
    const answer: unknown = Reflect.get(target, name);
    if (typeof answer !== 'function') return answer;
    return (...words: unknown[]) =>
      until(
        async () => ({ answer: (await answer.apply(target, words)) as unknown }),
        () => true,
      ).then((seen) => seen.answer);
  };
  return new Proxy(asked, { get });
}

class Unanswered {
  constructor(readonly error: Error) {}
}

function unanswered(error: unknown): Unanswered {
  if (error instanceof Error && PASSING.includes(error.name)) return new Unanswered(error);
  throw error;
}
