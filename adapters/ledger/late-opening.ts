import { setTimeout } from 'node:timers/promises';
import { LedgerUnavailable } from './errors.ts';
import type { LedgerStore } from './ledger-store.ts';

/** A ledger that may not be there yet. */
export interface Opening {
  /** Works with the ledger. Throws LedgerUnavailable, with the reason, while it is not open. */
  use<Result>(work: (store: LedgerStore) => Promise<Result>): Promise<Result>;
  close(): void;
}

export interface LateOpeningOptions {
  /** As messages name it. */
  readonly place: string;
  /** Opens the ledger and compares it; tried until it succeeds. */
  readonly open: () => Promise<LedgerStore>;
  readonly log: (line: string) => void;
  /** How long to wait before the second attempt; twice as long each time after it, and ten seconds at most. 500 ms. */
  readonly pauseMs?: number;
}

const LONGEST_PAUSE_MS = 10_000;
/** A call waits so long for the attempt in hand: most starts are over by then. */
const PATIENCE_MS = 2_000;

/**
 * Opens a ledger in the background, again and again: a process that was killed while the ledger is away comes back without it, and does what
 * takes no ledger. One that contradicts its checkpoints is not open either, and that is told at each attempt until somebody has mended it.
 */
export class LateOpening implements Opening {
  readonly #options: LateOpeningOptions;
  readonly #closing = new AbortController();
  #store: LedgerStore | undefined;
  #failure: LedgerUnavailable;
  #attempt: Promise<void> = Promise.resolve();
  #told = '';

  constructor(options: LateOpeningOptions) {
    this.#options = options;
    this.#failure = new LedgerUnavailable(options.place, 'it is still being opened and compared with its checkpoints');
    void this.#keepTrying(options.pauseMs ?? 500);
  }

  async use<Result>(work: (store: LedgerStore) => Promise<Result>): Promise<Result> {
    if (this.#store === undefined) await Promise.race([this.#attempt, setTimeout(PATIENCE_MS, undefined, { ref: false })]);
    if (this.#store === undefined) throw this.#failure;
    return work(this.#store);
  }

  close(): void {
    this.#closing.abort();
    this.#store?.close();
  }

  async #keepTrying(firstPauseMs: number): Promise<void> {
    const { signal } = this.#closing;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      this.#attempt = this.#try();
      await this.#attempt;
      if (this.#store !== undefined) return;
      await setTimeout(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  async #try(): Promise<void> {
    try {
      const store = await this.#options.open();
      if (this.#closing.signal.aborted) return store.close();
      this.#store = store;
      if (this.#told !== '') this.#options.log(`The ledger ${this.#options.place} is open, and as its checkpoints say`);
    } catch (error) {
      this.#failure = toUnavailable(error, this.#options.place);
      this.#tell(error);
    }
  }

  /** An outage once, as it ends by itself; anything else until somebody has seen to it. */
  #tell(error: unknown): void {
    const { message } = this.#failure;
    if (error instanceof LedgerUnavailable && message === this.#told) return;
    this.#told = message;
    this.#options.log(`${message}. What needs the ledger waits for it; what goes back does not`);
  }
}

/** Of a worker that has nothing to do with the ledger. */
export function notHere(place: string, reason: string): Opening {
  return {
    use: async () => {
      throw new LedgerUnavailable(place, reason);
    },
    close: () => undefined,
  };
}

/** Retryable whatever it is: nothing that waits for the ledger ends because of it. */
function toUnavailable(error: unknown, place: string): LedgerUnavailable {
  if (error instanceof LedgerUnavailable) return error;
  return new LedgerUnavailable(place, error instanceof Error ? error.message : String(error), { cause: error });
}
