import { setTimeout } from 'node:timers/promises';
import type { CheckpointPlace } from './places/place.ts';

export interface PublicationSettings {
  readonly places: readonly CheckpointPlace[];
  /** Whether a note is to stand in place of the one that is there. */
  readonly replaces: (note: string, there: string) => boolean;
  /** The newest note that any process has signed. */
  readonly newest: () => Promise<string | undefined>;
  /** Told of places that cannot be written. */
  readonly warn: (line: string) => void;
}

/** Brings the newest checkpoint to every place where others look for it. */
export class Publication {
  readonly #settings: PublicationSettings;
  /** Places that have not got the newest note yet. */
  readonly #owed = new Map<CheckpointPlace, string>();
  /** What is on its way to each, and what waits for that to end. */
  readonly #running = new Map<CheckpointPlace, Promise<void>>();
  readonly #next = new Map<CheckpointPlace, Promise<void>>();

  constructor(settings: PublicationSettings) {
    this.#settings = settings;
  }

  owe(note: string): void {
    for (const place of this.#settings.places) this.#owed.set(place, note);
  }

  /** Each place by itself: one that does not answer holds up no other, is told of, and is tried again the next time. */
  async deliver(): Promise<void> {
    await Promise.all([...this.#owed.keys()].map((place) => this.#next.get(place) ?? this.#queue(place)));
  }

  /** The same, waited for so long at most. */
  async deliverWithin(milliseconds: number): Promise<void> {
    if (this.#owed.size === 0) return;
    const late = new AbortController();
    await Promise.race([this.deliver(), setTimeout(milliseconds, undefined, { signal: late.signal })]);
    late.abort();
  }

  /** After what is on its way there. Of those who wait for the same place one turn does for all. */
  #queue(place: CheckpointPlace): Promise<void> {
    const turn = (this.#running.get(place) ?? Promise.resolve()).then(() => {
      this.#next.delete(place);
      this.#running.set(place, turn);
      return this.#bring(place);
    });
    this.#next.set(place, turn);
    return turn;
  }

  async #bring(place: CheckpointPlace): Promise<void> {
    const note = this.#owed.get(place);
    if (note === undefined) return;
    try {
      await place.publish(note, (there) => this.#settings.replaces(note, there));
      await this.#lookBack(place, note);
      if (this.#owed.get(place) === note) this.#owed.delete(place);
    } catch (error) {
      const seen = error instanceof Error ? error.message : String(error);
      this.#settings.warn(`The ledger's checkpoint was not published to ${place.name}, which is tried again: ${seen}`);
    }
  }

  /**
   * Places have no lock: a slower process may have put its older note over a newer one. That was signed before it was there, so that whoever wrote last
   * finds it now, and puts it back in a turn that nobody waits for.
   */
  async #lookBack(place: CheckpointPlace, note: string): Promise<void> {
    const newest = await this.#settings.newest();
    if (newest === undefined || !this.#settings.replaces(newest, this.#owed.get(place) ?? note)) return;
    this.#owed.set(place, newest);
    if (!this.#next.has(place)) void this.#queue(place);
  }
}
