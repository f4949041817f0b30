import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore, Draft } from './blob-store.ts';
import type { Content } from './content.ts';

/** Files of one directory, for layers that memory has no room for. A new store begins empty, whatever the directory holds. */
export class DiskBlobs implements BlobStore {
  readonly #sizes = new Map<string, number>();

  constructor(private readonly directory: string) {}

  async begin(): Promise<Draft> {
    await mkdir(this.directory, { recursive: true });
    const path = join(this.directory, randomUUID());
    await writeFile(path, '');
    return new DiskDraft(path, async (digest, size) => {
      await rename(path, this.#path(digest));
      this.#sizes.set(digest, size);
    });
  }

  read(digest: string): Content | undefined {
    const size = this.#sizes.get(digest);
    return size === undefined ? undefined : fileContent(this.#path(digest), size);
  }

  async remove(digest: string): Promise<void> {
    this.#sizes.delete(digest);
    await rm(this.#path(digest), { force: true });
  }

  #path(digest: string): string {
    return join(this.directory, digest.replace(':', '-'));
  }
}

class DiskDraft implements Draft {
  #size = 0;

  constructor(
    private readonly path: string,
    private readonly keep: (digest: string, size: number) => Promise<void>,
  ) {}

  get content(): Content {
    return fileContent(this.path, this.#size);
  }

  async append(chunk: Buffer): Promise<void> {
    await appendFile(this.path, chunk);
    this.#size += chunk.length;
  }

  async truncate(size: number): Promise<void> {
    if (size >= this.#size) return;
    await truncate(this.path, size);
    this.#size = size;
  }

  async keepAs(digest: string): Promise<void> {
    await this.keep(digest, this.#size);
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function fileContent(path: string, size: number): Content {
  return { size, read: (from, to) => read(path, from, to) };
}

async function* read(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  // A stream's `end` is inclusive, so that it cannot read nothing.
  if (to > from) yield* createReadStream(path, { start: from, end: to - 1 });
}
