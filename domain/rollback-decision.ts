import type { EnvironmentState } from './environment-state.ts';
import { releaseOf } from './environment-work.ts';
import type { GoodRelease } from './good-release.ts';
import { forwardOnlyBeyond, jobWords } from './job.ts';
import type { RollbackRequest } from './rollback-request.ts';
import { type Block, blockOn } from './standing.ts';

export type RollbackDecision =
  | { readonly kind: 'refused'; readonly reason: string }
  /** The deployment under way is stopped: its own way back leads to the target. */
  | { readonly kind: 'stop-running'; readonly from: number; readonly to: number }
  | { readonly kind: 'return'; readonly from: number; readonly target: GoodRelease };

/** What a person's rollback means in this state. */
export function decideRollback(
  state: EnvironmentState,
  to: number | undefined,
  pastForwardOnly = false,
  { from, blocks = [] }: Pick<RollbackRequest, 'from' | 'blocks'> = {},
): RollbackDecision {
  const running = state.running;
  const current = state.current;
  if (current === null)
    return { kind: 'refused', reason: `${place(state)} never ran a release that was found good, so there is nothing to return to` };
  const elsewhere = from === undefined ? undefined : isElsewhere(state, current, from);
  if (elsewhere !== undefined) return { kind: 'refused', reason: elsewhere };
  if (running?.work.kind === 'promotion' && (to === undefined || to === current.release.number)) {
    return { kind: 'stop-running', from: running.work.request.release.number, to: current.release.number };
  }
  // While a rollback leads away from it, the current release is still a place to return to.
  if (to === current.release.number && running !== null) return { kind: 'return', from: releaseOf(running.work).number, target: current };
  if (to === current.release.number) return { kind: 'refused', reason: `${place(state)} already runs release ${to}` };
  const target = to === undefined ? lastGood(state, current, blocks) : state.history.find((good) => good.release.number === to);
  if (target === undefined) return { kind: 'refused', reason: unreachable(state, to) };
  if (isReturningTo(state, target.release.number))
    return { kind: 'refused', reason: `${place(state)} is on its way back to release ${target.release.number} already` };
  const [forbidding] = forwardOnlyBeyond(state.applied ?? [], target.release.number);
  if (forbidding !== undefined && !pastForwardOnly)
    return {
      kind: 'refused',
      reason: forbidden(state, target.release.number, jobWords({ job: forbidding.job, release: forbidding.release })),
    };
  const block = to === undefined ? undefined : blockOn(forwardTo(target), blocks);
  if (block !== undefined) return { kind: 'refused', reason: blocked(state, target.release.number, block) };
  return { kind: 'return', from: current.release.number, target };
}

/** The last good one before the current that nobody blocked; where all are blocked the last one all the same, as a way back is never refused for that. */
function lastGood({ history }: EnvironmentState, current: GoodRelease, blocks: readonly Block[]): GoodRelease | undefined {
  const earlier = history.filter((good) => good.release.number < current.release.number);
  return earlier.find((good) => blockOn(forwardTo(good), blocks) === undefined) ?? earlier[0];
}

/** Why there is nothing to return from: the release that it is about does not run here, and is not on its way. */
function isElsewhere(state: EnvironmentState, current: GoodRelease, from: number): string | undefined {
  const { running } = state;
  const comes = running?.work.kind === 'promotion' ? releaseOf(running.work).number : undefined;
  if (comes === from || (comes === undefined && current.release.number === from)) return undefined;
  return comes === undefined
    ? `${place(state)} runs release ${current.release.number}, and not ${from}`
    : `release ${comes} is being deployed to ${place(state)}`;
}

function forwardTo({ release: { application, number, components } }: GoodRelease) {
  return { application, release: number, digests: components.map(({ image }) => image.digest) };
}

function blocked(state: EnvironmentState, to: number, { by, reason }: Block): string {
  return `${by} has blocked release ${to}: ${reason}. To return ${place(state)} there all the same, ask again with --past-block`;
}

/** What a person must know before going past it. */
function forbidden(state: EnvironmentState, to: number, job: string): string {
  return `${place(state)} ran the forward-only job ${job}: nothing undoes it, and release ${to} may not bear what it did. To return there all the same, ask again with --past-forward-only`;
}

function isReturningTo(state: EnvironmentState, release: number): boolean {
  const works = [...(state.running === null ? [] : [state.running.work]), ...state.queue];
  return works.some((work) => work.kind === 'rollback' && work.release.number === release);
}

/** A later release is returned to only when it is named: most likely it is what a rollback has just left. */
function unreachable(state: EnvironmentState, to: number | undefined): string {
  const reachable = state.history.map((good) => good.release.number);
  if (to === undefined && reachable.length > 0)
    return `${place(state)} has no good release before the current one; name a later one to return to it: ${reachable.join(', ')}`;
  const choice = reachable.length === 0 ? 'it has no earlier good release' : `it can return to ${reachable.join(', ')}`;
  return to === undefined
    ? `${place(state)} cannot roll back: ${choice}`
    : `Release ${to} was never found good in ${place(state)}; ${choice}`;
}

function place(state: EnvironmentState): string {
  return `${state.application} in ${state.environment}`;
}
