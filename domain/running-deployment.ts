import type { Alarm } from './alarm.ts';
import type { Deployment } from './deployment.ts';
import { type EnvironmentState, previousOf } from './environment-state.ts';
import { releaseOf, type Work } from './environment-work.ts';
import { doneFor, tasksToUndo, withoutAgain } from './job.ts';
import type { Strategy } from './pipeline.ts';

/** The deployment that the running work asks for; `hosts` as the environment is configured now. */
export function deploymentOf(state: EnvironmentState, hosts: Deployment['hosts'], alarms: readonly Alarm[] = []): Deployment | undefined {
  const { running } = state;
  if (running === null) return undefined;
  const promotion = running.work.kind === 'promotion' ? running.work.request : undefined;
  const behind = (state.behind ?? []).map(({ host, runs }) => [host, runs] as const);
  return {
    id: running.deployment,
    application: state.application,
    environment: state.environment,
    generation: running.generation,
    kind: running.work.kind,
    release: releaseOf(running.work),
    previous: previousOf(state),
    ...(behind.length > 0 && { behind: Object.fromEntries(behind) }),
    hosts,
    strategy: strategyOf(state, running.work, hosts.length),
    planHash: promotion?.planHash ?? '',
    ...jobsOf(state, running.work),
    ...(promotion !== undefined && alarms.length > 0 && { alarms }),
    ...(promotion?.onFailure !== undefined && { onFailure: promotion.onFailure }),
    ...(promotion?.onForwardOnly !== undefined && { onForwardOnly: promotion.onForwardOnly }),
    ...(promotion?.onUnclear !== undefined && { onUnclear: promotion.onUnclear }),
  };
}

function jobsOf({ applied = [] }: EnvironmentState, work: Work): Pick<Deployment, 'jobsDone' | 'runAgain' | 'undo'> {
  const { number } = releaseOf(work);
  const asked = work.kind === 'promotion' ? work.request.runAgain : undefined;
  const ran = doneFor(number, applied);
  const { done, again } = withoutAgain(ran, asked);
  const undo = work.kind === 'rollback' ? tasksToUndo(applied, number) : [];
  const jobs = { ...(done.length > 0 && { jobsDone: done }), ...(again.length > 0 && { runAgain: again }) };
  return { ...jobs, ...(undo.length > 0 && { undo }) };
}

/** How the running work is carried out: as its stage says, or as a way back is. */
export function strategyOf(state: EnvironmentState, work: Work, hosts = 1): Strategy {
  return work.kind === 'promotion' ? work.request.strategy : wayBackStrategy(state, hosts);
}

/** A way back is for all hosts at once: each still proves the old version before it gets requests. What suffers no two versions at once suffers none on the way back. */
export function wayBackStrategy({ current }: EnvironmentState, hosts = 1): Strategy {
  return { kind: current?.strategy === 'recreate' ? 'recreate' : 'rolling', batch: Math.max(1, hosts) };
}
