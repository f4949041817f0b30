/** GitHub fails what has waited for longer: https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments */
export const GUARD_LIFE_MS = 30 * 86_400_000;

const FIRST_MS = 5_000;
const MOST_MS = 300_000;
const GROWTH = 1.1;

/** How long until a guard looks again by itself, in milliseconds: about a tenth of the time that it has seen nothing new for. */
export function guardLooksAfter(looks: number): number {
  return Math.min(FIRST_MS * GROWTH ** looks, MOST_MS);
}

/** Whether what a guard waits for has become something else: a number that is measured anew each minute, or a place in a line, is still the same. */
export function isNews(before: string, now: string): boolean {
  return withoutNumbers(before) !== withoutNumbers(now);
}

function withoutNumbers(text: string): string {
  return text.replace(/\d+(?:[.,]\d+)*/g, '0');
}
