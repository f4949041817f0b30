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
    [`${'é'.repeat(128)}`, /a part of more than 255 bytes/],
    [`${'a/'.repeat(2047)}bc`, /more than 4095 bytes/],
  ])('%j is refused', (name, words) => {
    expect(objection([file(name)])).toMatch(words);
  });

  it.each(['a/', 'a/b/', 'a/b/.'])('%j is a folder’s, and no file’s', (name) => {
    for (const entry of [file(name), link(name, 'x')]) expect(objection([entry])).toMatch(/is a \w+ by the name of a folder/);
    expect(objection([folder(name)])).toBeUndefined();
    const wrapped = new TopFolder(true).without(file(`top/${name}`));
    expect(objection(wrapped === undefined ? [] : [wrapped])).toMatch(/is a file by the name of a folder/);
  });

  it('is quoted shortly, whatever its length', () => {
    expect(objection([file(`/${'x'.repeat(5_000)}`)])?.length).toBeLessThan(250);
  });

  it('is one place in every way to write it', () => {
    expect(new SourceTree(ARCHIVE_LIMITS).take(file('./a//b/./c'))).toBe('a/b/c');
    expect(objection([file('a/b'), file('./a//b')])).toMatch(/is there twice/);
  });

  it('may have everything else that a file can', () => {
    const names = ['...', '..a/b..', 'a\\..\\b', '-rf', 'ü b\n', '~', `${'a'.repeat(255)}`, `${'a/'.repeat(2000)}x`];
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
    expect(bytesOf('aü€😀')).toBe(1 + 2 + 3 + 4);
  });
});

describe('what an archive may hold', () => {
  it('is files, folders and links alone', () => {
    for (const type of ['character-device', 'block-device', 'fifo', 'contiguous-file', null])
      expect(objection([{ ...file('dev/null'), type }])).toMatch(/"dev\/null" is a .*; a source holds/);
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
    const many = Array.from({ length: 100_000 }, (_, index) => file(`f${index}`));
    expect(objection(many)).toBeUndefined();
    expect(objection([...many, file('one-more')])).toMatch(/"one-more" is one more than 100000/);
  });

  it('is names of 32 MiB together, with what links lead to', () => {
    const long = (index: number) => Array.from({ length: 15 }, () => 'n'.repeat(200)).join(`${index}/`);
    const entries = Array.from({ length: 2_000 }, (_, index) => file(long(index)));
    expect(objection(entries)).toMatch(/makes the names longer than 33554432 bytes together/);
    const links = Array.from({ length: 9_000 }, (_, index) => link(`l${index}`, 'x'.repeat(4_000)));
    expect(objection(links)).toMatch(/makes the names longer/);
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
    expect(objection([link('top', 'a/..'), folder('a')])).toBeUndefined();
  });

  it.each<[string, readonly ArchiveEntry[]]>([
    ['an absolute path', [link('a', '/etc/passwd')]],
    ['above the top', [link('a', '..')]],
    ['above the top from within', [link('a/b', '../../etc')]],
    ['above the top, although it comes back', [link('a/b', '../../repository/a')]],
    ['above the top through a folder that is not there', [link('a', 'x/../../y')]],
    ['nothing', [link('a', '')]],
    ['nothing at all', [link('a', null)]],
    ['a zero byte', [link('a', 'b\0/../../..')]],
    ['more than a path', [link('a', 'x'.repeat(4096))]],
    ['out through another link', [folder('d/e/f'), link('d/e/f/up', '../../..'), link('a', 'd/e/f/up/..')]],
    ['out through a link that comes later', [folder('d/e/f'), link('a', 'd/e/f/up/..'), link('d/e/f/up', '../../..')]],
    ['out through two others', [folder('d/e'), link('a', 'b/..'), link('b', 'd/e/c'), link('d/e/c', '../..')]],
  ])('that leads to %s is refused', (_, entries) => {
    expect(objection(entries)).toMatch(/is a link to /);
  });

  it('is followed through 255 others, from whichever end they come, and no further', () => {
    const chain = (length: number) => Array.from({ length }, (_, index) => link(`l${index}`, index === 0 ? 'f' : `l${index - 1}`));
    expect(objection(chain(255))).toBeUndefined();
    expect(objection(chain(256))).toMatch(/is in a chain of more than 255 links/);
    expect(objection(chain(256).toReversed())).toMatch(/is in a chain of more than 255 links/);
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

  it.each<[string, readonly ArchiveEntry[]]>([
    ['out of the source', [hard('a', '../x')]],
    ['an absolute path', [hard('a', '/etc/passwd')]],
    ['nothing', [hard('a', '')]],
    ['what comes later', [hard('a', 'b'), file('b')]],
    ['itself', [hard('a', 'a')]],
    ['a folder', [folder('b'), hard('a', 'b')]],
    ['the top', [hard('a', '.')]],
    ['a link', [link('b', 'c'), hard('a', 'b')]],
    ['a file behind a link', [file('d/x'), link('b', 'd'), hard('a', 'b/x')]],
  ])('to %s is refused', (_, entries) => {
    expect(objection(entries)).toMatch(/hard link|leads upwards|absolute|empty name/);
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

  it.each<[string, readonly ArchiveEntry[]]>([
    ['two folders', [file('one/a'), file('two/a')]],
    ['a file beside it', [folder('one'), file('a')]],
    ['a file instead', [file('one')]],
    ['a link instead', [link('one', 'two')]],
    ['it twice', [folder('one'), folder('one')]],
    ['a hard link out of it', [file('one/a'), hard('one/b', 'two/a')]],
    ['nothing but the top', [folder('./')]],
  ])('is one alone, and no %s', (_, entries) => {
    expect(() => unwrapped(entries)).toThrow(expect.objectContaining({ name: 'ArchiveFault' }));
  });
});
