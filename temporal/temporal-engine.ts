import { randomUUID } from 'node:crypto';
import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { EnvironmentStatus } from '../domain/environment.ts';
import { emptyEnvironment } from '../domain/environment-state.ts';
import { environmentStatusOf } from '../domain/environment-view.ts';
import type { HostPreview, PlanPreview } from '../domain/plan-preview.ts';
import type { ReleaseRecord, ReleaseStatus } from '../domain/release.ts';
import { type RollbackCase, type RollbackPreview, rollbackCase } from '../domain/rollback-preview.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import {
  breakGlassWorkflowId,
  environmentWorkflowId,
  hostPlanWorkflowId,
  planWorkflowId,
  releaseWorkflowId,
  rollbackPlanWorkflowId,
} from '../domain/workflow-ids.ts';
import * as messages from '../workflows/messages.ts';
import type { planHost } from '../workflows/plan-host.ts';
import type { planRollback } from '../workflows/plan-rollback.ts';
import type { PlanStageInput, planStage } from '../workflows/plan-stage.ts';
import type { ReleaseInput, release } from '../workflows/release.ts';
import { breakTheGlass } from './break-glass.ts';
import type { ReleaseEngine } from './engine.ts';
import { NotFound, Refused, TemporalUnavailable, WorkerUnavailable, WorkflowStuck } from './errors.ts';
import { listReleases } from './list-releases.ts';
import { withProgress } from './progress.ts';
import { releaseStart } from './release-start.ts';
import { tellStandingChanged } from './tell-standing-changed.ts';

/** How long a person's request may wait for a worker to take it. */
const ANSWER_MS = 10_000;

/** Longer than the plan's own patience, so that it can say what did not answer. */
const PLAN_MS = 40_000;

/** A Temporal that has not answered the simplest question by then is down: people are told within five seconds. */
const REACH_MS = 3_000;

/** gRPC status codes: https://grpc.io/docs/guides/status-codes/ */
const UNAVAILABLE = 14;
/** CANCELLED and DEADLINE_EXCEEDED: Temporal took the question, and nobody answered it in time. */
const UNANSWERED: readonly number[] = [1, 4];
/** Of a question: the workflow's last task failed, and it cannot say how it stands. */
const FAILED_PRECONDITION = 9;

/** The engine as Temporal workflows: each method is one start, query or update, and says in words what went wrong. */
export function createTemporalEngine(client: Client, address: string): ReleaseEngine {
  const ask = <Answer>(what: string, act: () => Promise<Answer>): Promise<Answer> => answered(client, address, what, act);
  const releaseOf = (application: string, number: number) =>
    client.workflow.getHandle<typeof release>(releaseWorkflowId(application, number));
  const named = (application: string, number: number): string => `release ${number} of ${application}`;

  return {
    start: (record) => ask(named(record.application, record.number), () => startRelease(client, record)),

    async releaseStatus(application, number) {
      const status = await ask(named(application, number), () => releaseOf(application, number).query(messages.releaseStatus));
      return withProgress(client, status);
    },

    listReleases: (filter) => ask('releases', () => listReleases(client, filter)),

    vote: (application, number, message, updateId) =>
      ask(named(application, number), () => releaseOf(application, number).executeUpdate(messages.vote, { args: [message], updateId })),

    promote: (record, message, updateId) =>
      ask(named(record.application, record.number), () => promoteRelease(client, record, message, updateId)),

    cancel: (application, number, message, updateId) =>
      ask(named(application, number), () =>
        releaseOf(application, number).executeUpdate(messages.cancelRelease, { args: [message], updateId }),
      ),

    plan: (application, number, stage) =>
      answered(
        client,
        address,
        `the plan of ${named(application, number)}`,
        () => planRelease(client, { application, number, stage }),
        PLAN_MS,
      ),

    planRollback: (application, environment, to) =>
      answered(
        client,
        address,
        `the way back of ${application} in ${environment}`,
        () => planWayBack(client, application, environment, to),
        PLAN_MS,
      ),

    decideHost: (deployment, decision, updateId) =>
      ask('such deployment', () =>
        client.workflow.getHandle(deployment).executeUpdate(messages.decideHost, { args: [decision], updateId }),
      ),

    environmentStatus: (application, environment) =>
      ask(`${application} in ${environment}`, () => environmentOf(client, application, environment)),

    planHost: (application, environment, host) =>
      answered(client, address, `the plan of ${host}`, () => planOneHost(client, application, environment, host), PLAN_MS),

    bringHost: (application, environment, request, updateId) =>
      ask(`${application} in ${environment}`, () =>
        client.workflow
          .getHandle(environmentWorkflowId(application, environment))
          .executeUpdate(messages.bringHost, { args: [request], updateId }),
      ),

    rollback: (application, environment, request, updateId) =>
      ask(`${application} in ${environment}`, () =>
        client.workflow
          .getHandle(environmentWorkflowId(application, environment))
          .executeUpdate(messages.rollback, { args: [request], updateId }),
      ),

    raiseAlarm: (application, environment, message, updateId) =>
      ask(`${application} in ${environment}`, () =>
        client.workflow
          .getHandle(environmentWorkflowId(application, environment))
          .executeUpdate(messages.raiseAlarm, { args: [message], updateId }),
      ),

    breakGlass: (wish) => ask(`break-glass ${wish.id}`, () => breakTheGlass(client, wish)),

    ratifyGlass: (id, message, updateId) =>
      ask(`break-glass ${id}`, () =>
        client.workflow.getHandle(breakGlassWorkflowId(id)).executeUpdate(messages.ratifyGlass, { args: [message], updateId }),
      ),

    tellStandingChanged: (scope) => tellStandingChanged(client, scope),

    ping: () => ask('Temporal', async () => void (await client.connection.workflowService.getSystemInfo({}))),
  };
}

async function startRelease(client: Client, record: ReleaseRecord, more: Pick<ReleaseInput, 'promote'> = {}): Promise<void> {
  try {
    await client.workflow.start<typeof release>('release', {
      ...releaseStart(record),
      args: [{ record, ...more }],
      workflowIdConflictPolicy: more.promote === undefined ? 'USE_EXISTING' : 'FAIL',
      workflowIdReusePolicy: more.promote === undefined ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
    });
  } catch (error) {
    // Started before and ended since: a repeated start changes nothing.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError) || more.promote !== undefined) throw error;
  }
}

/** Asks the running workflow; one that has ended is started again for this stage alone. A repeated request finds the run that it started. */
async function promoteRelease(
  client: Client,
  record: ReleaseRecord,
  message: messages.PromoteMessage,
  updateId: string,
): Promise<ReleaseStatus> {
  const handle = client.workflow.getHandle<typeof release>(releaseWorkflowId(record.application, record.number));
  const ask = (): Promise<ReleaseStatus> => handle.executeUpdate(messages.promote, { args: [message], updateId });
  if (await isRunning(handle)) return ask();
  try {
    await startRelease(client, record, { promote: { ...message, requestId: updateId } });
  } catch (error) {
    // Somebody was quicker, maybe with this very request.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return ask();
    throw error;
  }
  return handle.query(messages.releaseStatus);
}

/** What Temporal no longer keeps has ended: its history goes after the namespace's retention, the ledger stays. */
async function isRunning(handle: WorkflowHandle): Promise<boolean> {
  try {
    return (await handle.describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function environmentOf(client: Client, application: string, environment: string): Promise<EnvironmentStatus> {
  try {
    const status = await client.workflow.getHandle(environmentWorkflowId(application, environment)).query(messages.environmentStatus);
    return await withProgress(client, status);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return environmentStatusOf(emptyEnvironment(application, environment));
    throw error;
  }
}

async function planWayBack(client: Client, application: string, environment: string, to: number | undefined): Promise<RollbackPreview> {
  const wayBack = await rollbackQuestionOf(client, application, environment, to);
  if (wayBack.kind === 'refused') return wayBack;
  return client.workflow.execute<typeof planRollback>('planRollback', {
    workflowId: rollbackPlanWorkflowId(application, environment, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [{ application, environment, wayBack }],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `plan of ${application} in ${environment} back to release ${wayBack.target.number}`,
  });
}

async function rollbackQuestionOf(client: Client, application: string, environment: string, to: number | undefined): Promise<RollbackCase> {
  try {
    const handle = client.workflow.getHandle(environmentWorkflowId(application, environment));
    return await handle.query<RollbackCase, [number | undefined]>(messages.rollbackQuestion, to);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return rollbackCase(emptyEnvironment(application, environment), to);
    throw error;
  }
}

function planRelease(client: Client, input: PlanStageInput): Promise<PlanPreview> {
  const { application, number, stage } = input;
  return client.workflow.execute<typeof planStage>('planStage', {
    workflowId: planWorkflowId(application, number, stage, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [input],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `plan of ${application} release ${number} for ${stage}`,
  });
}

async function planOneHost(client: Client, application: string, environment: string, host: string): Promise<HostPreview> {
  const { current } = await environmentOf(client, application, environment);
  if (current === null) return { kind: 'nothing-runs' };
  return client.workflow.execute<typeof planHost>('planHost', {
    workflowId: hostPlanWorkflowId(application, environment, host, randomUUID()),
    taskQueue: MAIN_TASK_QUEUE,
    args: [{ application, environment, host, release: current.release }],
    workflowExecutionTimeout: PLAN_MS,
    workflowTaskTimeout: '2s',
    staticSummary: `plan of ${application} release ${current.release.number} for ${host} in ${environment}`,
  });
}

/** Runs one call with its deadline and turns what Temporal says into the engine's own errors. */
export async function answered<Answer>(
  client: Client,
  address: string,
  what: string,
  act: () => Promise<Answer>,
  withinMs = ANSWER_MS,
): Promise<Answer> {
  try {
    return await Promise.race([client.withDeadline(Date.now() + withinMs, act), untilUnreachable(client, address)]);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new Refused(error.cause?.message ?? error.message, { cause: error });
    if (error instanceof WorkflowFailedError) throw new WorkerUnavailable(what, { cause: error });
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw new WorkerUnavailable(what, { cause: error });
    if (error instanceof WorkflowNotFoundError) throw new NotFound(`There is no ${what} under way`, { cause: error });
    // The workflow client wraps what gRPC said.
    const said = error instanceof ServiceError ? error.cause : error;
    if (isGrpcServiceError(said) && said.code === UNAVAILABLE) throw new TemporalUnavailable(address, { cause: error });
    if (isGrpcServiceError(said) && UNANSWERED.includes(said.code)) throw new WorkerUnavailable(what, { cause: error });
    if (isGrpcServiceError(said) && said.code === FAILED_PRECONDITION) throw new WorkflowStuck(what, { cause: error });
    throw error;
  }
}

/** Rejects with TemporalUnavailable when Temporal itself does not answer, long before the client gives up connecting again. */
async function untilUnreachable(client: Client, address: string): Promise<never> {
  try {
    await client.withDeadline(Date.now() + REACH_MS, () => client.connection.workflowService.getSystemInfo({}));
  } catch (error) {
    throw new TemporalUnavailable(address, { cause: error });
  }
  return new Promise<never>(() => undefined);
}
