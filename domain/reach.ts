import type { Stage } from './pipeline.ts';

/** Who brings a release on its way, and the environments that they may take it to: all of them where none are named. */
export interface Mover {
  readonly person: string;
  readonly environments?: readonly string[];
}

/** By stage: who last took it on by hand. */
export type Movers = Readonly<Record<string, Mover>>;

/**
 * Who brought a release to a stage without the right to take it into that environment; undefined where all had it. Whoever took a stage on by hand
 * answers for what follows it, up to the next who did, and whoever began the release for all else.
 */
export function movedOutOfReach(
  stage: Extract<Stage, { kind: 'deploy' }>,
  stages: readonly Pick<Stage, 'name' | 'needs'>[],
  movers: Movers,
  starter: Mover | undefined,
): string | undefined {
  const answering = answeringFor(stage, stages, movers, starter);
  return answering.find(({ environments }) => environments?.includes(stage.environment) === false)?.person;
}

function answeringFor(
  { name, needs }: Pick<Stage, 'name' | 'needs'>,
  stages: readonly Pick<Stage, 'name' | 'needs'>[],
  movers: Movers,
  starter: Mover | undefined,
): readonly Mover[] {
  const own = Object.hasOwn(movers, name) ? movers[name] : undefined;
  if (own !== undefined) return [own];
  if (needs.length === 0) return starter === undefined ? [] : [starter];
  return stages.filter((other) => needs.includes(other.name)).flatMap((other) => answeringFor(other, stages, movers, starter));
}
