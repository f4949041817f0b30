import type { Change } from './fallback-index.ts';

type Apply = (changes: readonly Change[]) => Promise<void>;

interface Waiting {
  readonly changes: Change[];
  readonly done: Promise<void>;
}

/** One writer a subject in this process: while it writes, further changes gather and are made together. */
export class SubjectQueue {
  readonly #writing = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves when the change stands. Throws what applying throws. */
  change(subject: string, change: Change, apply: Apply): Promise<void> {
    const waiting = this.#waiting.get(subject) ?? this.#wait(subject, apply);
    waiting.changes.push(change);
    return waiting.done;
  }

  #wait(subject: string, apply: Apply): Waiting {
    const changes: Change[] = [];
    const before = this.#writing.get(subject) ?? Promise.resolve();
    const done = before.then(
      () => this.#write(subject, changes, apply),
      () => this.#write(subject, changes, apply),
    );
    const waiting = { changes, done };
    this.#waiting.set(subject, waiting);
    this.#writing.set(subject, done);
    const forget = () => {
      if (this.#writing.get(subject) === done) this.#writing.delete(subject);
    };
    done.then(forget, forget);
    return waiting;
  }

  #write(subject: string, changes: readonly Change[], apply: Apply): Promise<void> {
    this.#waiting.delete(subject);
    return apply(changes);
  }
}
