import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';

export const COMMIT = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';

/** An entry of a tar; a text is a file of that content. */
export type Made = Partial<Header> & { readonly name: string; readonly content?: string };

/** A tar as git makes one: its commit in front, then the entries in their order. Nothing of them is checked. */
export async function madeArchive(entries: readonly Made[], commit: string | null = COMMIT): Promise<Buffer> {
  const packed = pack();
  for (const { content = '', ...header } of entries) packed.entry(header, content);
  packed.finalize();
  const rest = await buffer(Readable.from(packed as AsyncIterable<Buffer>));
  return commit === null ? rest : Buffer.concat([await globalHeader('comment', commit), rest]);
}

/** What git puts in front: a record for all that follows. tar-stream writes it as a file, and the type makes it that. */
export async function globalHeader(key: string, value: string): Promise<Buffer> {
  const rest = ` ${key}=${value}\n`;
  const packed = pack();
  packed.entry({ name: 'pax_global_header' }, `${rest.length + 2}${rest}`);
  packed.finalize();
  const blocks = Buffer.from((await buffer(Readable.from(packed as AsyncIterable<Buffer>))).subarray(0, 1024));
  blocks.write('g', 156);
  return summed(blocks);
}

/** A tar whose first header is of before POSIX: without `ustar`. */
export function withoutMagic(tar: Buffer): Buffer {
  return summed(Buffer.from(tar).fill(0, 257, 265));
}

function summed(blocks: Buffer): Buffer {
  blocks.write(`${checksum(blocks).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return blocks;
}

function checksum(block: Buffer): number {
  let sum = 8 * 32;
  for (let at = 0; at < 512; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}
