import { Context } from '@temporalio/activity';
import type { Allowances } from '../../domain/allowances.ts';
import type { HostReading } from '../../domain/canary-figures.ts';
import type { HashFunction } from '../../domain/canonical.ts';
import type { Deployment, HostReport } from '../../domain/deployment.ts';
import type { HostCount } from '../../domain/gates/router-metric.ts';
import { deploymentOn } from '../../domain/host-selection.ts';
import type { JobReport } from '../../domain/job.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';
import type { WantedSecrets } from '../../domain/secret-file.ts';
import { heedingRetryAfter } from '../registry/retry-after.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { type Clock, systemClock } from './clock.ts';
import { countRequests } from './count-requests.ts';
import type { HostWork } from './host-work.ts';
import { measureHost } from './measure-host.ts';
import { type HostObservation, observeHost } from './observe-host.ts';
import { type PlanSiteInput, planSite } from './plan-site.ts';
import type { DossierShelf, Hosts, ReadSecretVersions } from './ports.ts';
import { prepareHost } from './prepare-host.ts';
import { restoreHost } from './restore-host.ts';
import { type Retirement, retireHost } from './retire-host.ts';
import { type HostRevival, type Refill, reviveHosts } from './revive-host.ts';
import { type JobRun, runJob } from './run-job.ts';
import { startHost } from './start-host.ts';
import { sumCounts } from './sum-counts.ts';
import { switchHost } from './switch-host.ts';
import { weighHost } from './weigh-host.ts';

interface At {
  readonly application: string;
  readonly environment: string;
}

interface OnHost {
  readonly deployment: Deployment;
  /** The host's name in the installation. */
  readonly host: string;
}

interface HostActivitiesOptions {
  readonly hosts: Hosts;
  readonly dossiers: DossierShelf;
  readonly installation: string;
  /** What an environment's owners let components reach of its hosts; nothing by default. */
  readonly allows?: (environment: string) => Allowances;
  /** Tells whether secrets changed; by default there are none to tell of. */
  readonly secretVersions?: ReadSecretVersions;
  readonly hash: HashFunction;
  readonly clock?: Clock;
}

const NOTHING: Allowances = { binds: [], capabilities: [], networks: [] };

/** Activities on Docker hosts. Each can run twice, beats at least every second with what it does, and heeds cancellation. */
export function createHostActivities(options: HostActivitiesOptions) {
  const { hosts, dossiers, installation, hash, allows = () => NOTHING, secretVersions = async () => ({}), clock = systemClock } = options;

  /** `act` gets what it needs to work on any host of the application in the environment. */
  function atWork<Result>({ application, environment }: At, act: (workOn: (host: string) => HostWork) => Promise<Result>): Promise<Result> {
    return withHeartbeat(({ signal, onProgress }) =>
      act((name) => ({
        host: hosts(name),
        place: { application, environment },
        installation,
        dossiers,
        allows,
        secretVersions,
        hash,
        clock,
        signal,
        tell: onProgress,
      })),
    );
  }

  /** A host is told of the components that it runs, and of no others. */
  function atDeployment<Result>(
    { deployment, host }: OnHost,
    act: (work: HostWork, deployment: Deployment) => Promise<Result>,
  ): Promise<Result> {
    return atWork(deployment, (workOn) => {
      const work = workOn(host);
      return act(work, deploymentOn(deployment, work.host.labels));
    });
  }

  return {
    planSite: (input: PlanSiteInput): Promise<DeploymentPlan> => atWork(input, (workOn) => planSite(input, workOn, hash)),
    /** With `means` each server's own, of which alone means can be made; else what all have counted together. */
    countRequests: (input: At & { readonly hosts: readonly string[]; readonly means?: boolean }): Promise<readonly HostCount[]> =>
      atWork(input, async (workOn) => {
        const counts = await countRequests(input.hosts, workOn);
        return input.means === true ? counts : sumCounts(counts, hash);
      }),
    prepareHost: (input: OnHost): Promise<WantedSecrets> => heedingRetryAfter(() => atDeployment(input, prepareHost)),
    startHost: (input: OnHost): Promise<void> => atDeployment(input, startHost),
    weighHost: (input: OnHost & { readonly weight: number }): Promise<HostReading> =>
      atDeployment(input, (work, deployment) => weighHost(work, deployment, input.weight)),
    measureHost: (input: OnHost): Promise<HostReading> => atDeployment(input, measureHost),
    switchHost: (input: OnHost): Promise<HostReport> =>
      atDeployment(input, (work, deployment) => switchHost(work, deployment, isRepeated())),
    restoreHost: (input: OnHost): Promise<HostReport> =>
      atDeployment(input, (work, deployment) => restoreHost(work, deployment, isRepeated())),
    retireHost: (input: At & Retirement & { readonly host: string }): Promise<void> =>
      atWork(input, (workOn) => retireHost(workOn(input.host), input)),
    runJob: (input: JobRun & { readonly host: string }): Promise<JobReport> =>
      atWork(input.deployment, (workOn) => runJob(workOn(input.host), input)),
    reviveHosts: (input: At & Refill): Promise<readonly HostRevival[]> => atWork(input, (workOn) => reviveHosts(input, workOn)),
    observeHost: (input: At & { readonly host: string }): Promise<HostObservation> =>
      atWork(input, (workOn) => observeHost(workOn(input.host))),
  };
}

function isRepeated(): boolean {
  return Context.current().info.attempt > 1;
}
