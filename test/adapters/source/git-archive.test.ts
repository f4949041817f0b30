import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SourceArchive } from '../../../activities/images.ts';
import { createGitSources } from '../../../adapters/source/git-archive.ts';

const execute = promisify(execFile);
const signal = new AbortController().signal;

let directory: string;
let repository: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'git-archive-'));
  repository = join(directory, 'shop');
  await mkdir(join(repository, 'web'), { recursive: true });
  await git('init', '--quiet', '--initial-branch', 'main');
  await commit({ 'README.md': 'one', 'web/Dockerfile': 'FROM scratch' });
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

describe('an address', () => {
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
