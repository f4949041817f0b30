import type { DeploymentRequest } from '../domain/environment.ts';

/** Where a release leaves its wish to be deployed: the environment's workflow, started when it is not there yet. */
export interface EnvironmentDesk {
  /** Can be called twice with the same request: the environment remembers its id. */
  request(request: DeploymentRequest): Promise<void>;
  /** Names of the jobs that ran for a release in an environment and were not undone; none where it has no workflow yet. */
  jobsDone(application: string, environment: string, release: number): Promise<readonly string[]>;
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

  readJobsDone({ application, environment, release }: JobsQuestion): Promise<readonly string[]> {
    return desk.jobsDone(application, environment, release);
  },
});
