import type { EnvironmentStatus, GoodRelease } from '../environment.ts';
import type { Stint } from './facts.ts';

/** What an environment ran, as far as it remembers; nothing where the application was never there. */
export function stintsOf({ current, history }: Pick<EnvironmentStatus, 'current' | 'history'>): readonly Stint[] {
  return (current === null ? history : [current, ...history]).map(stintOf);
}

function stintOf({ release, since }: GoodRelease): Stint {
  return { release: release.number, digests: release.components.map(({ image }) => image.digest), since };
}
