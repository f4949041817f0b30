import { type Client, isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { DeploymentProgress } from '../domain/deployment.ts';
import type { EnvironmentStatus } from '../domain/environment-status.ts';
import type { ReleaseStatus, StageStatus } from '../domain/release.ts';
import { deploymentProgress } from '../workflows/messages.ts';

/** Shorter than whoever asks waits for the whole answer. */
const PROGRESS_MS = 2_000;

/** Adds to each running deployment how far it is on each host. */
export async function withProgress<Status extends ReleaseStatus | EnvironmentStatus>(client: Client, status: Status): Promise<Status> {
  if ('stages' in status) return { ...status, stages: await Promise.all(status.stages.map((stage) => stageWithProgress(client, stage))) };
  if (status.running === null) return status;
  return { ...status, running: { ...status.running, progress: (await progressOf(client, status.running.deployment)) ?? null } };
}

async function stageWithProgress(client: Client, stage: StageStatus): Promise<StageStatus> {
  if (stage.state.kind !== 'running' || stage.state.deployment === undefined) return stage;
  const progress = await progressOf(client, stage.state.deployment);
  return progress === undefined ? stage : { ...stage, state: { ...stage.state, progress } };
}

async function progressOf(client: Client, deployment: string): Promise<DeploymentProgress | undefined> {
  try {
    return await client.withDeadline(Date.now() + PROGRESS_MS, () => client.workflow.getHandle(deployment).query(deploymentProgress));
  } catch (error) {
    // The environment names a deployment a moment before it starts.
    if (error instanceof WorkflowNotFoundError || isUnanswered(error)) return undefined;
    throw error;
  }
}

/**
 * A deployment that is busy with hundreds of hosts may not come to answering, and Temporal says so in several ways (too late, a task that failed,
 * too many questions): what else is known is shown without its progress.
 */
function isUnanswered(error: unknown): boolean {
  return isGrpcServiceError(error instanceof ServiceError ? error.cause : error);
}
