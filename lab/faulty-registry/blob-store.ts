import { createHash } from 'node:crypto';
import { bytesOf, type Content, contentOf } from './content.ts';

/** Where the bytes of blobs are, each once for all repositories. */
export interface BlobStore {
  begin(): Promise<Draft>;
  read(digest: string): Content | undefined;
  remove(digest: string): Promise<void>;
}

/** Bytes on their way in. */
export interface Draft {
  readonly content: Content;
  append(chunk: Buffer): Promise<void>;
  /** Drops what is beyond `size` bytes. */
  truncate(size: number): Promise<void>;
  keepAs(digest: string): Promise<void>;
  discard(): Promise<void>;
}

/** The digest that a content has by the algorithm that `like` names. */
export async function digestOf(content: Content, like = 'sha256:'): Promise<string> {
  const algorithm = like.split(':')[0] ?? '';
  const hash = createHash(algorithm);
  for await (const chunk of content.read(0, content.size)) hash.update(chunk);
  return `${algorithm}:${hash.digest('hex')}`;
}

/** Gone with the process. */
export class MemoryBlobs implements BlobStore {
  readonly #kept = new Map<string, Content>();

  async begin(): Promise<Draft> {
    return new MemoryDraft((digest, content) => this.#kept.set(digest, content));
  }

  read(digest: string): Content | undefined {
    return this.#kept.get(digest);
  }

  async remove(digest: string): Promise<void> {
    this.#kept.delete(digest);
  }
}

class MemoryDraft implements Draft {
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(private readonly keep: (digest: string, content: Content) => void) {}

  get content(): Content {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return contentOf(whole);
  }

  async append(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  async truncate(size: number): Promise<void> {
    if (size >= this.#size) return;
    this.#chunks = [(await bytesOf(this.content)).subarray(0, size)];
    this.#size = size;
  }

  async keepAs(digest: string): Promise<void> {
    this.keep(digest, this.content);
    await this.discard();
  }

  async discard(): Promise<void> {
    this.#chunks = [];
    this.#size = 0;
  }
}
