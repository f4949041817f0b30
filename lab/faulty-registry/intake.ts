import type { IncomingMessage } from 'node:http';
import { endConnection } from './delivery.ts';
import type { Fault } from './faults.ts';
import type { Entry } from './record.ts';

/** The body of a request, counted; it breaks where a fault says so. What nobody reads is read at last by `drain`. */
export class Intake implements AsyncIterable<Buffer> {
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(
    private readonly request: IncomingMessage,
    private readonly entry: Entry,
    private readonly cut: Extract<Fault, { kind: 'cut request' }> | undefined,
  ) {
    // Whoever stops reading has not yet ended the connection.
    this.#chunks = request.iterator({ destroyOnReturn: false });
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return { next: () => this.#next() };
  }

  /** Reads what is left, so that the connection can be used again. */
  async drain(): Promise<void> {
    while (!(await this.#next()).done);
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    const left = (this.cut?.after ?? Number.POSITIVE_INFINITY) - this.entry.bytesIn;
    if (left <= 0) return this.#break();
    const read = await this.#chunks.next();
    if (read.done) return this.cut === undefined ? read : this.#break();
    const chunk = read.value.subarray(0, left);
    this.entry.bytesIn += chunk.length;
    return { done: false, value: chunk };
  }

  async #break(): Promise<never> {
    await endConnection(this.request.socket, this.cut?.ending ?? 'RST');
    throw new ConnectionCut();
  }
}

/** A fault ended the connection; there is nobody to answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}
