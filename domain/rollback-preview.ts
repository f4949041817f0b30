import type { DeployableRelease } from './deployment.ts';
import type { EnvironmentState } from './environment-state.ts';
import { doneFor, forwardOnlyBeyond, type JobTask, runsJobs, tasksToUndo } from './job.ts';
import type { Strategy } from './pipeline.ts';
import type { DeploymentPlan } from './plan.ts';
import { decideRollback } from './rollback-decision.ts';
import { wayBackStrategy } from './running-deployment.ts';
import type { TrustRecord } from './trust/record.ts';

/** What a rollback would be about, as the environment knows it. */
export type RollbackCase =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'return';
      readonly from: number;
      readonly target: DeployableRelease;
      readonly strategy: Strategy;
      /** Names of the target's jobs that ran for it and were not undone. */
      readonly jobsDone?: readonly string[];
      readonly undo: readonly JobTask[];
      /** What forbids it until a person says that they know. */
      readonly forwardOnly: readonly JobTask[];
      /** By what the target was trusted when it came; absent where no policy was asked for. */
      readonly trust?: TrustRecord;
    };

export interface NamedJob {
  readonly job: string;
  readonly release: number;
  readonly command: readonly string[];
}

/** What a rollback would do now. Nothing is changed by asking. */
export type RollbackPreview =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'planned';
      readonly from: number;
      readonly to: number;
      readonly plan: DeploymentPlan;
      /** Run once the earlier release serves, in this order. */
      readonly undo: readonly NamedJob[];
      readonly forwardOnly: readonly NamedJob[];
      /** Why its images may not come back, as things are now; absent where they are trusted. */
      readonly untrusted?: string;
    };

/** The way back of an environment to a release, or to the last good one where none is named. */
export function rollbackCase(state: EnvironmentState, to: number | undefined): RollbackCase {
  const decision = decideRollback(state, to, true);
  if (decision.kind === 'refused') return decision;
  if (decision.kind === 'stop-running')
    return {
      kind: 'refused',
      reason: `Release ${decision.from} is being deployed: a rollback stops that, and its own way back leads to release ${decision.to}`,
    };
  const { from, target } = decision;
  const { number } = target.release;
  const applied = state.applied ?? [];
  return {
    kind: 'return',
    from,
    target: withDueJobs(target.release, state.current),
    strategy: wayBackStrategy(state),
    jobsDone: doneFor(number, applied),
    undo: tasksToUndo(applied, number),
    forwardOnly: forwardOnlyBeyond(applied, number),
    ...(target.trust !== undefined && { trust: target.trust }),
  };
}

/** A release with those of its jobs that a return to it may run. */
function withDueJobs({ jobs = [], ...release }: DeployableRelease, previous: EnvironmentState['current']): DeployableRelease {
  const due = jobs.filter(({ when }) => when !== 'on-host' && runsJobs({ kind: 'rollback', release, previous }, when));
  return due.length === 0 ? release : { ...release, jobs: due };
}

export function namedJob({ job, release, direction }: JobTask): NamedJob {
  return { job: job.name, release, command: direction === 'down' ? (job.down ?? []) : job.command };
}
