import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TarWalk } from '../../../domain/archive/tar-walk.ts';

const COMMIT = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const MOST = 10_000_000;

function bytes(text: string, length = text.length): number[] {
  return Array.from({ length }, (_, index) => (index < text.length ? text.charCodeAt(index) : 0));
}

/** A header of ustar, as far as the walk looks at it, and what follows. */
function entry(name: string, type: string, content = '', size = content.length.toString(8).padStart(11, '0')): number[] {
  const block = [
    ...bytes(name, 100),
    ...bytes('', 24),
    ...bytes(size, 12),
    ...bytes('', 12),
    ...bytes(' '.repeat(8)),
    ...bytes(type),
    ...bytes('', 355),
  ];
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.splice(148, 8, ...bytes(`${sum.toString(8).padStart(6, '0')}\0 `));
  return [...block, ...bytes(content, Math.ceil(content.length / 512) * 512)];
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const short = rest.length + 2;
  return `${short + (short > 99 ? 1 : 0)}${rest}`;
}

const GLOBAL = entry('pax_global_header', 'g', record('comment', COMMIT));
const END = bytes('', 1024);

function walked(content: readonly number[], most = MOST, steps: readonly number[] = []): TarWalk {
  const walk = new TarWalk(most);
  const all = Uint8Array.from(content);
  let from = 0;
  for (const step of steps) {
    walk.feed(all.subarray(from, from + step));
    from += step;
  }
  walk.feed(all.subarray(from));
  walk.end();
  return walk;
}

describe('a tar', () => {
  it('that is whole tells its commit, wherever its pieces begin', () => {
    const whole = [...GLOBAL, ...entry('a', '0', 'x'.repeat(700)), ...entry('b', '0'), ...END];
    expect(walked(whole).commit).toBe(COMMIT);
    fc.assert(
      fc.property(fc.array(fc.nat(900), { maxLength: 6 }), (steps) => {
        expect(walked(whole, MOST, steps).commit).toBe(COMMIT);
      }),
      { numRuns: 200 },
    );
  });

  it('that says nothing of a commit is of none', () => {
    expect(walked([...entry('a', '0', 'x'), ...END]).commit).toBeUndefined();
  });

  it('is told from every beginning of it', () => {
    const whole = [...GLOBAL, ...entry('a', '0', 'x'.repeat(700)), ...entry('b', '0'), ...END];
    for (let length = 0; length < whole.length; length += 64)
      expect(() => walked(whole.slice(0, length))).toThrow(expect.objectContaining({ name: 'ArchiveCut' }));
  });

  it.each<[string, readonly number[], RegExp]>([
    ['goes on after its end', [...END, ...entry('a', '0')], /goes on after its end/],
    ['goes on after one empty block', [...bytes('', 512), ...entry('a', '0'), ...END], /goes on after its end/],
    ['has a commit and another', [...GLOBAL, ...entry('g', 'g', record('comment', 'f'.repeat(40))), ...END], /names two commits/],
    ['changes the names of all', [...entry('g', 'g', record('path', '../x')), ...entry('a', '0'), ...END], /global pax record path/],
    ['has a file of two sizes', [...entry('p', 'x', record('size', '9')), ...entry('a', '0'), ...END], /another size than its header/],
    ['has a note without its end', [...entry('p', 'x', '99 path=a\n'), ...END], /not written as pax/],
    ['has a note with a length of nothing', [...entry('p', 'x', '0 path=a\n'), ...END], /not written as pax/],
    ['has a note without a key', [...entry('p', 'x', '5 =a\n'), ...END], /not written as pax/],
    ['has a note that is no record', [...entry('p', 'x', 'path=a\n'), ...END], /not written as pax/],
    ['has a note beyond every name', [...entry('p', 'L', '', '4000000'), ...END], /note of 1048576 bytes/],
    ['has a size that is no number', [...entry('a', '0', '', '-0000000001'), ...END], /size that is no number/],
    ['has a size in another base', [...entry('a', '0', '', '\x80\0\0\0\0\0\0\0\0\0\x01'), ...END], /size that is no number/],
    ['has a size that begins with nothing', [...entry('a', '0', 'x', '\0' + '0000000001'), ...END], /size that is no number/],
    ['has a size that goes on after its end', [...entry('a', '0', 'x', '00000001\0' + '01'), ...END], /size that is no number/],
    ['has no size', [...entry('a', '0', '', ''), ...END], /size that is no number/],
    ['has a name as GNU wrote them once', [...entry('a', 'N', 'x'.repeat(70_000)), ...END], /is of the type "N"/],
    ['has a file with holes', [...entry('a', 'S'), ...END], /is of the type "S"/],
    ['has notes of another system', [...entry('a', 'X'), ...END], /is of the type "X"/],
    ['is a page', bytes('<!doctype html>'.padEnd(600)), /is none/],
  ])('that %s is refused', (_, content, words) => {
    expect(() => walked(content)).toThrow(expect.objectContaining({ name: 'ArchiveFault', message: expect.stringMatching(words) }));
  });

  it('with long names of pax and of GNU is taken', () => {
    const long = `${'a/'.repeat(200)}b`;
    const whole = [
      ...GLOBAL,
      ...entry('p', 'x', record('path', long)),
      ...entry('a', '0', 'x'),
      ...entry('L', 'L', `${long}\0`),
      ...entry('b', '0'),
      ...END,
    ];
    expect(walked(whole).commit).toBe(COMMIT);
  });

  it('ends: with so much, and so much of nothing, and no more', () => {
    const whole = [...GLOBAL, ...END];
    expect(walked(whole, whole.length).commit).toBe(COMMIT);
    expect(() => walked(whole, whole.length - 1)).toThrow(/more than \d+ bytes/);
    const nothing = new TarWalk(MOST);
    nothing.feed(new Uint8Array(1024 * 1024));
    nothing.end();
    expect(() => nothing.feed(new Uint8Array(512))).toThrow(/of nothing at its end/);
  });
});
