import { Worker } from 'node:worker_threads';
import type { ServerLog } from '../../server/ports.ts';
import type { DrainThreadData } from './drain-inside.ts';
import type { ServerStart } from './start-server.ts';

export interface ThreadOptions {
  /** What runs in the thread. */
  readonly worker: URL;
  /** Milliseconds until it is started again, doubled each time that it ends before it was ready. */
  readonly soonestMs: number;
  readonly latestMs: number;
}

const OPTIONS: ThreadOptions = { worker: new URL('./drain-inside.js', import.meta.url), soonestMs: 500, latestMs: 10_000 };

/**
 * Takes deliveries on in a thread of its own, so that no acknowledgement waits for git, the ledger or whoever is asked. One that ends by itself
 * is started again: what it was at is due again at once, and counted as begun.
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
    this.#data = { file: installation.file, temporal, process, version, logTo };
    this.#log = log;
    this.#options = options;
    this.#pauseMs = options.soonestMs;
  }

  start(): void {
    if (this.#worker !== undefined || this.#isStopping) return;
    clearTimeout(this.#again);
    const worker = new Worker(this.#options.worker, { workerData: this.#data });
    this.#worker = worker;
    worker.once('message', () => {
      this.#pauseMs = this.#options.soonestMs;
    });
    let failure: { readonly err?: unknown } = {};
    worker.once('error', (err) => {
      failure = { err };
    });
    worker.once('exit', (code) => this.#ended(worker, { ...failure, code }));
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
