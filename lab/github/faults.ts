import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './answers.ts';

/** An answer given instead of the real one, for the next requests. */
export interface InjectedFailure {
  readonly times: number;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What goes wrong on purpose. */
export class Faults {
  #failures: InjectedFailure[] = [];
  #state: 'up' | 'down' = 'up';
  #delayMs = 0;

  failNext(failure: InjectedFailure): void {
    this.#failures.push(failure);
  }

  outage(on: boolean): void {
    this.#state = on ? 'down' : 'up';
  }

  slow(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** `cut` ends the connection without an answer; an answer replaces the real one. Waits first when the endpoint is slow. */
  async next(): Promise<'none' | 'cut' | Answer> {
    if (this.#delayMs > 0) await pause(this.#delayMs, undefined, { ref: false });
    if (this.#state === 'down') return 'cut';
    const failure = this.#failures.shift();
    if (failure === undefined) return 'none';
    if (failure.times > 1) this.#failures.unshift({ ...failure, times: failure.times - 1 });
    const {
      status,
      headers = {},
      body = { message: `Injected failure ${status}`, documentation_url: 'https://docs.github.com/rest' },
    } = failure;
    return { status, headers, body };
  }
}
