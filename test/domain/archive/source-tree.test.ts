import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, partsOf } from '../../../domain/archive/entry-name.ts';
import { ARCHIVE_LIMITS, type ArchiveEntry, SourceTree } from '../../../domain/archive/source-tree.ts';
import { TopFolder } from '../../../domain/archive/top-folder.ts';

function file(name: string, size = 0): ArchiveEntry {
  return { name, type: 'file', linkname: null, size };
}

function folder(name: string): ArchiveEntry {
  return { name, type: 'directory', linkname: null, size: 0 };
}

function link(name: string, linkname: string | null): ArchiveEntry {
  return { name, type: 'symlink', linkname, size: 0 };
}

function hard(name: string, linkname: string | null): ArchiveEntry {
  return { name, type: 'link', linkname, size: 0 };
}

/** What is said of a whole archive: undefined where nothing is. */
function objection(entries: readonly ArchiveEntry[], limits = ARCHIVE_LIMITS): string | undefined {
  const tree = new SourceTree(limits);
  try {
    for (const entry of entries) tree.take(entry);
    tree.close();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'ArchiveFault' });
    return (error as Error).message;
  }
}

describe('a name in an archive', () => {
  it.each([
    ['', /empty name/],
    ['a\0b', /zero byte/],
    ['/etc/passwd', /"\/etc\/passwd" is an absolute path/],
    ['../x', /"..\/x" leads upwards/],
    ['a/../../x', /leads upwards/],
    ['a/..', /leads upwards/],
    ['./../x', /leads upwards/],
  ])('%j is refused', (name, words) => {
    expect(objection([file(name)])).toMatch(words);
  });

  it('is no longer than a path, and has no part that is longer than a name', () => {
    expect(objection([file('é'.repeat(128))])).toMatch(/a part of more than 255 bytes/);
    expect(objection([file(`${'a/'.repeat(2047)}bc`)])).toMatch(/more than 4095 bytes/);
  });

  it.each(['a/', 'a/b/', 'a/b/.'])('%j is a folder’s, and no file’s', (name) => {
    for (const entry of [file(name), link(name, 'x')]) expect(objection([entry])).toMatch(/is a \w+ by the name of a folder/);
    expect(objection([folder(name)])).toBeUndefined();
    const wrapped = new TopFolder(true).without(file(`top/${name}`));
    expect(objection(wrapped === undefined ? [] : [wrapped])).toMatch(/is a file by the name of a folder/);
  });

  it('is quoted shortly, whatever its length', () => {
    const why = 'is an absolute path, and lies outside of the source';
    expect(objection([file(`/${'x'.repeat(119)}`)])).toBe(`"/${'x'.repeat(119)}" ${why}`);
    expect(objection([file(`/${'x'.repeat(5_000)}`)])).toBe(`"/${'x'.repeat(119)}…" ${why}`);
  });

  it('is one place in every way to write it', () => {
    expect(new SourceTree(ARCHIVE_LIMITS).take(file('./a//b/./c'))).toBe('a/b/c');
    expect(new SourceTree(ARCHIVE_LIMITS).take(folder('./'))).toBe('');
    expect(objection([file('a/b'), file('./a//b')])).toMatch(/is there twice/);
  });

  it('may have everything else that a file can', () => {
    const names = ['...', '..a/b..', 'a\\..\\b', '-rf', 'ü b\n', '~', 'a'.repeat(255), `${'a/'.repeat(2047)}b`];
    expect(objection(names.map((name) => file(name)))).toBeUndefined();
  });

  it('has parts that lead nowhere but down, or is refused', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b', '...', '\0', 'ü');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const name = parts.join('/');
        const isPlain = name !== '' && !name.startsWith('/') && !name.includes('\0') && !parts.includes('..');
        let kept: readonly string[] | undefined;
        try {
          kept = partsOf(name);
        } catch {
          kept = undefined;
        }
        expect(kept !== undefined).toBe(isPlain);
        if (kept !== undefined) expect(kept).toEqual(parts.filter((one) => one !== '' && one !== '.'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is counted in bytes as UTF-8 has them', () => {
    const encoded = (text: string) => new TextEncoder().encode(text).length;
    const letter = fc.constantFrom('a', '\x7f', '\x80', 'ü', '\u07ff', '\u0800', '€', '\ud800', '\uffff', '\u{10000}', '😀');
    fc.assert(fc.property(fc.string({ unit: letter, maxLength: 40 }), (text) => expect(bytesOf(text)).toBe(encoded(text))));
  });
});

describe('what an archive may hold', () => {
  it('is files, folders and links alone', () => {
    const types = [
      ...['character-device', 'block-device', 'fifo', 'contiguous-file'].map((type) => [type, type]),
      [null, 'thing of an unknown type'],
    ];
    for (const [type = null, word] of types)
      expect(objection([{ ...file('dev/null'), type }])).toBe(`"dev/null" is a ${word}; a source holds files, folders and links alone`);
  });

  it('is contents in files alone', () => {
    expect(objection([{ ...folder('a'), size: 1 }])).toMatch(/is a directory and has contents/);
    expect(objection([{ ...link('a', 'b'), size: 1 }])).toMatch(/is a symlink and has contents/);
  });

  it('is one thing at one place', () => {
    expect(objection([folder('a'), folder('a/')])).toMatch(/is there twice/);
    expect(objection([folder('a'), file('a')])).toMatch(/is there twice/);
    expect(objection([file('a/b'), file('a')])).toMatch(/is there twice/);
    expect(objection([file('a/b'), folder('a'), file('a/c')])).toBeUndefined();
    expect(objection([file('a/b'), folder('a'), folder('a')])).toMatch(/is there twice/);
  });

  it('is nothing that would be written through a file or a link', () => {
    expect(objection([link('a', 'b'), file('a/x')])).toMatch(/"a\/x" would be written through "a", which is a link/);
    expect(objection([file('a'), file('a/x')])).toMatch(/which is a file/);
    expect(objection([file('a/x'), link('a', 'b')])).toMatch(/is there twice/);
  });

  it('is so many and so large, and no more: folders that nobody named count, too', () => {
    const limits = { entries: 3, bytes: 10 };
    expect(objection([file('a/b', 4), file('c', 6)], limits)).toBeUndefined();
    expect(objection([file('a/b', 4), file('c', 7)], limits)).toMatch(/"c" goes beyond 10 bytes/);
    expect(objection([file('a/b'), file('c'), file('d')], limits)).toMatch(/"d" is one more than 3 files and folders/);
    expect(objection([file('a/b/c/d')], limits)).toMatch(/one more than 3/);
    expect(objection([file('a', 4 * 1024 ** 3)])).toBeUndefined();
    expect(objection([file('a', 4 * 1024 ** 3 + 1)])).toMatch(/"a" goes beyond 4294967296 bytes/);
    const many = Array.from({ length: 100_000 }, (_, index) => file(`f${index}`));
    expect(objection(many)).toBeUndefined();
    expect(objection([...many, file('one-more')])).toMatch(/"one-more" is one more than 100000/);
  });

  it('is names of 32 MiB together, with what links lead to', () => {
    const long = (index: number) => Array.from({ length: 15 }, () => 'n'.repeat(200)).join(`${index}/`);
    const entries = Array.from({ length: 2_000 }, (_, index) => file(long(index)));
    expect(objection(entries)).toMatch(/makes the names longer than 33554432 bytes together/);
    const links = Array.from({ length: 8_192 }, (_, index) => link(`l${1_000 + index}`.padEnd(5), 'x'.repeat(4_091)));
    expect(objection([...links, file('x')])).toMatch(/"x" makes the names longer/);
  });

  it('is a top, once, that is a folder', () => {
    expect(objection([folder('./'), file('a')])).toBeUndefined();
    expect(objection([folder('.'), folder('./')])).toMatch(/stands for the top itself/);
    expect(objection([link('.', 'a')])).toMatch(/stands for the top itself/);
  });
});

describe('a symbolic link', () => {
  it('works within the source, also to what is not there, and round in a circle', () => {
    const entries = [
      folder('a'),
      folder('a/b'),
      link('a/up', '../c'),
      link('a/b/same', './x/../y'),
      link('gone', 'no/such/thing'),
      link('c', 'a'),
    ];
    expect(objection(entries)).toBeUndefined();
    expect(objection([link('a', 'b'), link('b', 'a'), link('self', 'self')])).toBeUndefined();
    expect(objection([link('a', 'b/..'), link('b', 'a/x')])).toBeUndefined();
    expect(objection([link('top', 'a/..'), folder('a')])).toBeUndefined();
  });

  it('leads to nothing below a file, a folder without contents and what is not there, and back from there', () => {
    expect(objection([link('l', 'x'.repeat(4_095)), file('f'), link('a', 'f/x'), folder('e'), link('b', 'e/x')])).toBeUndefined();
    expect(objection([link('a', 'x/..'), folder('d'), link('b', 'x/d/../..')])).toBeUndefined();
  });

  const WRITTEN = 'which leads out of the source';
  const FOLLOWED = 'which leads out of the source through other links';
  const UP = [folder('d/e/f'), link('d/e/f/up', '../../..')];

  it.each<[string, readonly ArchiveEntry[], string]>([
    ['an absolute path', [link('a', '/etc/passwd')], '"a" is a link to "/etc/passwd", an absolute path, which lies outside of the source'],
    ['above the top', [link('a', '..')], `"a" is a link to "..", ${WRITTEN}`],
    ['above the top, in another way to write it', [link('a', './..')], `"a" is a link to "./..", ${WRITTEN}`],
    ['above the top, with an empty part', [link('a', 'x//../..')], `"a" is a link to "x//../..", ${WRITTEN}`],
    ['above the top from within', [link('a/b', '../../etc')], `"a/b" is a link to "../../etc", ${WRITTEN}`],
    ['above the top, although it comes back', [link('a/b', '../../x/a')], `"a/b" is a link to "../../x/a", ${WRITTEN}`],
    ['above the top through a folder that is not there', [link('a', 'x/../../y')], `"a" is a link to "x/../../y", ${WRITTEN}`],
    [
      'above the top as it is written, though not as it is followed',
      [folder('d/e'), link('b', 'd/e'), link('a', 'b/../../x')],
      `"a" is a link to "b/../../x", ${WRITTEN}`,
    ],
    ['above the top behind a circle', [link('a', 'a/../../x')], `"a" is a link to "a/../../x", ${WRITTEN}`],
    ['nothing', [link('a', '')], '"a" is a link to "", which is nothing'],
    ['nothing at all', [link('a', null)], '"a" is a link to "", which is nothing'],
    ['a zero byte', [link('a', 'b\0c')], '"a" is a link to "b\\u0000c", which holds a zero byte'],
    ['more than a path', [link('a', 'x'.repeat(4096))], `"a" is a link to "${'x'.repeat(120)}", which is longer than any path`],
    ['more than a path in bytes', [link('a', 'ü'.repeat(2048))], `"a" is a link to "${'ü'.repeat(120)}", which is longer than any path`],
    ['out through another link', [...UP, link('a', 'd/e/f/up/..')], `"a" is a link to "d/e/f/up/..", ${FOLLOWED}`],
    ['out through a link that comes later', [link('a', 'd/e/f/up/..'), ...UP], `"a" is a link to "d/e/f/up/..", ${FOLLOWED}`],
    [
      'out through another link, and first to what is not there',
      [...UP, link('a', 'x/../d/e/f/up/..')],
      `"a" is a link to "x/../d/e/f/up/..", ${FOLLOWED}`,
    ],
    [
      'out through two others',
      [folder('d/e'), link('a', 'b/..'), link('b', 'd/e/c'), link('d/e/c', '../..')],
      `"a" is a link to "b/..", ${FOLLOWED}`,
    ],
  ])('that leads to %s is refused', (_, entries, said) => {
    expect(objection(entries)).toBe(said);
  });

  it('is followed through 255 others, from whichever end they come, and no further', () => {
    const chain = (length: number) => Array.from({ length }, (_, index) => link(`l${index}`, index === 0 ? 'f' : `l${index - 1}`));
    expect(objection(chain(255))).toBeUndefined();
    expect(objection(chain(255).toReversed())).toBeUndefined();
    for (const links of [chain(256), chain(256).toReversed()]) expect(objection(links)).toBe('"l255" is in a chain of more than 255 links');
    expect(objection(chain(20_000).toReversed())).toMatch(/is in a chain of more than 255 links/);
  });

  it('leads where a file system takes it, or is refused', () => {
    const place = fc.constantFrom('a', 'b', 'a/c', 'a/d', 'a/c/e');
    const part = fc.constantFrom('..', 'a', 'b', 'c', 'd', 'e');
    const links = fc.uniqueArray(fc.tuple(place, fc.array(part, { minLength: 1, maxLength: 4 })), {
      selector: ([path]) => path,
      maxLength: 4,
    });
    fc.assert(
      fc.property(links, (made) => {
        const targets = new Map(made.map(([path, parts]) => [path, parts.join('/')]));
        const entries = made.map(([path, parts]) => link(path, parts.join('/')));
        const said = objection(entries);
        if (said !== undefined) return;
        for (const path of targets.keys()) expect(followed(path, targets)).not.toBe('outside');
      }),
      { numRuns: 3_000 },
    );
  });
});

/** As Linux does it, by another way than ours: one part after the other, a link's target put in its place. */
function followed(path: string, targets: ReadonlyMap<string, string>): string {
  let [at, rest, hops] = [[] as string[], path.split('/'), 0];
  while (rest.length > 0) {
    const [part = '', ...others] = rest;
    rest = others;
    if (part === '..' && at.length === 0) return 'outside';
    at = part === '..' ? at.slice(0, -1) : [...at, part];
    const target = part === '..' ? undefined : targets.get(at.join('/'));
    if (target === undefined) continue;
    hops += 1;
    if (hops > 40) return 'round';
    at = at.slice(0, -1);
    rest = [...target.split('/'), ...rest];
  }
  return at.join('/');
}

describe('a hard link', () => {
  it('is a second name of a file that came before it', () => {
    expect(objection([file('a/b'), hard('c', 'a/b'), hard('d', './c')])).toBeUndefined();
  });

  it.each<[string, readonly ArchiveEntry[], string]>([
    ['out of the source', [hard('a', '../x')], '"../x" leads upwards, out of the folder that it names'],
    ['an absolute path', [hard('a', '/etc/passwd')], '"/etc/passwd" is an absolute path, and lies outside of the source'],
    ['nothing', [hard('a', '')], '"" is an empty name'],
    ['nothing at all', [hard('a', null)], '"" is an empty name'],
  ])('to %s is refused', (_, entries, said) => {
    expect(objection(entries)).toBe(said);
  });

  it.each<[string, string, readonly ArchiveEntry[]]>([
    ['what comes later', 'b', [hard('a', 'b'), file('b')]],
    ['what never comes', 'no/such/file', [hard('a', 'no/such/file')]],
    ['itself', 'a', [hard('a', 'a')]],
    ['itself in a folder', './d/a', [hard('d/a', './d/a')]],
    ['a folder', 'b', [folder('b'), hard('a', 'b')]],
    ['the top', '.', [hard('a', '.')]],
    ['a link', 'b', [link('b', 'c'), hard('a', 'b')]],
    ['a file behind a link', 'b/x', [file('d/x'), link('b', 'd'), hard('a', 'b/x')]],
  ])('to %s is refused', (_, target, entries) => {
    expect(objection(entries)).toMatch(`a" is a hard link to "${target}", which is no file that came before it`);
  });
});

describe('the top folder of an archive', () => {
  function unwrapped(entries: readonly ArchiveEntry[]): (string | undefined)[] {
    const top = new TopFolder(true);
    return entries.map((entry) => {
      const inside = top.without(entry);
      return inside === undefined ? undefined : `${inside.name}${inside.type === 'link' ? ` = ${inside.linkname}` : ''}`;
    });
  }

  it('is taken from names, and from what hard links name', () => {
    const entries = [
      folder('acme-shop-1/'),
      file('acme-shop-1/a'),
      link('acme-shop-1/b/l', '../a'),
      hard('acme-shop-1/c', 'acme-shop-1/a'),
    ];
    expect(unwrapped(entries)).toEqual([undefined, 'a', 'b/l', 'c = a']);
    expect(new TopFolder(false).without(hard('x/c', 'x/a'))).toEqual(hard('x/c', 'x/a'));
  });

  it('is taken away from names of folders that stay names of folders', () => {
    expect(unwrapped([folder('one/a/b/'), folder('one/a/b/.'), folder('one/a')])).toEqual(['a/b/', 'a/b/', 'a']);
  });

  const BESIDE = 'is beside the folder "one", in which the whole archive has to be';
  const ITSELF = 'stands for the top folder, which is one folder';

  it.each<[string, readonly ArchiveEntry[], string]>([
    ['two folders', [file('one/a'), file('two/a')], `"two/a" ${BESIDE}`],
    ['a file beside it', [folder('one'), file('a')], `"a" ${BESIDE}`],
    ['a file instead', [file('one')], `"one" ${ITSELF}`],
    ['a link instead', [link('one', 'two')], `"one" ${ITSELF}`],
    ['it twice', [folder('one'), folder('one')], `"one" ${ITSELF}`],
    ['a hard link out of it', [file('one/a'), hard('one/b', 'two/a')], `"one/b" ${BESIDE}`],
    ['a hard link to nothing', [file('one/a'), hard('one/b', null)], '"" is an empty name'],
    ['nothing but the top', [folder('./')], '"./" is beside the folder "", in which the whole archive has to be'],
  ])('is one alone, and no %s', (_, entries, message) => {
    expect(() => unwrapped(entries)).toThrow(expect.objectContaining({ name: 'ArchiveFault', message }));
  });
});
