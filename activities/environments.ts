import type { DeploymentRequest } from '../domain/environment.ts';

/** Where a release leaves its wish to be deployed: the environment's workflow, started when it is not there yet. */
export interface EnvironmentDesk {
  /** Can be called twice with the same request: the environment remembers its id. */
  request(request: DeploymentRequest): Promise<void>;
}

export const createEnvironmentActivities = (desk: EnvironmentDesk) => ({
  async requestDeployment(request: DeploymentRequest): Promise<void> {
    await desk.request(request);
  },
});
