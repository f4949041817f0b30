import { type DeploymentOutcome, type HostReport, isAdopted } from './deployment.ts';
import type { DeploymentNews } from './deployment-news.ts';
import type { EnvironmentState } from './environment-state.ts';
import { releaseOf, whoAsked } from './environment-work.ts';
import type { JobReport } from './job.ts';

/** What a release is told when an environment went back from it after its stage had passed there. */
export interface StageTakenBack {
  readonly application: string;
  readonly release: number;
  readonly stage: string;
  /** The deployment that led back: each is told once. */
  readonly deployment: string;
  /** The release that serves again. */
  readonly to: number;
  /** In a sentence, with the alarm where one asked for it. */
  readonly reason: string;
  readonly person: string;
  readonly at: string;
  /** What the way back did. */
  readonly hosts: readonly HostReport[];
  readonly jobs?: readonly JobReport[];
}

/**
 * What the deployment that has ended took back: a release that baked when its rollback was asked for, by an alarm or a person. Later a rollback
 * leaves the pass of its stage as it is, as the release was found good for all of its bake time. `before` is the state in which it ran.
 */
export function takenBackBy(before: EnvironmentState, outcome: DeploymentOutcome, at: string): StageTakenBack | undefined {
  const { application, running, current } = before;
  if (running?.work.kind !== 'rollback' || current?.baking === undefined || !isAdopted(outcome)) return undefined;
  const to = releaseOf(running.work).number;
  if (to === current.release.number || Date.parse(running.work.since) >= current.baking.until) return undefined;
  const { hosts, jobs } = outcome;
  const told = { hosts, ...(jobs !== undefined && { jobs }) };
  const named = { application, release: current.release.number, stage: current.baking.stage, deployment: running.deployment, to };
  return { ...named, ...whoAsked(running.work), at, ...told };
}

/**
 * What a way back left that takes nothing from a release: one that was found good for all of its bake time, or came by a way back itself. No release is told of it,
 * and GitHub is shown all the same what serves. It names the deployment, as the release may be deployed again before GitHub hears of it. `before` is the state in which it ran.
 */
export function leftBy(
  before: EnvironmentState,
  outcome: DeploymentOutcome,
  takenBack: StageTakenBack | undefined,
): DeploymentNews | undefined {
  const { environment, running, current } = before;
  if (running?.work.kind !== 'rollback' || current === null || takenBack !== undefined || !isAdopted(outcome)) return undefined;
  const [left, returnsTo] = [current.release.number, releaseOf(running.work).number];
  if (left === returnsTo) return undefined;
  const description = `Rolled back to release ${returnsTo}: ${whoAsked(running.work).reason}`;
  return { environment, release: left, deployment: current.deployment, state: 'inactive', description, returnsTo };
}
