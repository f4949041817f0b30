import type { EnvironmentStatus } from '../environment-status.ts';
import type { GoodRelease } from '../good-release.ts';
import type { Stint } from './facts.ts';

/** So many changes ago decides no soak any more; what is forgotten was too short, or has opened its gate long ago. */
const REMEMBERED = 50;

/** What an environment ran, as far as it wrote it down; where it did not yet, what it runs now. Nothing where the application was never there. */
export function stintsOf({ current, stints }: Pick<EnvironmentStatus, 'current' | 'stints'>): readonly Stint[] {
  return stints ?? (current === null ? [] : [stintOf(current)]);
}

/**
 * What an environment ran once `next` is good there. Only ever added to: the list of what a rollback can reach forgets earlier stints of what
 * came again, and whoever counted by it would take the time of one release for another's.
 */
export function withStint(before: Pick<EnvironmentStatus, 'current' | 'stints'>, next: GoodRelease): readonly Stint[] {
  return [...stintsOf(before), stintOf(next)].slice(-REMEMBERED);
}

function stintOf({ release, since }: GoodRelease): Stint {
  return { release: release.number, digests: release.components.map(({ image }) => image.digest), since };
}
