import type { EnvironmentCount } from './router-metric.ts';

/** What routers had counted, as the next run of a release is handed it. */
export interface CountsSoFar {
  /** The longest time that any stage has counted over, in milliseconds. */
  readonly overMs: number;
  /** Whether any figure is a mean, which is made of each server's own. */
  readonly means: boolean;
  readonly counts: readonly EnvironmentCount[];
}

/**
 * The counts that fit into so many characters of JSON: all, or every second of them, and so on. The first, which figures reach back to, and the last
 * stay; where even these do not fit there are none, and it is counted anew.
 */
export function fitting(counts: readonly EnvironmentCount[], characters: number): readonly EnvironmentCount[] {
  if (JSON.stringify(counts).length <= characters) return counts;
  if (counts.length <= 2) return [];
  const last = counts.length - 1;
  return fitting(
    counts.filter((_, index) => index % 2 === 0 || index === last),
    characters,
  );
}
