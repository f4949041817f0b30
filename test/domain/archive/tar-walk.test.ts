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
    expect(
      walked(
        whole,
        MOST,
        Array.from({ length: whole.length }, () => 1),
      ).commit,
    ).toBe(COMMIT);
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

  it.each<[string, readonly number[], string]>([
    ['empty', [], 'it is empty'],
    ['cut within a file', entry('a', '0', 'x'.repeat(700)).slice(0, 600), '936 bytes of a file are missing'],
    ['cut after a file', entry('a', '0', 'x'), 'its end is missing after 1024 bytes'],
    ['cut within its end', END.slice(0, 512), 'its end is missing after 512 bytes'],
    ['cut within what fills it up', [...END, ...bytes('', 100)], 'its end is missing after 1124 bytes'],
  ])('that is %s says what is missing', (_, content, seen) => {
    const message = `its archive ended early: ${seen}`;
    expect(() => walked(content)).toThrow(expect.objectContaining({ name: 'ArchiveCut', message }));
  });

  const AFTER_END = '"" is an archive that goes on after its end';
  const NO_PAX = '"pax header" is not written as pax writes its records';
  const NO_SIZE = '"a" has a size that is no number, or one beyond every limit';
  const note = (text: string) => [...entry('p', 'x', text), ...END];
  const sized = (size: string, content = '') => [...entry('a', '0', content, size), ...END];
  const OTHER_GLOBAL = '"global pax record path" would change every file after it; git writes the commit alone';

  it.each<[string, readonly number[], string]>([
    ['goes on after its end', [...END, ...entry('a', '0')], AFTER_END],
    ['goes on after one empty block', [...bytes('', 512), ...entry('a', '0'), ...END], AFTER_END],
    [
      'has a commit and another',
      [...GLOBAL, ...entry('g', 'g', record('comment', 'f'.repeat(40))), ...END],
      '"global pax record comment" names two commits',
    ],
    ['changes the names of all', [...entry('g', 'g', record('path', '../x')), ...entry('a', '0'), ...END], OTHER_GLOBAL],
    [
      'has a file of two sizes',
      [...entry('p', 'x', record('size', '9')), ...entry('a', '0'), ...END],
      '"pax record size" gives a file another size than its header',
    ],
    ['has a note without its end', note('99 path=a\n'), NO_PAX],
    ['has a note with a length of nothing', note('0 path=a\n'), NO_PAX],
    ['has a note with a length of nothing behind another', note(`${record('path', 'a')}0 path=a\n`), NO_PAX],
    ['has a note with a length of its length', note('2 \n'), NO_PAX],
    ['has a note without a key', note('5 =a\n'), NO_PAX],
    ['has a note that is no record', note('path=a\n'), NO_PAX],
    ['has a note that begins before its length', note('a10 pat=x\n'), NO_PAX],
    [
      'has a note beyond every name',
      [...entry('p', 'L', '', '4000000'), ...END],
      '"p" is a note of 1048576 bytes about what comes after it; the longest name has 4095',
    ],
    ['has a size that is no number', sized('-0000000001'), NO_SIZE],
    ['has a size in another base', sized('\x80\0\0\0\0\0\0\0\0\0\x01'), NO_SIZE],
    ['has a size that begins with nothing', sized('\0' + '0000000001', 'x'), NO_SIZE],
    ['has a size that goes on after its end', sized('00000001\0' + '01', 'x'), NO_SIZE],
    ['has no size', sized(''), NO_SIZE],
    [
      'has a name as GNU wrote them once',
      [...entry('a', 'N', 'x'.repeat(70_000)), ...END],
      '"a" is of the type "N"; a source holds files, folders and links alone',
    ],
    ['has a file with holes', [...entry('a', 'S'), ...END], '"a" is of the type "S"; a source holds files, folders and links alone'],
    ['has notes of another system', [...entry('a', 'X'), ...END], '"a" is of the type "X"; a source holds files, folders and links alone'],
    [
      'is a page',
      bytes('<!doctype html>'.padEnd(600)),
      `"${'<!doctype html>'.padEnd(40)}" is where a header of a tar should be, and is none`,
    ],
  ])('that %s is refused', (_, content, message) => {
    expect(() => walked(content)).toThrow(expect.objectContaining({ name: 'ArchiveFault', message }));
  });

  it('with long names of pax and of GNU is taken', () => {
    const long = `${'a/'.repeat(200)}b`;
    const whole = [
      ...GLOBAL,
      ...entry('p', 'x', record('path', long)),
      ...entry('a', '0', 'x'),
      ...entry('p', 'x', [record('mtime', '1767225600.123456789'), record('path', long)].join('')),
      ...entry('c', '0'),
      ...entry('L', 'L', `${long}\0`),
      ...entry('b', '0'),
      ...entry('K', 'K', `${long}\0`),
      ...entry('l', '2'),
      ...entry('L', 'L', 'a'.repeat(64 * 1024)),
      ...entry('d', '0'),
      ...entry('p', 'x'),
      ...GLOBAL,
      ...END,
    ];
    expect(walked(whole).commit).toBe(COMMIT);
  });

  it('ends: with so much, and so much of nothing, and no more', () => {
    const whole = [...GLOBAL, ...END];
    expect(walked(whole, whole.length).commit).toBe(COMMIT);
    expect(() => walked(whole, whole.length - 1)).toThrow(`"" is an archive of more than ${whole.length - 1} bytes`);
    const nothing = new TarWalk(MOST);
    nothing.feed(new Uint8Array(1024 * 1024));
    nothing.end();
    expect(() => nothing.feed(new Uint8Array(512))).toThrow('"" is an archive with more than 1048576 bytes of nothing at its end');
  });
});
