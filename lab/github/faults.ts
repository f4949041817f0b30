import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, refusal } from './answers.ts';
import type { Breakage } from './broken-answers.ts';

/** An answer given instead of the real one, for the next requests. */
export interface InjectedFailure {
  readonly times: number;
  /** Of requests with this method alone; the others are answered as ever. */
  readonly method?: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** How many requests are left, and when they are as many as ever, in milliseconds since the epoch. */
export interface Limit {
  readonly requests: number;
  readonly resetAt: number;
}

/** What goes wrong on purpose. */
export class Faults {
  #failures: InjectedFailure[] = [];
  #state: 'up' | 'down' = 'up';
  #delayMs = 0;
  #limit: Limit | undefined;
  #endless = 0;
  #truncated = 0;

  failNext(failure: InjectedFailure): void {
    this.#failures.push(failure);
  }

  outage(on: boolean): void {
    this.#state = on ? 'down' : 'up';
  }

  slow(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** The primary rate limit: so many requests more, then 403 until the moment. */
  limit(limit: Limit | undefined): void {
    this.#limit = limit;
  }

  /** The next answers begin and never end. */
  endlessNext(times: number): void {
    this.#endless = times;
  }

  /** The next answers break off in their middle. */
  truncateNext(times: number): void {
    this.#truncated = times;
  }

  /** What every answer tells of the rate limit. */
  headers(): Readonly<Record<string, string>> {
    const { requests, resetAt } = this.#limit ?? { requests: 5000, resetAt: Date.now() + 3_600_000 };
    return {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': String(Math.max(requests, 0)),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
    };
  }

  #limited(): Answer | undefined {
    if (this.#limit === undefined) return undefined;
    if (Date.now() >= this.#limit.resetAt) this.#limit = undefined;
    if (this.#limit === undefined) return undefined;
    const { requests, resetAt } = this.#limit;
    this.#limit = { requests: requests - 1, resetAt };
    return requests > 0 ? undefined : refusal(403, 'API rate limit exceeded for installation.');
  }

  /** `cut` ends the connection without an answer; an answer replaces the real one. Waits first when the endpoint is slow. */
  async next(method: string): Promise<'none' | Breakage | Answer> {
    if (this.#delayMs > 0) await pause(this.#delayMs, undefined, { ref: false });
    if (this.#state === 'down') return 'cut';
    if (this.#endless > 0) {
      this.#endless -= 1;
      return 'endless';
    }
    if (this.#truncated > 0) {
      this.#truncated -= 1;
      return 'truncated';
    }
    return this.#limited() ?? this.#injected(method) ?? 'none';
  }

  #injected(method: string): Answer | undefined {
    const at = this.#failures.findIndex((one) => one.method === undefined || one.method === method);
    const failure = this.#failures[at];
    if (failure === undefined) return undefined;
    const { times } = failure;
    this.#failures = times > 1 ? this.#failures.with(at, { ...failure, times: times - 1 }) : this.#failures.toSpliced(at, 1);
    const {
      status,
      headers = {},
      body = { message: `Injected failure ${status}`, documentation_url: 'https://docs.github.com/rest' },
    } = failure;
    return { status, headers, body };
  }
}
