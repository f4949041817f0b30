import { Worker } from 'node:worker_threads';
import type { ServerLog } from '../../server/ports.ts';
import type { DrainThreadData } from './drain-inside.ts';
import type { ServerStart } from './start-server.ts';

const SOONEST_MS = 500;
const LATEST_MS = 10_000;

/**
 * Takes deliveries on in a thread of its own, so that no acknowledgement waits for git, the ledger or whoever is asked. One that ends by itself
 * is started again: what it was at is due again at once, and counted as begun.
 */
export class DrainThread {
  readonly #data: DrainThreadData;
  readonly #log: ServerLog;
  #worker: Worker | undefined;
  #again: NodeJS.Timeout | undefined;
  #pauseMs = SOONEST_MS;
  #isStopping = false;

  constructor({ installation, temporal, process, version, logTo }: ServerStart, log: ServerLog) {
    this.#data = { file: installation.file, temporal, process, version, logTo };
    this.#log = log;
  }

  start(): void {
    if (this.#worker !== undefined || this.#isStopping) return;
    clearTimeout(this.#again);
    const worker = new Worker(new URL('./drain-inside.js', import.meta.url), { workerData: this.#data });
    this.#worker = worker;
    worker.once('message', () => {
      this.#pauseMs = SOONEST_MS;
    });
    worker.once('error', (err) => this.#log.error({ err }, 'What takes deliveries on has ended'));
    worker.once('exit', () => this.#ended(worker));
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

  #ended(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.#isStopping) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.start();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LATEST_MS);
  }
}
