import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { extract } from 'tar-stream';
import type { SourceArchive } from '../../../activities/images.ts';
import { buildContext } from '../../../adapters/docker/build-context.ts';
import { KINDS, type Sources, startSources } from './both-sources.ts';

const execute = promisify(execFile);
const signal = new AbortController().signal;

let directory: string;
let repository: string;
let first: string;
let open: Sources;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sources-'));
  repository = join(directory, 'shop');
  await mkdir(join(repository, 'web'), { recursive: true });
  await git('init', '--quiet', '--initial-branch', 'main');
  await symlink('web/Dockerfile', join(repository, 'link'));
  first = await commit({ 'README.md': 'one', 'web/Dockerfile': 'FROM scratch', 'large.txt': 'x'.repeat(2_000_000) });
  open = await startSources(repository, directory);
});

afterAll(async () => {
  await open.stop();
  await rm(directory, { recursive: true });
});

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Shop', '-c', 'user.email=shop@example.com'];
  return (await execute('git', [...identity, ...args], { cwd: repository })).stdout.trim();
}

async function commit(files: Record<string, string>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), content);
  }
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'change');
  return git('rev-parse', 'HEAD');
}

/** What a build gets of a commit. */
async function filesOf(sources: SourceArchive, of: string): Promise<string[]> {
  const { tar, isWrapped } = await sources.archive('shop', of, { signal });
  const reader = extract();
  buildContext(tar as Readable, { commit: of, isWrapped, folder: '', dockerfile: 'Dockerfile', ignore: undefined })
    .on('error', (error: Error) => reader.destroy(error))
    .pipe(reader);
  const names: string[] = [];
  for await (const entry of reader) {
    names.push(entry.header.linkname ? `${entry.header.name} -> ${entry.header.linkname}` : entry.header.name);
    entry.resume();
  }
  return names.toSorted((a, b) => a.localeCompare(b, 'en'));
}

describe.each(KINDS)('a repository read through %s', (kind) => {
  let sources: SourceArchive;
  beforeAll(() => {
    sources = open[kind]();
  });

  it('gives the files of a commit as a tar, and single files as text, whatever their size', async () => {
    expect(await filesOf(sources, first)).toEqual(['large.txt', 'link -> web/Dockerfile', 'README.md', 'web/', 'web/Dockerfile']);
    expect(await sources.file('shop', first, './web/Dockerfile', { signal })).toBe('FROM scratch');
    expect(await sources.file('shop', first, 'large.txt', { signal })).toHaveLength(2_000_000);
    expect(await sources.exists('shop', first, 'web', { signal })).toBe(true);
    expect(await sources.exists('shop', first, 'large.txt', { signal })).toBe(true);
    expect(await sources.exists('shop', first, 'worker', { signal })).toBe(false);
    await expect(sources.file('shop', first, 'worker/Dockerfile', { signal })).rejects.toMatchObject({ name: 'UnknownPath' });
    await expect(sources.file('shop', first, 'web', { signal })).rejects.toMatchObject({ name: 'UnknownPath' });
  });

  it('resolves branches, tags and short commits to what they name now', async () => {
    await git('tag', '--force', '--annotate', '--message', 'v1', 'v1', first);
    await git('branch', '--force', 'feature/one', first);
    expect(await sources.resolve('shop', 'v1', { signal })).toBe(first);
    expect(await sources.resolve('shop', 'feature/one', { signal })).toBe(first);
    const second = await commit({ 'README.md': `two ${kind}` });
    expect(await sources.resolve('shop', 'main', { signal })).toBe(second);
    expect(await sources.resolve('shop', 'HEAD', { signal })).toBe(second);
    expect(await sources.resolve('shop', second.slice(0, 10), { signal })).toBe(second);
    expect(await sources.resolve('shop', first, { signal })).toBe(first);
    const third = await commit({ 'README.md': `three ${kind}` });
    expect(await sources.resolve('shop', 'main', { signal })).toBe(third);
    expect(await sources.file('shop', second, 'README.md', { signal })).toBe(`two ${kind}`);
  });

  it('gives a commit that no branch leads to', async () => {
    await git('checkout', '--quiet', '--detach');
    const loose = await commit({ 'README.md': `loose ${kind}` });
    await git('update-ref', 'refs/pull/1/head', loose);
    await git('checkout', '--quiet', 'main');
    await git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    expect(await sources.file('shop', loose, 'README.md', { signal })).toBe(`loose ${kind}`);
  });

  it('tells whether a branch or tag leads to a commit now: what was proposed or given up is none of its own', async () => {
    const main = await commit({ 'README.md': `main ${kind}` });
    await git('checkout', '--quiet', '-b', `release-${kind}`);
    const older = await commit({ 'README.md': `older ${kind}` });
    const newer = await commit({ 'README.md': `newer ${kind}` });
    await git('checkout', '--quiet', '--detach');
    const proposed = await commit({ 'README.md': `not ours ${kind}` });
    await git('update-ref', `refs/pull/7${kind.length}/head`, proposed);
    const tagged = await commit({ 'README.md': `tagged ${kind}` });
    await git('tag', '--force', '--annotate', '--message', 'v9', `v9-${kind}`, tagged);
    await git('checkout', '--quiet', 'main');
    const leads = (of: string, ...refs: string[]) => sources.leadsTo('shop', of, refs, { signal });
    expect(await Promise.all([leads(main), leads(first), leads(older, `release-${kind}`), leads(tagged, 'x', `v9-${kind}`)])).toEqual(
      Array(4).fill(true),
    );
    // Its tag is there: what it stands on is the repository's, too.
    await git('tag', '--delete', `v9-${kind}`);
    for (const one of [proposed, tagged, 'f'.repeat(40), 'main', ''])
      expect(await leads(one, 'main', `pull/7${kind.length}/head`, `v9-${kind}`, '--all')).toBe(false);
    // The head of a branch that nobody named.
    expect(await Promise.all([leads(newer), leads(older, 'x')])).toEqual([true, kind === 'git']);
    await git('branch', '--force', `release-${kind}`, older);
    expect(await Promise.all([leads(older, `release-${kind}`), leads(newer, `release-${kind}`)])).toEqual([true, false]);
  });

  it('has branches and tags by their whole names, and what somebody proposes by none', async () => {
    await git('tag', '--force', 'v1', first);
    await git('branch', '--force', 'feature/one', first);
    await git('checkout', '--quiet', '--detach');
    const proposed = await commit({ 'README.md': `proposed ${kind}` });
    await git('update-ref', 'refs/pull/5/head', proposed);
    await git('checkout', '--quiet', 'main');
    for (const ref of ['refs/heads/feature/one', 'heads/feature/one', 'refs/tags/v1'])
      expect(await sources.resolve('shop', ref, { signal })).toBe(first);
    for (const ref of ['pull/5/head', 'refs/pull/5/head', proposed.slice(0, 10)])
      await expect(sources.resolve('shop', ref, { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
  });

  it('can be asked by several at once, of one process or of many', async () => {
    const several = Array.from({ length: 4 }, () => open[kind]());
    const answers = await Promise.all([...several, ...several].map((one) => one.resolve('shop', first.slice(0, 12), { signal })));
    expect(new Set(answers)).toEqual(new Set([first]));
  });

  it.each(['f'.repeat(40), 'no-such-branch', 'deadbeef'])('has no %s: UnknownCommit, naming repository and ref', async (ref) => {
    const refused = sources.resolve('shop', ref, { signal });
    await expect(refused).rejects.toMatchObject({ name: 'UnknownCommit', message: expect.stringContaining(ref) });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(open.place(kind)) });
    await expect(sources.file('shop', 'f'.repeat(40), 'README.md', { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
    await expect(sources.exists('shop', 'f'.repeat(40), 'README.md', { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
    await expect(sources.archive('shop', 'f'.repeat(40), { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
  });

  it.each(['--output=/tmp/x', '-h', '', 'a..b', 'main@{1}', 'a b', 'main:README.md', 'x\n', '$(id)', 'main^', 'a//b'])(
    'is never asked for %j',
    async (ref) => {
      const before = open.requests();
      await expect(sources.resolve('shop', ref, { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
      await expect(sources.archive('shop', ref, { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
      expect(open.requests()).toBe(before);
    },
  );

  it('is not there for an application without one', async () => {
    await expect(sources.resolve('other', 'main', { signal })).rejects.toMatchObject({ name: 'SourceNotConfigured' });
    await expect(sources.resolve('toString', 'main', { signal })).rejects.toMatchObject({ name: 'SourceNotConfigured' });
  });

  it('is not asked by whoever has given up', async () => {
    const gone = { signal: AbortSignal.abort(new Error('cancelled')) };
    await expect(sources.resolve('shop', 'main', gone)).rejects.toThrow('cancelled');
  });
});
