import { ApplicationFailure } from '@temporalio/workflow';
import type { Alarm } from '../domain/alarm.ts';
import type { DeployableRelease, HostReference } from '../domain/deployment.ts';
import { printSelector } from '../domain/host-selection.ts';
import { plannedJobs } from '../domain/job.ts';
import type { Strategy } from '../domain/pipeline.ts';
import type { DeploymentPlan } from '../domain/plan.ts';
import { waves } from '../domain/strategy.ts';
import { atSite } from './at-site.ts';
import { plansOf } from './proxies/hosts.ts';
import { desk, installation } from './proxies/main.ts';

export interface PlanQuestion {
  readonly application: string;
  readonly environment: string;
  readonly hosts: readonly HostReference[];
  readonly release: DeployableRelease;
  readonly strategy: Strategy;
  /** Whether the release ran there before, so that the plan says what is left of it. */
  readonly isReturn?: true;
  /** Names of the release's jobs that ran for it here before. */
  readonly jobsDone?: readonly string[];
  readonly alarms?: readonly Alarm[];
}

/**
 * Asks every site what the deployment would do to its hosts, and seals the answers with one hash. Fails where a component would run
 * nowhere, and throws SiteWithoutWorker.
 */
export async function planDeployment(question: PlanQuestion): Promise<DeploymentPlan> {
  return somewhere(question, await planOn(question));
}

/** The same for some of an environment's hosts, where not every component need run. */
export async function planOn(question: PlanQuestion): Promise<DeploymentPlan> {
  const { application, environment, release, strategy, alarms } = question;
  const watched = alarms !== undefined && { alarms };
  const hosts = waves(strategy, question.hosts).flat();
  const sites = [...new Set(hosts.map((host) => host.site))];
  const planned = plannedJobs(release, hosts, question.jobsDone ?? []);
  const jobs = planned.length === 0 ? {} : { jobs: planned };
  const returning = question.isReturn === undefined ? {} : { isReturn: question.isReturn };
  const step = `plan release ${release.number}`;
  const plans = await Promise.all(
    sites.map((site) =>
      atSite(site, step, () =>
        plansOf(site, step).planSite({
          application,
          environment,
          release,
          strategy,
          hosts: hosts.filter((host) => host.site === site),
          ...returning,
          ...(sites.length === 1 && { ...jobs, ...watched }),
        }),
      ),
    ),
  );
  const [only, ...others] = plans;
  if (only !== undefined && others.length === 0) return only;
  return installation.sealPlan({ plans, hosts: hosts.map(({ name }) => name), strategy, ...jobs, ...watched });
}

/** Names of the release's jobs that ran for it in an environment; nothing is asked where it has no jobs. */
export async function jobsDoneFor(environment: string, { application, number, jobs = [] }: DeployableRelease): Promise<readonly string[]> {
  return jobs.length === 0 ? [] : desk.readJobsDone({ application, environment, release: number });
}

/** Labels of hosts may have changed since the pipeline was read: what then runs nowhere is refused by name. */
function somewhere({ release, environment }: PlanQuestion, plan: DeploymentPlan): DeploymentPlan {
  const choosy = release.components.flatMap(({ name, hosts }) => (hosts === undefined ? [] : [{ name, hosts }]));
  const isPlanned = ({ name }: { readonly name: string }): boolean =>
    plan.effects.some(({ component, action }) => component === name && action !== 'remove');
  const lost = choosy.find((component) => !isPlanned(component));
  if (lost === undefined) return plan;
  const message = `No host of ${environment} has ${printSelector(lost.hosts)}, so that component ${lost.name} would run nowhere there`;
  throw ApplicationFailure.nonRetryable(
    `${message}. Label a host in tidegate.yaml and start its worker anew, or change hosts in the pipeline`,
    'ComponentNowhere',
  );
}
