import { type DeploymentOutcome, isAdopted } from './deployment.ts';
import type { RollbackRequest } from './environment.ts';
import type { Work } from './environment-work.ts';

/** How a rollback ended that a workflow asked for. */
export interface WayBackNews {
  /** Whether no host runs any more what was to be left. */
  readonly returned: boolean;
  /** Why not, in a sentence; or that it did. */
  readonly reason: string;
}

/** A workflow that is told how the way back ended that it asked for. */
export interface Follower {
  readonly workflowId: string;
  readonly news: WayBackNews;
}

/**
 * Who is told of the end of a turn: whoever asked for this rollback, or for the promotion under way to be stopped, whose own way back leads to what
 * served before. Undefined where that is nobody, and where the rollback is still to come, as the promotion was quicker than its stop.
 */
export function followerOf(work: Work, outcome: DeploymentOutcome, reason: string, stoppedFor?: RollbackRequest): Follower | undefined {
  const isBack = work.kind === 'rollback';
  const request = isBack ? work.request : stoppedFor;
  if (request?.reportTo === undefined || (!isBack && isAdopted(outcome))) return undefined;
  const returned = isBack ? outcome.kind === 'succeeded' : isUndone(outcome);
  return { workflowId: request.reportTo, news: { returned, reason } };
}

/** A host that was left out, or could not be restored, may run what was to be left. */
function isUndone(outcome: DeploymentOutcome): boolean {
  return outcome.kind === 'plan-changed' || outcome.hosts.every((host) => host.outcome === 'restored' || host.outcome === 'untouched');
}
