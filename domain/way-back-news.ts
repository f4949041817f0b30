import { type DeploymentOutcome, isAdopted } from './deployment.ts';
import type { EnvironmentState } from './environment-state.ts';
import { releaseOf, type Work } from './environment-work.ts';
import type { RollbackRequest } from './rollback-request.ts';

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

/** A rollback that runs, or waits for its turn. */
export type WayBack = Extract<Work, { kind: 'rollback' }>;

/**
 * Who is told of the end of a turn: all that asked for this rollback, or for the promotion under way to be stopped, whose own way back leads to what
 * served before. Nobody where the rollback is still to come, as the promotion was quicker than its stop.
 */
export function followersOf(work: Work, outcome: DeploymentOutcome, reason: string, stoppedFor?: RollbackRequest): readonly Follower[] {
  const isBack = work.kind === 'rollback';
  if (!isBack && isAdopted(outcome)) return [];
  const returned = isBack ? outcome.kind === 'succeeded' : isUndone(outcome);
  return toldOf(isBack ? work.request : stoppedFor).map((workflowId) => ({ workflowId, news: { returned, reason } }));
}

/** The rollback that is made, of whose end those are told as well that asked for the other one: it is made in its stead. */
export function inSteadOf(made: RollbackRequest, other: RollbackRequest | undefined): RollbackRequest {
  const also = toldOf(other).filter((workflowId) => workflowId !== made.reportTo);
  return also.length === 0 ? made : { ...made, alsoReportTo: [...new Set([...(made.alsoReportTo ?? []), ...also])] };
}

/**
 * The rollback that leads away already, or is about to, from what a workflow wants to be left: nothing more is to be done for it. Undefined where there is
 * none, and for whoever is not told of its end, as people are.
 */
export function wayBackToJoin({ current, running, queue }: EnvironmentState, { from, reportTo }: RollbackRequest): WayBack | undefined {
  if (reportTo === undefined || from === undefined || current?.release.number !== from) return undefined;
  const works = [...(running === null ? [] : [running.work]), ...queue];
  return works.filter((work) => work.kind === 'rollback').find((work) => releaseOf(work).number !== from);
}

/** Whoever asked for this is told of the end of a rollback that runs or waits already. */
export function joinWayBack(state: EnvironmentState, joined: WayBack, request: RollbackRequest): EnvironmentState {
  const withMore = (work: Work): Work => (work === joined ? { ...joined, request: inSteadOf(joined.request, request) } : work);
  const { running, queue } = state;
  return { ...state, queue: queue.map(withMore), running: running && { ...running, work: withMore(running.work) } };
}

function toldOf(request: RollbackRequest | undefined): readonly string[] {
  const { reportTo, alsoReportTo = [] } = request ?? {};
  return reportTo === undefined ? alsoReportTo : [reportTo, ...alsoReportTo];
}

/** A host that was left out, or could not be restored, may run what was to be left. */
function isUndone(outcome: DeploymentOutcome): boolean {
  return outcome.kind === 'plan-changed' || outcome.hosts.every((host) => host.outcome === 'restored' || host.outcome === 'untouched');
}
