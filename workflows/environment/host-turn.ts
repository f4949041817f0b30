import type { Deployment, DeploymentOutcome, HostReference } from '../../domain/deployment.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import { hostDeployment, withoutJobs } from '../../domain/host-deployment.ts';
import type { HostRequest } from '../../domain/host-request.ts';
import { planOn } from '../plan.ts';

/** What becomes of a host's turn: the deployment to it, or why there is none. */
export type HostTurn = { readonly deployment: Deployment } | { readonly outcome: DeploymentOutcome };

/** Plans the environment's current release for one host, in its turn: what was seen before may have changed. */
export async function hostTurn(
  state: EnvironmentState,
  { host: name, planHash }: HostRequest,
  policy: EnvironmentPolicy,
): Promise<HostTurn> {
  const host = policy.hosts.find((candidate) => candidate.name === name);
  if (host === undefined || state.current === null) return ended(`${state.environment} has no host ${name} any more, or runs nothing`);
  const plan = await planOn({
    ...placeOf(state, host),
    release: withoutJobs(state.current.release),
    strategy: { kind: 'rolling', batch: 1 },
  });
  if (planHash !== undefined && plan.hash !== planHash) return { outcome: { kind: 'plan-changed', planHash: plan.hash } };
  const deployment = hostDeployment(state, host, plan);
  return deployment === undefined ? ended('It is not the turn of this host') : { deployment };
}

function placeOf({ application, environment }: EnvironmentState, host: HostReference) {
  return { application, environment, hosts: [host] };
}

function ended(reason: string): HostTurn {
  return { outcome: { kind: 'failed', reason, hosts: [] } };
}
