import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs/minimal.js';
import { createBuildTrace } from '../../../adapters/docker/buildkit/build-trace.ts';
import { messageOf } from '../../../adapters/docker/buildkit/fields.ts';
import type { StreamLine } from '../../../adapters/docker/follow-to-end.ts';
import { redactionOf } from '../../../adapters/docker/redaction.ts';

const VALUE = 'pässwort-7f3a';

const text = (number: number, value: string) => messageOf(number, Buffer.from(value));
const trace = (...parts: Buffer[]) =>
  ({ id: 'moby.buildkit.trace', aux: Buffer.concat(parts).toString('base64') }) as unknown as StreamLine;

function step(digest: string, name: string, { cached = false, done = false } = {}): Buffer {
  const flag = protobuf.Writer.create()
    .uint32(4 << 3)
    .bool(cached)
    .finish();
  const end = done ? [messageOf(6, new Uint8Array())] : [];
  return messageOf(1, Buffer.concat([text(1, digest), text(3, name), flag, messageOf(5, new Uint8Array()), ...end]));
}

function printed(vertex: string, bytes: Uint8Array): Buffer {
  return messageOf(3, Buffer.concat([text(1, vertex), messageOf(4, bytes)]));
}

describe('the report of a build by BuildKit', () => {
  it('names each step once when it begins, and says which were there already', () => {
    const words = createBuildTrace(redactionOf([]));
    expect(words(trace(step('a', '[1/2] FROM x'), step('b', '[2/2] RUN y', { cached: true })))).toEqual([
      '[1/2] FROM x',
      'CACHED [2/2] RUN y',
    ]);
    expect(words(trace(step('a', '[1/2] FROM x', { done: true })))).toEqual([]);
    expect(words({ id: 'moby.image.id', aux: { ID: 'sha256:1' } })).toEqual([]);
    expect(words({ stream: 'Successfully tagged web\n' })).toEqual(['Successfully tagged web']);
  });

  it('shows what steps print by whole lines, so that no half of a secret is shown', () => {
    const words = createBuildTrace(redactionOf([VALUE]));
    const bytes = Buffer.from(`it is ${VALUE}\n`);
    // In pieces of three bytes, one of which ends within a character, and between those of another step.
    const pieces = [...Array(Math.ceil(bytes.length / 3)).keys()].map((at) => bytes.subarray(at * 3, at * 3 + 3));
    const shown = pieces.flatMap((piece) => words(trace(printed('a', piece), printed('b', Buffer.from('.')))));
    expect(shown).toEqual(['it is [redacted]']);
    expect(words(trace(printed('a', Buffer.from(VALUE))))).toEqual([]);
    expect(words(trace(step('a', 'RUN', { done: true })))).toEqual(['RUN', '[redacted]']);
    expect(words({ errorDetail: { message: VALUE }, error: `failed: ${VALUE}` })).toEqual([
      `${'.'.repeat(pieces.length)}`,
      'failed: [redacted]',
    ]);
  });

  it('leaves out a line without end, and is not ended by what it does not know', () => {
    const words = createBuildTrace(redactionOf([VALUE]));
    expect(words(trace(printed('a', Buffer.alloc(70_000, 'x'))))).toEqual(['(a line without end is left out)']);
    expect(words(trace(text(9, 'new'), messageOf(1, text(99, 'new'))))).toEqual([]);
    expect(words({ id: 'moby.buildkit.trace' })).toEqual([]);
  });
});
