import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again every 50 ms until the answer is neither undefined nor false, and returns it.
 * Throws NeverCame after `milliseconds`; what the question throws rises at once.
 */
export async function until<T>(what: string, milliseconds: number, question: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new NeverCame(what, milliseconds);
    await pause(50);
  }
}

export class NeverCame extends Error {
  override readonly name = 'NeverCame';

  constructor(what: string, milliseconds: number) {
    super(`Expected ${what} within ${Math.round(milliseconds / 1000)} s, and it did not come`);
  }
}
