/** Bytes that can be read in part, as often as wanted. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  /** From `from` up to and without `to`. */
  read(from: number, to: number): AsyncIterable<Buffer>;
}

const CHUNK = 64 * 1024;

export const NOTHING: Content = contentOf(Buffer.alloc(0));

export function contentOf(bytes: Buffer): Content {
  return { size: bytes.length, read: (from, to) => chunksOf(bytes.subarray(from, to)) };
}

/** A window into a content. */
export function partOf(whole: Content, start: number, end: number): Content {
  return { size: end - start, read: (from, to) => whole.read(start + from, Math.min(start + to, end)) };
}

/** All of it in one piece. */
export async function bytesOf(content: Content): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content.read(0, content.size)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
