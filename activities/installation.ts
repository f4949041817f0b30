import type { Alarm } from '../domain/alarm.ts';
import type { HashFunction } from '../domain/canonical.ts';
import type { EnvironmentPolicy } from '../domain/environment-policy.ts';
import type { PlannedJob } from '../domain/job.ts';
import type { Pipeline, Strategy } from '../domain/pipeline.ts';
import { type DeploymentPlan, hostPlans, sealPlan } from '../domain/plan.ts';
import { waitingForSource } from './images/waiting-for-source.ts';

/**
 * The installation's own files, as they are now. Terminal: PipelineInvalid (with the place of every problem),
 * UnknownApplication and UnknownEnvironment.
 */
export interface InstallationReader {
  /** The pipeline as a commit has it, or as the repository has it now where no commit is given. */
  pipeline(application: string, commit: string | undefined): Promise<Pipeline>;
  environment(name: string): Promise<EnvironmentPolicy>;
}

interface PlansOfSites {
  readonly plans: readonly DeploymentPlan[];
  readonly hosts: readonly string[];
  readonly strategy: Strategy;
  readonly jobs?: readonly PlannedJob[];
  readonly alarms?: readonly Alarm[];
}

/** What workflows ask of the installation's files, and the hash that they cannot compute themselves. */
export function createInstallationActivities(reader: InstallationReader, hash: HashFunction) {
  return {
    readPipeline({ application, commit }: { readonly application: string; readonly commit?: string }): Promise<Pipeline> {
      return waitingForSource(() => reader.pipeline(application, commit));
    },

    /** Policies are those of the environment, whichever application asks; its name is there for Temporal's history alone. */
    readEnvironment({ environment }: { readonly application: string; readonly environment: string }): Promise<EnvironmentPolicy> {
      return reader.environment(environment);
    },

    /** Joins the plans of several sites under one hash, the hosts in the order of the names. */
    async sealPlan({ plans, hosts, strategy, ...more }: PlansOfSites): Promise<DeploymentPlan> {
      const all = plans.flatMap(hostPlans);
      const ordered = hosts.flatMap((host) => all.filter((plan) => plan.host === host));
      return sealPlan(ordered, strategy, hash, more);
    },
  };
}
