/** Bytes of a slot, slots of a body, and bytes below which a slot's rest is not read into. */
const SLOT = 512 * 1024;
const SLOTS = 4;
const SHORT = 32 * 1024;

/** A piece of memory: read into from `filled` on, and handed over up to there. */
interface Slot {
  readonly memory: Buffer;
  filled: number;
  taken: number;
}

/**
 * Bytes that a socket reads into a few buffers in turns, which saves a new one for each read. What `take` gives is lent until the next
 * `take`: its memory is read into again.
 */
export class LentChunks {
  readonly #free: Slot[] = Array.from({ length: SLOTS }, () => ({ memory: Buffer.allocUnsafeSlow(SLOT), filled: 0, taken: 0 }));
  /** Slots with bytes that were not taken yet, oldest first; the last one is being filled. */
  readonly #used: Slot[] = [];
  #isLent = false;

  /** Where the next read goes. The same place again, as long as nothing was read. */
  room(): Buffer {
    const last = this.#used.at(-1);
    if (last !== undefined && SLOT - last.filled >= SHORT) return last.memory.subarray(last.filled);
    const next = this.#free.shift();
    if (next === undefined) throw new TypeError('Read on although nothing was free');
    this.#used.push(next);
    return next.memory;
  }

  /** What was read into the last room. Says whether there is room for another read after the next. */
  filled(bytes: number): boolean {
    const last = this.#used.at(-1);
    if (last === undefined) throw new TypeError('Read without room');
    last.filled += bytes;
    return SLOT - last.filled >= SHORT || this.#free.length > 1;
  }

  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  /** All bytes that have come and lie side by side, at most `most` of them; undefined when there are none. */
  take(most: number): Buffer | undefined {
    this.#giveBack();
    const [slot] = this.#used;
    if (slot === undefined || slot.filled === slot.taken) return undefined;
    const chunk = slot.memory.subarray(slot.taken, Math.min(slot.filled, slot.taken + most));
    slot.taken += chunk.length;
    this.#isLent = true;
    return chunk;
  }

  /** The oldest slot is free when its last bytes come back, unless it is still read into. */
  #giveBack(): void {
    const [slot] = this.#used;
    if (!this.#isLent || slot === undefined) return;
    this.#isLent = false;
    if (slot.taken < slot.filled || SLOT - slot.filled >= SHORT) return;
    this.#used.shift();
    Object.assign(slot, { filled: 0, taken: 0 });
    this.#free.push(slot);
  }
}
