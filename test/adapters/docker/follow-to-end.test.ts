import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FollowOptions, followToEnd } from '../../../adapters/docker/follow-to-end.ts';

const never = new AbortController().signal;
const follow = (stream: Readable, changes: Partial<FollowOptions<string>> = {}) =>
  followToEnd(stream, {
    signal: never,
    idleMs: 5_000,
    verdict: ({ status }) => (status?.startsWith('Status') ? status : undefined),
    ...changes,
  });
const linesOf = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\r\n`).join('');

describe('an engine’s stream', () => {
  it('gives its last verdict, wherever its bytes are cut', async () => {
    const text = linesOf(
      { status: 'Pulling fs layer', id: 'ä1' },
      { status: 'Status: first' },
      { stream: 'Schritt für Schritt\n' },
      { status: 'Status: last' },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (sizes) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const seen: string[] = [];
        expect(await follow(Readable.from(chunks), { onLine: (line) => seen.push(line) })).toBe('Status: last');
        expect(seen).toEqual(['ä1 Pulling fs layer', 'Status: first', 'Schritt für Schritt', 'Status: last']);
      }),
      { numRuns: 50 },
    );
  });

  it('that reports an error fails with it, even after a verdict, and keeps the last twenty lines', async () => {
    const noise = Array.from({ length: 30 }, (_, index) => ({ stream: `line ${index}\n` }));
    const text = linesOf({ status: 'Status: done' }, ...noise, { errorDetail: { code: 3, message: 'it broke' }, error: 'it broke' });
    const failed = follow(Readable.from([text]));
    await expect(failed).rejects.toMatchObject({ name: 'StreamFailed', message: 'it broke', exitCode: 3 });
    const { lines } = (await failed.catch((error: unknown) => error)) as { lines: string[] };
    expect(lines).toHaveLength(20);
    expect(lines.at(-2)).toBe('line 29');
  });

  it('that ends without a verdict is cut', async () => {
    await expect(follow(Readable.from([linesOf({ status: 'Pulling' })]))).rejects.toMatchObject({ name: 'StreamCut' });
    await expect(follow(Readable.from([]))).rejects.toMatchObject({ name: 'StreamCut' });
  });

  it('that breaks, or is no JSON, is cut and says how', async () => {
    const broken = new PassThrough();
    broken.write(linesOf({ status: 'Status: done' }));
    setImmediate(() => broken.destroy(new Error('socket hang up')));
    await expect(follow(broken)).rejects.toMatchObject({ name: 'StreamCut', message: expect.stringContaining('socket hang up') });
    await expect(follow(Readable.from(['<html>\n']))).rejects.toMatchObject({
      name: 'StreamCut',
      message: expect.stringContaining('<html>'),
    });
  });

  it('that goes silent is given up and closed', async () => {
    const silent = new PassThrough();
    silent.write(linesOf({ status: 'Status: not the end' }));
    await expect(follow(silent, { idleMs: 50 })).rejects.toMatchObject({ name: 'StreamIdle', message: expect.stringContaining('0.05 s') });
    expect(silent.destroyed).toBe(true);
  });

  it('that nobody wants any more ends with the caller’s reason', async () => {
    const stop = new AbortController();
    const endless = new PassThrough();
    const followed = follow(endless, { signal: stop.signal, idleMs: undefined });
    stop.abort(new Error('cancelled'));
    await expect(followed).rejects.toThrow('cancelled');
    expect(endless.destroyed).toBe(true);
    await expect(follow(new PassThrough(), { signal: stop.signal })).rejects.toThrow('cancelled');
  });

  it('that writes one line without end does not fill the memory', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(100_000, 'a');
    }
    await expect(follow(Readable.from(endless()))).rejects.toMatchObject({ name: 'StreamCut' });
  });
});
