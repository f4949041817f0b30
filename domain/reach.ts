import type { Stage } from './pipeline.ts';

/** Who brings a release on its way, and the environments that they may take it to: all of them where none are named. */
export interface Mover {
  readonly person: string;
  readonly environments?: readonly string[];
  /** Nobody but a delivery says that it was this person: it could be any other. */
  readonly isUnproved?: true;
}

/** By stage: who last took it on by hand. */
export type Movers = Readonly<Record<string, Mover>>;

/**
 * Who brought a release to a stage without the right to take it into that environment; undefined where all had it. Whoever took a stage on by hand
 * answers for what follows it, up to the next who did, and each of those who set the release off for all else.
 */
export function movedOutOfReach(
  stage: Extract<Stage, { kind: 'deploy' }>,
  stages: readonly Pick<Stage, 'name' | 'needs'>[],
  movers: Movers,
  starters: readonly Mover[],
): Mover | undefined {
  const answering = answeringFor(stage, stages, movers, starters);
  return answering.find(({ environments }) => environments?.includes(stage.environment) === false);
}

function answeringFor(
  { name, needs }: Pick<Stage, 'name' | 'needs'>,
  stages: readonly Pick<Stage, 'name' | 'needs'>[],
  movers: Movers,
  starters: readonly Mover[],
): readonly Mover[] {
  const own = Object.hasOwn(movers, name) ? movers[name] : undefined;
  if (own !== undefined) return [own];
  if (needs.length === 0) return starters;
  return stages.filter((other) => needs.includes(other.name)).flatMap((other) => answeringFor(other, stages, movers, starters));
}

/** The same with what somebody who set the release off as well is told of; of one person each thing once. */
export function withStarter(starters: readonly Mover[], starter: Mover): readonly Mover[] {
  const isKnown = starters.some((known) => canonicalOf(known) === canonicalOf(starter));
  return isKnown ? starters : [...starters, starter];
}

function canonicalOf({ person, environments, isUnproved }: Mover): string {
  return JSON.stringify([person, environments, isUnproved]);
}
