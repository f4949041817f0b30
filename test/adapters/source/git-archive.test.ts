import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { extract } from 'tar-stream';
import type { SourceArchive } from '../../../activities/images.ts';
import { createGitSources } from '../../../adapters/source/git-archive.ts';

const execute = promisify(execFile);
const signal = new AbortController().signal;

let directory: string;
let repository: string;
let first: string;
let sources: SourceArchive;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'git-archive-'));
  repository = join(directory, 'shop');
  await mkdir(join(repository, 'web'), { recursive: true });
  await git('init', '--quiet', '--initial-branch', 'main');
  first = await commit({ 'README.md': 'one', 'web/Dockerfile': 'FROM scratch' });
  sources = sourcesOf({ shop: repository });
});

afterAll(() => rm(directory, { recursive: true }));

function sourcesOf(repositories: Record<string, string>, timeoutMs = 20_000): SourceArchive {
  return createGitSources({ repositories, directory: join(directory, 'mirrors'), environment: process.env, timeoutMs });
}

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Shop', '-c', 'user.email=shop@example.com'];
  return (await execute('git', [...identity, ...args], { cwd: repository })).stdout.trim();
}

async function commit(files: Record<string, string>): Promise<string> {
  for (const [path, content] of Object.entries(files)) await writeFile(join(repository, path), content);
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'change');
  return git('rev-parse', 'HEAD');
}

async function filesOf(archive: NodeJS.ReadableStream): Promise<string[]> {
  const names: string[] = [];
  const reader = extract();
  archive.on('error', (error: Error) => reader.destroy(error)).pipe(reader);
  for await (const entry of reader) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names.toSorted((a, b) => a.localeCompare(b, 'en'));
}

describe('a repository', () => {
  it('gives the files of a commit as a tar, and single files as text', async () => {
    expect(await filesOf((await sources.archive('shop', first, { signal })).tar)).toEqual(['README.md', 'web/', 'web/Dockerfile']);
    expect(await sources.file('shop', first, './web/Dockerfile', { signal })).toBe('FROM scratch');
    expect(await sources.exists('shop', first, 'web', { signal })).toBe(true);
    expect(await sources.exists('shop', first, 'worker', { signal })).toBe(false);
    await expect(sources.file('shop', first, 'worker/Dockerfile', { signal })).rejects.toMatchObject({ name: 'UnknownPath' });
    await expect(sources.file('shop', first, 'web', { signal })).rejects.toMatchObject({ name: 'UnknownPath' });
  });

  it('resolves branches, tags and short commits to what they name now', async () => {
    await git('tag', '--annotate', '--message', 'v1', 'v1', first);
    expect(await sources.resolve('shop', 'v1', { signal })).toBe(first);
    const second = await commit({ 'README.md': 'two' });
    expect(await sources.resolve('shop', 'main', { signal })).toBe(second);
    expect(await sources.resolve('shop', second.slice(0, 10), { signal })).toBe(second);
    expect(await sources.resolve('shop', first, { signal })).toBe(first);
    const third = await commit({ 'README.md': 'three' });
    expect(await sources.resolve('shop', 'main', { signal })).toBe(third);
    expect(await sources.file('shop', second, 'README.md', { signal })).toBe('two');
  });

  it('gives a commit that no branch leads to', async () => {
    await git('checkout', '--quiet', '--detach');
    const loose = await commit({ 'README.md': 'loose' });
    await git('update-ref', 'refs/pull/1/head', loose);
    await git('checkout', '--quiet', 'main');
    await git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    expect(await sources.file('shop', loose, 'README.md', { signal })).toBe('loose');
  });

  it('can be asked by several at once, of one process or of many', async () => {
    const several = Array.from({ length: 4 }, () => sourcesOf({ busy: repository }));
    const answers = await Promise.all([...several, ...several].map((one) => one.resolve('busy', 'v1', { signal })));
    expect(new Set(answers)).toEqual(new Set([first]));
  });
});

describe('a wrong question', () => {
  it.each(['f'.repeat(40), 'no-such-branch', 'deadbeef'])('about %s is UnknownCommit, naming repository and ref', async (ref) => {
    const refused = sources.resolve('shop', ref, { signal });
    await expect(refused).rejects.toMatchObject({ name: 'UnknownCommit', message: expect.stringContaining(ref) });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(repository) });
  });

  it.each(['--output=/tmp/x', '-h', '', 'a..b', 'main@{1}', 'a b', 'main:README.md', 'x\n', '$(id)', 'main^', 'a//b'])(
    'with %j never reaches git',
    async (ref) => {
      await expect(sources.resolve('shop', ref, { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
      await expect(sources.archive('shop', ref, { signal })).rejects.toMatchObject({ name: 'UnknownCommit' });
    },
  );

  it('about an application without a repository is SourceNotConfigured', async () => {
    await expect(sources.resolve('other', 'main', { signal })).rejects.toMatchObject({ name: 'SourceNotConfigured' });
    await expect(sources.resolve('toString', 'main', { signal })).rejects.toMatchObject({ name: 'SourceNotConfigured' });
  });

  it.each([
    '--upload-pack=touch /tmp/x',
    'ext::sh -c id',
    'relative/path',
    'javascript:1',
    'https://-oProxyCommand=x/y',
    '-oProxyCommand=x:y',
  ])('to a repository at %s is refused before anything runs', (address) => {
    expect(() => sourcesOf({ shop: address })).toThrow(expect.objectContaining({ name: 'MalformedRepository' }));
  });
});

describe('a repository that cannot be read', () => {
  it('is SourceUnavailable, naming application and repository', async () => {
    const gone = join(directory, 'gone');
    await expect(sourcesOf({ shop: gone }).resolve('shop', 'main', { signal })).rejects.toMatchObject({
      name: 'SourceUnavailable',
      message: expect.stringMatching(new RegExp(`source of shop at ${gone}`)),
    });
  });

  it('is signed in to with the credential of its address, which is in no message', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(403).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refused = sourcesOf({ shop: `http://robot:t0p%3Asecret@${host}/shop.git` }).resolve('shop', 'main', { signal });
    await expect(refused).rejects.toMatchObject({ name: 'SourceUnavailable', message: expect.stringContaining(`http://${host}/shop.git`) });
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringMatching(/t0p|robot/) });
    expect(seen).toContain(`Basic ${Buffer.from('robot:t0p:secret').toString('base64')}`);
    server.close();
  });

  it('that accepts and never answers is given up, and a caller who gives up first is heard', async () => {
    const server = createServer(() => {});
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const silent = sourcesOf({ shop: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.git` }, 400);
    await expect(silent.resolve('shop', 'main', { signal })).rejects.toThrow(/longer than 0\.4 s/);
    await expect(silent.resolve('shop', 'main', { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
    server.closeAllConnections();
    server.close();
  });
});
