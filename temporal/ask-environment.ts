import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { emptyEnvironment } from '../domain/environment-state.ts';
import type { EnvironmentStatus } from '../domain/environment-status.ts';
import { environmentStatusOf } from '../domain/environment-view.ts';
import { type RollbackCase, rollbackCase } from '../domain/rollback-preview.ts';
import { environmentWorkflowId } from '../domain/workflow-ids.ts';
import * as messages from '../workflows/messages.ts';
import { NotFound } from './errors.ts';
import { withProgress } from './progress.ts';

/** How an environment stands; one to which nothing was ever released is empty. */
export async function environmentOf(client: Client, application: string, environment: string): Promise<EnvironmentStatus> {
  try {
    const status = await client.workflow.getHandle(environmentWorkflowId(application, environment)).query(messages.environmentStatus);
    return await withProgress(client, status);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return environmentStatusOf(emptyEnvironment(application, environment));
    throw error;
  }
}

/** What a way back would be about, as the environment knows it. */
export async function rollbackQuestionOf(
  client: Client,
  application: string,
  environment: string,
  to: number | undefined,
): Promise<RollbackCase> {
  try {
    const handle = client.workflow.getHandle(environmentWorkflowId(application, environment));
    return await handle.query<RollbackCase, [number | undefined]>(messages.rollbackQuestion, to);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return rollbackCase(emptyEnvironment(application, environment), to);
    throw error;
  }
}

/** Says something to an environment. Throws NotFound where nothing was ever deployed, and what `say` throws. */
export async function tellEnvironment<Answer>(
  client: Client,
  application: string,
  environment: string,
  say: (handle: WorkflowHandle) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await say(client.workflow.getHandle(environmentWorkflowId(application, environment)));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new NotFound(`Nothing of ${application} was ever deployed to ${environment}`, { cause: error });
  }
}
