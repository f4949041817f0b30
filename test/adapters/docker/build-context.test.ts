import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { buildContext, type ContextOptions } from '../../../adapters/docker/build-context.ts';
import { COMMIT, globalHeader, type Made, madeArchive, withoutMagic } from '../../support/made-archive.ts';

const PLAIN: ContextOptions = { commit: COMMIT, isWrapped: false, folder: '', dockerfile: 'Dockerfile', ignore: undefined };

/** In pieces of an odd size, as a network brings them. */
function arriving(tar: Buffer, size = 700): Readable {
  const pieces = Array.from({ length: Math.ceil(tar.length / size) }, (_, index) => tar.subarray(index * size, (index + 1) * size));
  return Readable.from(pieces);
}

/** What the engine gets: each name, with where it leads or what is in it. */
async function context(archive: Readable, options: Partial<ContextOptions> = {}): Promise<string[]> {
  const reader = extract();
  const found: string[] = [];
  buildContext(archive, { ...PLAIN, ...options })
    .on('error', (error: Error) => reader.destroy(error))
    .pipe(reader);
  for await (const entry of reader) {
    const content = (await buffer(entry as unknown as Readable)).toString();
    const { name, type, linkname } = entry.header;
    found.push(type === 'directory' ? name : linkname ? `${name} ${type === 'link' ? '=' : '->'} ${linkname}` : `${name}: ${content}`);
  }
  return found;
}

async function made(entries: readonly Made[], options: Partial<ContextOptions> = {}): Promise<string[]> {
  return context(arriving(await madeArchive(entries)), options);
}

const DIRECTORY = { type: 'directory' } as const;
const LONG = `${'long/'.repeat(60)}name`;

describe('a build’s context', () => {
  it('is the source’s files, folders and links, whatever the length of their names', async () => {
    const entries: Made[] = [
      { name: 'a/', ...DIRECTORY },
      { name: 'a/file', content: 'x'.repeat(2_000), mode: 0o755 },
      { name: 'a/link', type: 'symlink', linkname: '../b' },
      { name: 'b', content: 'b' },
      { name: 'again', type: 'link', linkname: 'a/file' },
      { name: LONG, content: 'far down' },
      { name: 'to-long', type: 'symlink', linkname: LONG },
    ];
    const expected = [
      'a/',
      `a/file: ${'x'.repeat(2_000)}`,
      'a/link -> ../b',
      'b: b',
      'again = a/file',
      `${LONG}: far down`,
      `to-long -> ${LONG}`,
    ];
    expect(await made(entries)).toEqual(expected);
    const wrapped = entries.map((entry) => ({
      ...entry,
      name: `acme-shop-a84d88e/${entry.name}`,
      ...(entry.type === 'link' && { linkname: `acme-shop-a84d88e/${entry.linkname}` }),
    }));
    expect(await made([{ name: 'acme-shop-a84d88e/', ...DIRECTORY }, ...wrapped], { isWrapped: true })).toEqual(expected);
  });

  it('is one folder of it, with hard links within it, less what .dockerignore leaves out', async () => {
    const entries: Made[] = [
      { name: 'other', content: 'no' },
      { name: 'web/', ...DIRECTORY },
      { name: 'web/Dockerfile', content: 'FROM scratch' },
      { name: 'web/debug.log', content: 'no' },
      { name: 'web/a', content: 'a' },
      { name: 'web/b', type: 'link', linkname: 'web/a' },
      { name: 'web/out', type: 'symlink', linkname: '../other' },
    ];
    expect(await made(entries, { folder: 'web', ignore: '*.log\nDockerfile\n' })).toEqual([
      'Dockerfile: FROM scratch',
      'a: a',
      'b = a',
      'out -> ../other',
    ]);
  });

  it('has no second name of what is not in it', async () => {
    const beside: Made[] = [
      { name: 'other', content: 'no' },
      { name: 'web/b', type: 'link', linkname: 'other' },
    ];
    await expect(made(beside, { folder: 'web' })).rejects.toThrow(
      /"web\/b" is a hard link to "other", which is no part of the build's context/,
    );
  });
});

describe('an archive that is refused', () => {
  it.each<[string, readonly Made[], RegExp]>([
    ['leads upwards', [{ name: '../x', content: 'x' }], /"\.\.\/x" leads upwards/],
    ['leads upwards further down', [{ name: 'a/b/../../../x', content: 'x' }], /leads upwards/],
    ['leads upwards in a name beyond 100 letters', [{ name: `../${LONG}`, content: 'x' }], /leads upwards/],
    ['has an absolute name', [{ name: '/etc/cron.d/x', content: 'x' }], /absolute path/],
    ['has a name with a zero byte', [{ name: 'x', pax: { path: 'a\0/../../b' }, content: 'x' }], /zero byte/],
    ['has a link out of the tree', [{ name: 'a', type: 'symlink', linkname: '../../etc/passwd' }], /leads out of the source/],
    ['has an absolute link', [{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }], /absolute path/],
    [
      'has a link out through another',
      [
        { name: 'd/e/up', type: 'symlink', linkname: '../..' },
        { name: 'a', type: 'symlink', linkname: 'd/e/up/..' },
      ],
      /through other links/,
    ],
    ['has a hard link out of the tree', [{ name: 'a', type: 'link', linkname: '../../etc/shadow' }], /leads upwards/],
    ['has a hard link to nothing', [{ name: 'a', type: 'link', linkname: 'b' }], /no file that came before it/],
    [
      'has a file through a link',
      [
        { name: 'd', type: 'symlink', linkname: 'e' },
        { name: 'd/x', content: 'x' },
      ],
      /written through "d", which is a link/,
    ],
    ['has a device', [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }], /is a character-device/],
    ['has a disk', [{ name: 'sda', type: 'block-device' }], /is a block-device/],
    ['has a pipe', [{ name: 'p', type: 'fifo' }], /is a fifo/],
    [
      'has a file twice',
      [
        { name: 'Dockerfile', content: 'FROM good' },
        { name: './Dockerfile', content: 'FROM bad' },
      ],
      /is there twice/,
    ],
    ['has a part beyond every name', [{ name: 'x'.repeat(256), content: 'x' }], /more than 255 bytes/],
  ])('%s', async (_, entries, words) => {
    await expect(made([{ name: 'README.md', content: 'fine' }, ...entries])).rejects.toMatchObject({
      name: 'ArchiveFault',
      message: expect.stringMatching(words),
    });
  });

  it('is refused also where what is wrong with it is in no build’s context', async () => {
    const entries: Made[] = [
      { name: 'web/a', content: 'a' },
      { name: 'other/out', type: 'symlink', linkname: '../..' },
    ];
    await expect(made(entries, { folder: 'web' })).rejects.toMatchObject({ name: 'ArchiveFault' });
    await expect(made(entries, { ignore: 'other' })).rejects.toMatchObject({ name: 'ArchiveFault' });
  });

  it('has two top folders, or something beside the one', async () => {
    await expect(made([{ name: 'one/a' }, { name: 'two/a' }], { isWrapped: true })).rejects.toThrow(/"two\/a" is beside the folder "one"/);
    await expect(made([{ name: 'one/a' }, { name: 'b' }], { isWrapped: true })).rejects.toThrow(/"b" is beside the folder "one"/);
  });

  it('is of another commit, of two, or of none', async () => {
    const rest = await madeArchive([{ name: 'a', content: 'a' }], null);
    const other = await globalHeader('comment', 'f'.repeat(40));
    const own = await globalHeader('comment', COMMIT);
    await expect(context(arriving(rest))).rejects.toThrow(/says nothing of a commit instead of a84d88e/);
    await expect(context(arriving(Buffer.concat([other, rest])))).rejects.toThrow(/says f{40} instead of a84d88e/);
    await expect(context(arriving(Buffer.concat([own, other, rest])))).rejects.toThrow(/names two commits/);
  });

  it('is larger than it may be, in files or in bytes', async () => {
    const entries: Made[] = [
      { name: 'a', content: 'x'.repeat(600) },
      { name: 'b', content: 'x'.repeat(600) },
    ];
    await expect(made(entries, { limits: { entries: 1, bytes: 9_999 } })).rejects.toThrow(/"b" is one more than 1 files and folders/);
    await expect(made(entries, { limits: { entries: 9, bytes: 1_000 } })).rejects.toThrow(/"b" goes beyond 1000 bytes/);
  });

  it('ends before its end, wherever', async () => {
    const whole = await madeArchive([
      { name: 'a', content: 'x'.repeat(1_500) },
      { name: 'b', content: 'b' },
    ]);
    for (let length = 0; length < whole.length; length += 256)
      await expect(context(arriving(whole.subarray(0, length)))).rejects.toMatchObject({ name: 'ArchiveCut' });
    expect(await context(arriving(whole))).toHaveLength(2);
  });

  it('is no tar at all', async () => {
    await expect(context(arriving(Buffer.from('<!doctype html><title>Sign in</title>'.padEnd(1_100))))).rejects.toMatchObject({
      name: 'ArchiveFault',
    });
  });

  it('is a tar of a kind that nobody unpacks', async () => {
    const whole = await madeArchive([{ name: 'a', content: 'a' }]);
    const old = Buffer.concat([whole.subarray(0, 1_024), withoutMagic(whole.subarray(1_024))]);
    await expect(context(arriving(old))).rejects.toMatchObject({ name: 'ArchiveFault', message: expect.stringMatching(/unknown format/) });
  });

  it('breaks off as its source does', async () => {
    const whole = await madeArchive([{ name: 'a', content: 'x'.repeat(5_000) }]);
    const breaking = Readable.from(
      (async function* () {
        yield whole.subarray(0, 3_000);
        throw new Error('the source broke off');
      })(),
    );
    await expect(context(breaking)).rejects.toThrow('the source broke off');
  });
});

describe('any archive', () => {
  it('gives the engine names below the context alone, or nothing', async () => {
    const part = fc.constantFrom('..', '.', 'a', 'b', '...', 'ü', 'x'.repeat(120));
    const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 4 }), async (names) => {
        const tar = await madeArchive(names.map((one) => ({ name: one, content: 'x' })));
        const found = await context(arriving(tar)).catch((error: Error) => error);
        if (found instanceof Error) expect(found.name).toBe('ArchiveFault');
        else for (const one of found) expect(`/${one.replace(/: x$/, '')}/`).not.toMatch(/\/\.{0,2}\//);
      }),
      { numRuns: 150 },
    );
  });
});
