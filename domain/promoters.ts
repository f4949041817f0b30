import { ancestorsOf } from './graph.ts';
import type { Stage } from './pipeline.ts';

/** By stage: everybody who ever took it on by hand. */
export type Promoters = ReadonlyMap<string, readonly string[]>;

/** The same with one person more, who stays in it whoever comes after. */
export function withPromoter(promoters: Promoters, stage: string, person: string): Promoters {
  return new Map(promoters).set(stage, [...new Set([...(promoters.get(stage) ?? []), person])]);
}

/** Who brought a release to a stage by hand: who took on the stage itself, or any that it needs, near and far. */
export function promotersOf(stage: string, stages: readonly Pick<Stage, 'name' | 'needs'>[], promoters: Promoters): readonly string[] {
  const needed = ancestorsOf(
    stage,
    stages.map(({ name, needs }) => ({ name, before: needs })),
  );
  return [...new Set([stage, ...needed].flatMap((name) => promoters.get(name) ?? []))];
}
