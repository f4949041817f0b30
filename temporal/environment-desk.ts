import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { DeploymentRequest } from '../domain/deployment-request.ts';
import { emptyEnvironment } from '../domain/environment-state.ts';
import type { GateStay } from '../domain/gate-stay.ts';
import type { ReleaseRecord } from '../domain/release.ts';
import type { DeskRollback, RollbackOrder } from '../domain/rollback-request.ts';
import type { StageTakenBack } from '../domain/taken-back.ts';
import { MAIN_TASK_QUEUE } from '../domain/task-queues.ts';
import { environmentWorkflowId } from '../domain/workflow-ids.ts';
import type { environment } from '../workflows/environment.ts';
import { environmentStatus, jobsDone, reachGates, requestDeployment, rollback, stageTakenBack } from '../workflows/messages.ts';
import type { release } from '../workflows/release.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { releaseStart } from './release-start.ts';

/** The release as registered; undefined when there is none. */
type RegisteredRelease = (application: string, number: number) => Promise<ReleaseRecord | undefined>;

/**
 * Signals the environment's workflow, starting it with nothing in it when it is not there; and for an environment the release's, whose workflow may have
 * ended. `releaseOf` knows what was registered.
 */
export function createEnvironmentDesk(client: Client, releaseOf: RegisteredRelease) {
  const signal = async <Argument>(application: string, name: string, definition: SignalDefinition<[Argument]>, argument: Argument) => {
    await client.workflow.signalWithStart<typeof environment, [Argument]>('environment', {
      workflowId: environmentWorkflowId(application, name),
      taskQueue: MAIN_TASK_QUEUE,
      args: [emptyEnvironment(application, name)],
      signal: definition,
      signalArgs: [argument],
      workflowTaskTimeout: '2s',
      staticSummary: `${application} in ${name}`,
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.application, value: application },
        { key: SEARCH_ATTRIBUTES.environment, value: name },
      ],
    });
  };
  return {
    async request(request: DeploymentRequest): Promise<void> {
      await signal(request.application, request.environment, requestDeployment, request);
    },

    async reachGates(application: string, name: string, stay: GateStay): Promise<void> {
      await signal(application, name, reachGates, stay);
    },

    async rollBack({ application, environment: name, request, requestId }: RollbackOrder): Promise<DeskRollback> {
      try {
        const handle = client.workflow.getHandle(environmentWorkflowId(application, name));
        const { to } = await handle.executeUpdate(rollback, { args: [request], updateId: requestId });
        return { kind: 'returns', to };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'refused', reason: `${application} never ran in ${name}`, stays: false };
        if (!(error instanceof WorkflowUpdateFailedError)) throw error;
        const { current } = await client.workflow.getHandle(environmentWorkflowId(application, name)).query(environmentStatus);
        return { kind: 'refused', reason: error.cause?.message ?? error.message, stays: current?.release.number === request.from };
      }
    },

    async takenBack(told: StageTakenBack): Promise<void> {
      const record = await releaseOf(told.application, told.release);
      if (record === undefined) return;
      await client.workflow.signalWithStart<typeof release, [StageTakenBack]>('release', {
        ...releaseStart(record),
        args: [{ record, isWoken: true }],
        signal: stageTakenBack,
        signalArgs: [told],
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
