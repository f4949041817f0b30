import type { EnvironmentState } from '../../domain/environment-state.ts';
import { requestOf } from '../../domain/environment-work.ts';

/** What stands is looked at again after this long, should nobody have said that it changed, and then more and more rarely. */
const LOOK_AGAIN_MS = 300_000;
const LONGEST_LOOK_MS = 4 * 3_600_000;

type Queue = EnvironmentState['queue'];

/** When the queue is looked at again in which nothing may begin, and what those that wait in it were told. */
export class QueueLooks {
  #waiting: { readonly queue: Queue; readonly until: number } | undefined;
  /** A freeze may last a year, and is told once. */
  #told = '';
  /** Looks that found nothing new. */
  #looks = 0;

  /** Whether somebody's turn may have come. */
  isDue(queue: Queue): boolean {
    return queue.length > 0 && (queue !== this.#waiting?.queue || Date.now() >= this.#waiting.until);
  }

  /** Milliseconds until it may have come by itself. */
  untilDue(): number {
    return this.#waiting === undefined ? Number.POSITIVE_INFINITY : Math.max(1, this.#waiting.until - Date.now());
  }

  /** Whether something is held back that could begin otherwise. */
  isHolding(): boolean {
    return this.#waiting !== undefined;
  }

  /** It is due at once. */
  lookAgain(): void {
    this.#waiting = undefined;
  }

  /** What was seen lets nothing begin before `until`; true where those that wait do not know yet why. */
  saw(queue: Queue, until: number | undefined): boolean {
    const told = JSON.stringify(queue.map((work) => [requestOf(work), work.kind === 'promotion' && work.held]));
    const isNew = told !== this.#told;
    this.#looks = isNew ? 0 : this.#looks + 1;
    this.waitOn(queue, until);
    this.#told = told;
    return isNew;
  }

  /** As before: nothing could be seen. */
  waitOn(queue: Queue, until = Number.POSITIVE_INFINITY): void {
    const rarely = Math.min(LONGEST_LOOK_MS, LOOK_AGAIN_MS * 2 ** Math.min(this.#looks, 10));
    this.#waiting = { queue, until: Math.min(until, Date.now() + rarely) };
  }
}
