import { setTimeout as delay } from 'node:timers/promises';

/** Stops waiting for work when the caller gives up; the work itself goes on for others. Throws the signal's reason, or what the work throws. */
export function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    const forget = () => signal.removeEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).then(forget, forget);
  });
}

/** Ends an exchange that stands still: it must be told whenever something is waited for, and when it came. */
export class StandstillGuard {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly reason: () => Error,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  waiting(): void {
    this.#timer = setTimeout(() => this.#controller.abort(this.reason()), this.limitMs);
  }

  moved(): void {
    clearTimeout(this.#timer);
  }
}

/** Waits for a time. Throws the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
