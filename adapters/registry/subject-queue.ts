import type { Bounded } from './contents.ts';
import type { Change } from './fallback-changes.ts';
import { waitFor } from './waiting.ts';

type Apply = (changes: readonly Change[], options: Bounded) => Promise<void>;

/** Changes that are made together. */
interface Batch {
  readonly changes: Change[];
  readonly done: Promise<void>;
  /** Ends the batch when nobody waits for it any more. */
  readonly controller: AbortController;
  waiting: number;
}

/** One writer a subject in this process: while it writes, further changes gather, and are made together afterwards. */
export class SubjectQueue {
  /** The batches that gather. */
  readonly #open = new Map<string, Batch>();
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when the changes stand. Throws what applying throws, or the signal's reason. */
  async change(subject: string, changes: readonly Change[], { signal }: Bounded, apply: Apply): Promise<void> {
    const batch = this.#open.get(subject) ?? this.#begin(subject, apply);
    batch.changes.push(...changes);
    batch.waiting += 1;
    try {
      await waitFor(batch.done, signal);
    } finally {
      batch.waiting -= 1;
      if (batch.waiting === 0) batch.controller.abort(signal.reason);
    }
  }

  #begin(subject: string, apply: Apply): Batch {
    const changes: Change[] = [];
    const controller = new AbortController();
    const write = () => {
      this.#open.delete(subject);
      return apply(changes, { signal: controller.signal });
    };
    // How the batch before ended is for those to hear who waited for it.
    const done = (this.#last.get(subject) ?? Promise.resolve()).then(write, write);
    const forget = () => this.#last.get(subject) === done && this.#last.delete(subject);
    done.then(forget, forget);
    this.#last.set(subject, done);
    const batch = { changes, done, controller, waiting: 0 };
    this.#open.set(subject, batch);
    return batch;
  }
}
