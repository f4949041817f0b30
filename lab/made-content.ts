import { createCipheriv, createHash } from 'node:crypto';
import { PassThrough, pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

const BLOCK = 1024 * 1024;

/** A layer while it is made: what a registry gets, and afterwards the digest of the tar in it. */
export interface MadeLayer {
  readonly content: AsyncIterable<Buffer>;
  diffId(): string;
}

/**
 * A layer as registries have it, a gzipped tar with one file of `bytes` that no compression makes smaller. The same name always
 * makes the same content.
 */
export function makeLayer(name: string, bytes: number): MadeLayer {
  const [tar, hash] = [pack(), createHash('sha256')];
  const entry = tar.entry({ name: `made/${name}`, size: bytes, mtime: new Date(0) });
  const seen = new PassThrough().on('data', (chunk: Buffer) => void hash.update(chunk));
  // Without compression, as the content has no use for it.
  const content = pipeline(tar, seen, createGzip({ level: 0 }), () => undefined);
  void fill(entry, name, bytes).then(() => tar.finalize());
  return { content, diffId: () => `sha256:${hash.digest('hex')}` };
}

async function fill(entry: NodeJS.WritableStream, name: string, bytes: number): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', createHash('sha256').update(name).digest().subarray(0, 16), Buffer.alloc(16));
  const zeros = Buffer.alloc(BLOCK);
  for (let left = bytes; left > 0; left -= BLOCK) {
    const block = cipher.update(left < BLOCK ? zeros.subarray(0, left) : zeros);
    if (!entry.write(block)) await new Promise((done) => entry.once('drain', done));
  }
  entry.end();
}
