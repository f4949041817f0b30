/** Content to be sent, read on from where the last piece ended, and begun anew from anywhere else. */
export class BlobSource {
  #chunks: AsyncIterator<Buffer> | undefined;
  #position = 0;
  #rest: Buffer | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly content: (offset: number) => AsyncIterable<Buffer>) {}

  /** What broke reading off: not the fault of whoever takes the content. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Exactly `length` bytes from `offset` on. Throws what the content throws, or SourceTooShort. */
  async *piece(offset: number, length: number): AsyncGenerator<Buffer> {
    if (this.#chunks === undefined || offset !== this.#position) await this.#begin(offset);
    for (let left = length; left > 0; ) {
      const chunk = await this.#next();
      const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
      this.#rest = part.length < chunk.length ? chunk.subarray(part.length) : undefined;
      this.#position += part.length;
      left -= part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    await this.#chunks?.return?.();
    this.#chunks = undefined;
  }

  async #begin(offset: number): Promise<void> {
    await this.close();
    this.#rest = undefined;
    this.#position = offset;
    this.#chunks = this.content(offset)[Symbol.asyncIterator]();
  }

  async #next(): Promise<Buffer> {
    if (this.#rest !== undefined) return this.#rest;
    try {
      const next = await this.#chunks?.next();
      if (next === undefined || next.done === true) throw new SourceTooShort(this.#position);
      return next.value;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** Content that was to be sent ended too early: a fault of who gave it. */
export class SourceTooShort extends Error {
  override readonly name = 'SourceTooShort';

  constructor(bytes: number) {
    super(`Expected all of the blob to send, and its content ended after ${bytes} bytes`);
  }
}
