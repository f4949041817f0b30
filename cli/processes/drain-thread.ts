import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { ServerLog } from '../../server/ports.ts';
import type { DrainThreadData } from './drain-inside.ts';
import type { ServerStart } from './start-server.ts';

export interface ThreadOptions {
  /** What runs in the thread. */
  readonly worker: URL;
  /** Milliseconds until it is started again, doubled each time that it ends before it was ready. */
  readonly soonestMs: number;
  readonly latestMs: number;
  /** How long it may be silent before it says the first thing, and afterwards: longer than the largest delivery keeps it from everything else. In milliseconds. */
  readonly beginsMs: number;
  readonly silentMs: number;
  /** What it may take of the machine; what a process may by itself unless given. */
  readonly limits?: ResourceLimits;
}

const OPTIONS: ThreadOptions = {
  worker: new URL('./drain-inside.js', import.meta.url),
  soonestMs: 500,
  latestMs: 10_000,
  beginsMs: 180_000,
  silentMs: 60_000,
};

/** So many times while it may be silent it says that it is alive, and is looked after. */
const BEATS = 6;

/**
 * Takes deliveries on in a thread of its own, so that no acknowledgement waits for git, the ledger or whoever is asked. One that ends by itself, runs out of its memory or
 * does nothing any more is started again: what it was at is due again at once, and counted as begun.
 */
export class DrainThread {
  readonly #data: DrainThreadData;
  readonly #log: ServerLog;
  #worker: Worker | undefined;
  #again: NodeJS.Timeout | undefined;
  readonly #options: ThreadOptions;
  #pauseMs: number;
  #isStopping = false;

  constructor({ installation, temporal, process, version, logTo }: ServerStart, log: ServerLog, options = OPTIONS) {
    this.#data = { file: installation.file, temporal, process, version, logTo, beatMs: options.silentMs / BEATS };
    this.#log = log;
    this.#options = options;
    this.#pauseMs = options.soonestMs;
  }

  start(): void {
    if (this.#worker !== undefined || this.#isStopping) return;
    clearTimeout(this.#again);
    const { worker: code, limits } = this.#options;
    const worker = new Worker(code, { workerData: this.#data, ...(limits !== undefined && { resourceLimits: limits }) });
    this.#worker = worker;
    worker.on('message', (word) => {
      if (word === 'ready') this.#pauseMs = this.#options.soonestMs;
    });
    let failure: { readonly err?: unknown } = {};
    worker.once('error', (err) => {
      failure = { err };
    });
    const unwatch = this.#watch(worker);
    worker.once('exit', (code) => {
      unwatch();
      this.#ended(worker, { ...failure, code });
    });
  }

  /** Counts looks and no time: a whole process that was held up for long hears first what its thread has said. */
  #watch(worker: Worker): () => void {
    const { beginsMs, silentMs } = this.#options;
    let [silent, most] = [0, Math.ceil((BEATS * beginsMs) / silentMs)];
    worker.on('message', () => {
      [silent, most] = [0, BEATS];
    });
    const looks = setInterval(() => {
      silent += 1;
      if (silent !== most + 1) return;
      this.#log.error(
        { silentForMs: Math.round((most * silentMs) / BEATS) },
        'What takes deliveries on does nothing any more, and is ended',
      );
      void worker.terminate();
    }, silentMs / BEATS).unref();
    return () => clearInterval(looks);
  }

  /** There is something new. */
  wake(): void {
    if (this.#worker === undefined && this.#again === undefined) this.start();
    this.#worker?.postMessage('wake');
  }

  /** Lets go of what is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('stop');
    await ended;
  }

  #ended(worker: Worker, how: { readonly err?: unknown; readonly code: number }): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.#isStopping) return;
    this.#log.error({ ...how, againInMs: this.#pauseMs }, 'What takes deliveries on has ended');
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.start();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#options.latestMs);
  }
}
