import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { DeploymentRequest } from '../domain/environment.ts';
import { emptyEnvironment } from '../domain/environment-state.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { environmentWorkflowId } from '../domain/workflow-ids.ts';
import type { environment } from '../workflows/environment.ts';
import { jobsDone, requestDeployment } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** Signals the environment's workflow, starting it with nothing in it when it is not there. */
export function createEnvironmentDesk(client: Client) {
  return {
    async request(request: DeploymentRequest): Promise<void> {
      const { application, environment: name } = request;
      await client.workflow.signalWithStart<typeof environment, [DeploymentRequest]>('environment', {
        workflowId: environmentWorkflowId(application, name),
        taskQueue: MAIN_TASK_QUEUE,
        args: [emptyEnvironment(application, name)],
        signal: requestDeployment,
        signalArgs: [request],
        workflowTaskTimeout: '2s',
        staticSummary: `${application} in ${name}`,
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.application, value: application },
          { key: SEARCH_ATTRIBUTES.environment, value: name },
        ],
      });
    },

    async jobsDone(application: string, name: string, release: number): Promise<readonly string[]> {
      try {
        return await client.workflow.getHandle(environmentWorkflowId(application, name)).query(jobsDone, release);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return [];
        throw error;
      }
    },
  };
}
