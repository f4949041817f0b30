import type { DeploymentRequest } from '../domain/deployment-request.ts';
import type { GateStay } from '../domain/gate-stay.ts';
import type { DeskRollback, RollbackOrder } from '../domain/rollback-request.ts';
import type { StageTakenBack } from '../domain/taken-back.ts';

/** Where a release leaves its wish to be deployed: the environment's workflow, started when it is not there yet. */
export interface EnvironmentDesk {
  /** Can be called twice with the same request: the environment remembers its id. */
  request(request: DeploymentRequest): Promise<void>;
  /** The release of a stay is at the environment's gates; told again, what is told last counts. */
  reachGates(application: string, environment: string, stay: GateStay): Promise<void>;
  /** Has the environment return to an earlier release; a repeated order finds the first. */
  rollBack(order: RollbackOrder): Promise<DeskRollback>;
  /** Names of the jobs that ran for a release in an environment and were not undone; none where it has no workflow yet. */
  jobsDone(application: string, environment: string, release: number): Promise<readonly string[]>;
  /** Tells a release that its environment went back from it, whether or not its workflow has ended. The same can be told twice. */
  takenBack(told: StageTakenBack): Promise<void>;
}

interface JobsQuestion {
  readonly application: string;
  readonly environment: string;
  readonly release: number;
}

export const createEnvironmentActivities = (desk: EnvironmentDesk) => ({
  async requestDeployment(request: DeploymentRequest): Promise<void> {
    await desk.request(request);
  },

  async tellTakenBack(told: StageTakenBack): Promise<void> {
    await desk.takenBack(told);
  },

  async reachGates({ application, environment, stay }: { application: string; environment: string; stay: GateStay }): Promise<void> {
    await desk.reachGates(application, environment, stay);
  },

  rollBack: (order: RollbackOrder): Promise<DeskRollback> => desk.rollBack(order),

  readJobsDone({ application, environment, release }: JobsQuestion): Promise<readonly string[]> {
    return desk.jobsDone(application, environment, release);
  },
});
