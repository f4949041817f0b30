import type { DeployableRelease, Deployment, HostReference, PreviousRelease } from './deployment.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { Work } from './environment-work.ts';
import type { HostAnswer, HostRequest } from './host-request.ts';
import type { DeploymentPlan } from './plan.ts';

type HostWork = Extract<Work, { kind: 'host' }>;

/** Why a host cannot be brought to what its environment runs; undefined when it can wait for its turn. A repeated request is not refused. */
export function refusalOfHost(state: EnvironmentState, { host }: HostRequest, requestId: string): string | undefined {
  const place = `${state.application} in ${state.environment}`;
  if (state.current === null) return `${place} runs no release that was found good, so there is nothing to bring ${host} to`;
  const other = hostWorks(state).find((work) => work.request.host === host && work.requestId !== requestId);
  if (other === undefined) return undefined;
  return `${host} is waiting for ${place} already, for ${other.request.person} since ${other.since}`;
}

/** Lets a host wait at the end of the queue, unless it does already, or was brought back by this very request. */
export function enqueueHost(state: EnvironmentState, request: HostRequest, requestId: string, since: string): EnvironmentState {
  const isKnown = state.answered.includes(requestId) || hostWorks(state).some((work) => work.requestId === requestId);
  if (state.current === null || isKnown) return state;
  const work: Work = { kind: 'host', since, requestId, request, release: state.current.release };
  return { ...state, queue: [...state.queue, work] };
}

/** What is told to who asked: what the host is brought to, and which releases' turns come first. */
export function answerForHost(state: EnvironmentState, requestId: string): HostAnswer {
  const place = state.queue.findIndex((work) => work.kind === 'host' && work.requestId === requestId);
  const earlier = [...(state.running === null ? [] : [state.running.work]), ...state.queue.slice(0, Math.max(0, place))];
  const isFirst = place < 0 && state.running?.work.kind === 'host' && state.running.work.requestId === requestId;
  const behind = isFirst ? [] : earlier.map((work) => (work.kind === 'promotion' ? work.request.release.number : work.release.number));
  return { requestId, release: state.current?.release.number ?? 0, behind };
}

function hostWorks({ running, queue }: EnvironmentState): HostWork[] {
  return [...(running === null ? [] : [running.work]), ...queue].filter((work) => work.kind === 'host');
}

/**
 * The deployment of the current release to one host. Where nothing of it runs, there is nothing to go back to: a failure leaves the host
 * as empty as it was. Undefined when it is no host's turn.
 */
export function hostDeployment(state: EnvironmentState, host: HostReference, plan: DeploymentPlan): Deployment | undefined {
  const { running, current } = state;
  if (running?.work.kind !== 'host' || current === null) return undefined;
  const isEmpty = plan.effects.every(({ action }) => action === 'create');
  return {
    id: running.deployment,
    application: state.application,
    environment: state.environment,
    generation: running.generation,
    kind: 'host',
    release: withoutJobs(current.release),
    previous: isEmpty ? null : wayBack(state, host.name),
    hosts: [host],
    strategy: { kind: current.strategy === 'recreate' ? 'recreate' : 'rolling', batch: 1 },
    planHash: plan.hash,
  };
}

/** Jobs ran once for the release, when it came to the environment; a host that joins later has nothing to do with them. */
export function withoutJobs({ jobs: _, ...release }: DeployableRelease): DeployableRelease {
  return release;
}

function wayBack({ behind, current }: EnvironmentState, host: string): PreviousRelease | null {
  const left = (behind ?? []).find((other) => other.host === host);
  if (left !== undefined) return left.runs;
  return current && { release: current.release, deployment: current.deployment, generation: current.generation };
}

/**
 * The environment once a host was brought to its release: the host is behind no more, and the release counts as of this generation, so
 * that nobody who comes later takes the host for overtaken.
 */
export function caughtUp(state: EnvironmentState, running: NonNullable<EnvironmentState['running']>, host: string): EnvironmentState {
  const { current, behind } = state;
  if (current === null) return state;
  return {
    ...state,
    current: { ...current, deployment: running.deployment, generation: running.generation },
    ...(behind !== undefined && { behind: behind.filter((other) => other.host !== host) }),
  };
}
