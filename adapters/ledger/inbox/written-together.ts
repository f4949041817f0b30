import { setImmediate as gathered } from 'node:timers/promises';
import type { Database, Transaction } from '../database.ts';

type Work = (transaction: Transaction) => Promise<void>;

interface Change {
  readonly work: Work;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Changes of a database, of which those that come while one is being written are written together: one commit of the disk for all of them. */
export class WrittenTogether {
  #waiting: Change[] = [];
  #writing = false;

  constructor(private readonly database: Database) {}

  /** Resolves once the change is on the disk. `work` may be called twice, and what it did the first time is then undone. */
  write(work: Work): Promise<void> {
    const written = new Promise<void>((done, failed) => this.#waiting.push({ work, done, failed }));
    if (!this.#writing) void this.#writeAll();
    return written;
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      // Whatever has come to this process by now is read first: SQLite writes while nothing else happens here, and else each would be written alone.
      await gathered();
      await this.#write(this.#waiting.splice(0));
    }
    this.#writing = false;
  }

  /** What the database refuses of one is no reason to refuse the others; where it refuses two, it is the database. */
  async #write(batch: readonly Change[]): Promise<void> {
    const failure = await this.#commit(batch);
    if (failure === undefined) return;
    let refused = 0;
    for (const change of batch) {
      const own = refused > 1 || batch.length === 1 ? failure : await this.#commit([change]);
      if (own === undefined) continue;
      refused += 1;
      change.failed(own.error);
    }
  }

  async #commit(changes: readonly Change[]): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.database.transaction(async (transaction) => {
        for (const { work } of changes) await work(transaction);
      });
    } catch (error) {
      return { error };
    }
    for (const { done } of changes) done();
    return undefined;
  }
}
