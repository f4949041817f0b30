import type { Limits } from './settings.ts';
import type { HttpAnswer } from './transport.ts';

/** Lets go of a body that nobody wants: a short one is read, so that its connection serves again. */
export async function drop(answer: HttpAnswer): Promise<void> {
  await answer.body.dump({ limit: 16_384 }).catch(() => undefined);
}

/** Reads a whole body, at most `limit` bytes. Throws BodyTooLarge, BodyTooSlow and what the connection throws. */
export async function readWhole(answer: HttpAnswer, limit: number, { wholeAnswerMs }: Limits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const end = performance.now() + wholeAnswerMs;
  let length = 0;
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLarge(limit, `it has more than ${limit} bytes`);
    if (performance.now() > end) throw new BodyTooSlow(`only ${length} bytes of its answer came within ${wholeAnswerMs / 1000} s`);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Bytes a second below which a stream counts as standing still. */
const SLOWEST = 1024;

/** Ends what trickles. The time that counts is that spent waiting for the other side alone. */
export class Pace {
  #waitedMs = 0;
  #bytes = 0;

  constructor(private readonly idleMs: number) {}

  /** Throws BodyTooSlow when less than 1 KiB for each second arrived while an idle limit's time was waited. */
  count(bytes: number, waitedMs: number): void {
    this.#waitedMs += waitedMs;
    this.#bytes += bytes;
    if (this.#waitedMs < this.idleMs) return;
    if (this.#bytes < (SLOWEST * this.#waitedMs) / 1000)
      throw new BodyTooSlow(`only ${this.#bytes} bytes moved in ${(this.#waitedMs / 1000).toFixed(1)} s`);
    this.#waitedMs = 0;
    this.#bytes = 0;
  }
}

/** Internal to this room: the connection says for which image. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor(
    readonly limit: number,
    seen: string,
  ) {
    super(seen);
  }
}

/** Internal to this room: the connection says for which image. */
export class BodyTooSlow extends Error {
  override readonly name = 'BodyTooSlow';
}
