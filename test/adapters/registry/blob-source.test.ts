import { describe, expect, it } from '@jest/globals';
import { BlobSource } from '../../../adapters/registry/blob-source.ts';

const CONTENT = Buffer.from('some content');

/** Content that breaks off after some bytes as often as is said, and then is whole. */
function breaking(times: number, after = 4) {
  const opened: number[] = [];
  const content = async function* (offset: number): AsyncGenerator<Buffer> {
    opened.push(offset);
    yield CONTENT.subarray(offset, offset + after);
    if (opened.length <= times) throw new Error(`broken off ${opened.length}`);
    yield CONTENT.subarray(offset + after);
  };
  return { content, opened };
}

async function all(source: BlobSource, offset: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.piece(offset, CONTENT.length - offset)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('content to be sent', () => {
  it('is begun anew where it broke off, wherever the one who takes it stands', async () => {
    const { content, opened } = breaking(1);
    const source = new BlobSource(content, CONTENT.length);
    await expect(all(source, 0)).rejects.toThrow('broken off 1');
    expect(source.failure).toMatchObject({ error: { message: 'broken off 1' } });
    expect(await all(source, 4)).toBe('content'.padStart(8));
    expect(source.failure).toBeUndefined();
    expect(opened).toEqual([0, 4]);
  });

  it('that breaks off again fails with its own words, and not as content of another size', async () => {
    const source = new BlobSource(breaking(2).content, CONTENT.length);
    await expect(all(source, 0)).rejects.toThrow('broken off 1');
    await expect(all(source, 4)).rejects.toThrow('broken off 2');
    expect(source.failure).toMatchObject({ error: { message: 'broken off 2' } });
  });

  it.each([
    [CONTENT.length - 1, 'went on after that'],
    [CONTENT.length + 1, 'ended after 12 bytes'],
  ])('of another size than %i bytes is refused', async (size, seen) => {
    const source = new BlobSource(breaking(0).content, size);
    const taken = async () => {
      for await (const _ of source.piece(0, size));
    };
    await expect(taken()).rejects.toThrow(seen);
  });
});
