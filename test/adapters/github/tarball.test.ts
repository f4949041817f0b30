import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { openTarball } from '../../../adapters/github/source/tarball.ts';

const IDLE_MS = 30_000;
const MOST = 100_000_000;
const SHOP = { application: 'shop', owner: 'acme', repo: 'shop', place: 'acme/shop' };
const PIECE = 16 * 1024;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

/** More of it than all that lies between a network and a reader. */
const WHOLE = Buffer.alloc(4 * 1024 * 1024, 'source');
const COMPRESSED = gzipSync(WHOLE, { level: 0 });

/** A download that comes when it is asked for, and after so many pieces never again. */
async function opened(pieces = Number.POSITIVE_INFINITY): Promise<{ tar: Readable; isAskedInVain: Promise<void> }> {
  let sent = 0;
  let wait: () => void;
  const isAskedInVain = new Promise<void>((resolve) => {
    wait = resolve;
  });
  const body = (signal: AbortSignal | null | undefined) =>
    new ReadableStream<Uint8Array>(
      {
        start: (stream) => signal?.addEventListener('abort', () => stream.error(signal.reason)),
        pull: (stream) => {
          if (sent === pieces) return wait();
          const piece = COMPRESSED.subarray(sent * PIECE, (sent + 1) * PIECE);
          sent += 1;
          if (piece.length === 0) stream.close();
          else stream.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
  const download = async (_: unknown, init?: RequestInit) =>
    new Response(body(init?.signal), { headers: { 'content-type': 'application/x-gzip' } });
  const look = async () => ({ status: 302, data: undefined, headers: { location: 'https://codeload.test/shop' } });
  const options = { look, apiUrl: 'https://api.test', fetch: async () => download as typeof fetch, idleMs: IDLE_MS, most: MOST };
  const tar = await openTarball(options, SHOP, 'a'.repeat(40), new AbortController().signal);
  return { tar, isAskedInVain };
}

it('a download goes on for whoever begins late and reads slowly', async () => {
  const { tar } = await opened();
  jest.advanceTimersByTime(2 * IDLE_MS);
  const found: Buffer[] = [];
  for await (const chunk of tar) {
    // By then all that was asked for has come, and nothing more is asked until somebody reads on.
    await turn();
    jest.advanceTimersByTime(2 * IDLE_MS);
    found.push(chunk as Buffer);
  }
  expect(Buffer.concat(found).equals(WHOLE)).toBe(true);
});

it('a download that owes its reader a piece is given up in time, and no sooner', async () => {
  const { tar, isAskedInVain } = await opened(10);
  const failed = buffer(tar).catch((error: Error) => error);
  await isAskedInVain;
  jest.advanceTimersByTime(IDLE_MS - 1);
  expect(tar.destroyed).toBe(false);
  jest.advanceTimersByTime(1);
  expect(await failed).toMatchObject({ name: 'SourceUnavailable', message: expect.stringMatching(/nothing came for 30 s/) });
});
