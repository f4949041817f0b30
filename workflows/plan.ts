import type { DeployableRelease, HostReference } from '../domain/deployment.ts';
import type { DeploymentPlan, HostPlan } from '../domain/plan.ts';
import { atSite } from './at-site.ts';
import { installation, plansOf } from './proxies.ts';

export interface PlanQuestion {
  readonly application: string;
  readonly environment: string;
  readonly hosts: readonly HostReference[];
  readonly release: DeployableRelease;
}

/** Asks every site what the deployment would do to its hosts, and seals the answers with one hash. Throws SiteWithoutWorker. */
export async function planDeployment(question: PlanQuestion): Promise<DeploymentPlan> {
  const { application, environment, release } = question;
  const sites = [...new Set(question.hosts.map((host) => host.site))];
  const step = `plan release ${release.number}`;
  const answers = await Promise.all(
    sites.map((site) =>
      atSite(site, step, () => plansOf(site, step).planSite({ application, environment, release, hosts: hostsIn(question, site) })),
    ),
  );
  const [only, ...others] = answers;
  if (only !== undefined && others.length === 0) return only;
  return installation.sealPlan({
    hosts: inOrder(
      answers.flatMap((answer) => answer.hosts),
      question.hosts,
    ),
  });
}

function hostsIn(question: PlanQuestion, site: string): HostReference[] {
  return question.hosts.filter((host) => host.site === site);
}

function inOrder(plans: readonly HostPlan[], hosts: readonly HostReference[]): HostPlan[] {
  return hosts.flatMap((host) => plans.filter((plan) => plan.host === host.name));
}
