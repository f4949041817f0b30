import { fitsRepository } from './pattern.ts';

/** What is kept of a repository. Each member keeps by itself: what one of them keeps is kept. */
export interface KeepRule {
  /** The last releases of each application, and as many of the images that no release has. */
  readonly releases?: number;
  /** Whatever is not older. */
  readonly days?: number;
  /** Tags that fit one of these patterns, and what they name. */
  readonly tags: readonly string[];
}

/** A rule for the repositories that fit a pattern. */
export interface RetentionRule {
  readonly match: string;
  readonly keep: KeepRule;
}

/** What all rules together keep of a repository, whatever their order; undefined where none is for it, and all of it is kept. */
export function ruleFor(rules: readonly RetentionRule[], repository: string): KeepRule | undefined {
  const fitting = rules.filter(({ match }) => fitsRepository(match, repository)).map(({ keep }) => keep);
  if (fitting.length === 0) return undefined;
  const releases = most(fitting.flatMap((rule) => rule.releases ?? []));
  const days = most(fitting.flatMap((rule) => rule.days ?? []));
  return {
    ...(releases !== undefined && { releases }),
    ...(days !== undefined && { days }),
    tags: [...new Set(fitting.flatMap((rule) => rule.tags))],
  };
}

function most(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}
