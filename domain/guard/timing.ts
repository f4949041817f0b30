/** GitHub fails what has waited for longer: https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments */
export const GUARD_LIFE_MS = 30 * 86_400_000;

const FIRST_MS = 5_000;
const MOST_MS = 300_000;
const GROWTH = 1.1;

/** How long until a guard looks again by itself, in milliseconds: about a tenth of the time that it has seen nothing new for. */
export function guardLooksAfter(looks: number): number {
  return Math.min(FIRST_MS * GROWTH ** looks, MOST_MS);
}
