import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LentChunks } from '../../../adapters/registry/lent-chunks.ts';

const written = randomBytes(8 * 1024 * 1024);

/** What a socket and a reader do in turns: bytes that come, and bytes that are taken at most. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('come' as const), bytes: fc.integer({ min: 1, max: 600_000 }) }),
    fc.record({ kind: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: 700_000 }) }),
  ),
  { maxLength: 120 },
);

describe('chunks that are lent', () => {
  it('are all bytes in their order, and stay as they are until the next is taken, whoever is faster', () => {
    fc.assert(fc.property(steps, (all) => expectWhole(all)));
  });

  it('stop a socket before there is no room for what it reads next', () => {
    const chunks = new LentChunks();
    let came = 0;
    for (let goesOn = true; goesOn; ) {
      const room = chunks.room();
      expect(room.length).toBeGreaterThan(0);
      came += room.length;
      goesOn = chunks.filled(room.length);
    }
    // As Node does: the next room is asked for before the socket stops.
    expect(chunks.room().length).toBeGreaterThan(0);
    expect(chunks.hasRoom).toBe(false);
    expect(chunks.take(came)?.length).toBeGreaterThan(0);
    chunks.take(came);
    expect(chunks.hasRoom).toBe(true);
  });
});

function expectWhole(all: readonly { readonly kind: 'come' | 'take'; readonly bytes: number }[]): void {
  const chunks = new LentChunks();
  let room = chunks.room();
  let [came, taken, isPaused] = [0, 0, false];
  let lent: { readonly chunk: Buffer; readonly from: number } | undefined;
  const expectUnchanged = () => {
    if (lent !== undefined) expect(lent.chunk.equals(written.subarray(lent.from, lent.from + lent.chunk.length))).toBe(true);
  };
  for (const { kind, bytes } of all) {
    if (kind === 'come' && !isPaused && came + bytes <= written.length) {
      const read = written.copy(room, 0, came, came + Math.min(bytes, room.length));
      came += read;
      isPaused = !chunks.filled(read);
      room = chunks.room();
    } else if (kind === 'take') {
      expectUnchanged();
      const chunk = chunks.take(bytes);
      lent = chunk && { chunk, from: taken };
      taken += chunk?.length ?? 0;
      if (chunks.hasRoom) isPaused = false;
    }
    expectUnchanged();
  }
  for (let chunk = chunks.take(written.length); chunk !== undefined; chunk = chunks.take(written.length)) {
    expect(chunk.equals(written.subarray(taken, taken + chunk.length))).toBe(true);
    taken += chunk.length;
  }
  expect(taken).toBe(came);
}
