import type { Limits } from './settings.ts';
import type { HttpAnswer } from './transport.ts';

/** What is worth reading to keep a connection: bytes, and milliseconds. */
const SHORT_BODY = 16_384;
const SHORT_WAIT_MS = 1_000;

/** Lets go of a body that nobody wants: a short one is read, so that its connection serves again, and any other is cut off. */
export async function drop({ body }: HttpAnswer): Promise<void> {
  // Whatever goes wrong, the body is gone, and that was the point.
  await body.dump({ limit: SHORT_BODY, signal: AbortSignal.timeout(SHORT_WAIT_MS) }).catch(() => undefined);
}

/** Reads a whole body, at most `limit` bytes. Throws BodyTooLarge, BodyTooSlow and what the connection throws. */
export async function readWhole({ body }: HttpAnswer, limit: number, { wholeAnswerMs }: Limits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const end = performance.now() + wholeAnswerMs;
  let length = 0;
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLarge(limit);
    if (performance.now() > end) throw new BodyTooSlow(`only ${length} bytes of its answer came within ${wholeAnswerMs / 1000} s`);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Bytes a second below which a stream counts as standing still. */
const SLOWEST = 1024;

/** Ends what trickles. Only time that is spent waiting for the other side counts. */
export class Pace {
  #waitedMs = 0;
  #bytes = 0;

  constructor(private readonly idleMs: number) {}

  /** Throws BodyTooSlow when less than 1 KiB for each second came while an idle limit's time was waited. */
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

/** Internal to this room: `named` says for which image. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor(readonly limit: number) {
    super(`its answer has more than ${limit} bytes`);
  }
}

/** Internal to this room: `named` says for which image. */
export class BodyTooSlow extends Error {
  override readonly name = 'BodyTooSlow';
}
