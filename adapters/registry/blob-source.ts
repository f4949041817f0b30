/** Content to be sent: read on from where the last piece ended, and begun anew from anywhere else. */
export class BlobSource {
  #chunks: AsyncIterator<Buffer> | undefined;
  #position = 0;
  #rest: Buffer | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly content: (offset: number) => AsyncIterable<Buffer>,
    private readonly size: number,
  ) {}

  /** What broke reading off: not the fault of whoever takes the content. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Exactly `length` bytes from `offset` on. Throws what the content throws, or SourceDiffers. */
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
    // Content that is read to its end gives its connection back; one that is left goes with it.
    if (this.#position === this.size) await this.#end();
  }

  async close(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = undefined;
    await chunks?.return?.();
  }

  async #begin(offset: number): Promise<void> {
    await this.close();
    this.#rest = undefined;
    this.#failure = undefined;
    this.#position = offset;
    this.#chunks = this.content(offset)[Symbol.asyncIterator]();
  }

  async #next(): Promise<Buffer> {
    const chunk = this.#rest ?? (await this.#read());
    if (chunk === undefined) throw await this.#failed(new SourceDiffers(`ended after ${this.#position} bytes`, this.size));
    return chunk;
  }

  async #end(): Promise<void> {
    const more = this.#rest ?? (await this.#read());
    if (more !== undefined) throw await this.#failed(new SourceDiffers('went on after that', this.size));
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks?.next();
      return next?.done === false ? next.value : undefined;
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  /** What failed is not read on from: a repetition begins anew, and this failure is not lost in one of its own. */
  async #failed(error: unknown): Promise<unknown> {
    this.#failure = { error };
    await this.close();
    return error;
  }
}

/** Content that was to be sent does not have the size that its blob has: a fault of who gave it. */
export class SourceDiffers extends Error {
  override readonly name = 'SourceDiffers';

  constructor(seen: string, size: number) {
    super(`Expected ${size} bytes of content to send, and it ${seen}. Nothing of it was kept`);
  }
}
