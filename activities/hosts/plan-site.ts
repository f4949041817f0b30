import type { Alarm } from '../../domain/alarm.ts';
import type { HashFunction } from '../../domain/canonical.ts';
import type { DeployableRelease, HostReference } from '../../domain/deployment.ts';
import { releaseOn } from '../../domain/host-selection.ts';
import type { PlannedJob } from '../../domain/job.ts';
import type { Strategy } from '../../domain/pipeline.ts';
import { type DeploymentPlan, type HostPlan, planHost, sealPlan } from '../../domain/plan.ts';
import { findReturn } from './find-return.ts';
import { type HostWork, look, servingOf, wantedSecrets } from './host-work.ts';
import { refuseConflicts } from './refuse-conflicts.ts';
import { tellUncertified } from './tell-uncertified.ts';

export interface PlanSiteInput {
  readonly application: string;
  readonly environment: string;
  readonly hosts: readonly HostReference[];
  readonly release: DeployableRelease;
  /** Whether the release ran there before, so that the plan says what is left of it. */
  readonly isReturn?: boolean;
  readonly strategy: Strategy;
  /** The jobs that the plan names. */
  readonly jobs?: readonly PlannedJob[];
  readonly alarms?: readonly Alarm[];
}

const HOSTS_AT_ONCE = 16;

/** What the release would change on each of a site's hosts, by what serves there now. Reads alone; the order of hosts is kept. */
export async function planSite(input: PlanSiteInput, workOn: (host: string) => HostWork, hash: HashFunction): Promise<DeploymentPlan> {
  const hosts: HostPlan[] = [];
  for (let first = 0; first < input.hosts.length; first += HOSTS_AT_ONCE) {
    const some = input.hosts.slice(first, first + HOSTS_AT_ONCE);
    hosts.push(...(await Promise.all(some.map(({ name }) => plan(workOn(name), input)))));
  }
  return sealPlan(hosts, input.strategy, hash, input);
}

async function plan(work: HostWork, { release: whole, isReturn }: PlanSiteInput): Promise<HostPlan> {
  work.tell(`looking at ${work.host.name}`);
  const release = releaseOn(whole, work.host.labels);
  const sight = await look(
    work,
    release.components.map(({ name }) => name),
  );
  await refuseConflicts(work, release);
  const serving = [...sight.routed.keys()].flatMap((component) => servingOf(sight, component));
  const secrets = await wantedSecrets(work, release);
  const made = planHost(work.host.name, serving, release, work.hash, secrets);
  const planned =
    isReturn === true ? { ...made, components: await findReturn(work, release, made.components, sight.observed, secrets) } : made;
  return tellUncertified(work, release, planned);
}
