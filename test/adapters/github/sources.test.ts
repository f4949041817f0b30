import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommitAuthors } from '../../../activities/gates.ts';
import type { SourceArchive } from '../../../activities/images.ts';
import { buildContext } from '../../../adapters/docker/build-context.ts';
import type { GitHubSettings } from '../../../adapters/github/client.ts';
import { createGitHubSources } from '../../../adapters/github/source/github-sources.ts';
import type { LocalGitHub, LocalGitHubOptions } from '../../../lab/github/local-github.ts';
import { madeArchive } from '../../support/made-archive.ts';
import { APP, appClientOf, clientOf, SHOP, startGitHub, TOKEN } from './connected.ts';

const signal = new AbortController().signal;

let directory: string;
let commit: string;
let github: LocalGitHub;
let sources: SourceArchive & CommitAuthors;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'github-sources-'));
  git('init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch');
  git('add', '.');
  git('-c', 'user.name=Ana', '-c', 'user.email=ana@shop.example', 'commit', '--quiet', '--message', 'first');
  commit = git('rev-parse', 'HEAD');
  github = await started();
  sources = await sourcesOf(github);
});

afterAll(async () => {
  await github.stop();
  rmSync(directory, { recursive: true });
});

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8' }).trim();
}

async function started(options: Partial<LocalGitHubOptions> = {}): Promise<LocalGitHub> {
  const made = await startGitHub(options);
  made.showGit(SHOP, directory);
  return made;
}

async function sourcesOf(at: LocalGitHub, settings: Partial<GitHubSettings> = {}, idleMs = 20_000) {
  const client = await clientOf(at, settings);
  return createGitHubSources({ client, apiUrl: at.url, repositories: { shop: 'acme/shop' }, idleMs });
}

/** Everything that a build would get. */
async function built(of: SourceArchive = sources): Promise<Buffer> {
  const { tar, isWrapped } = await of.archive('shop', commit, { signal });
  const context = buildContext(tar as Readable, { commit, isWrapped, folder: '', dockerfile: 'Dockerfile', ignore: undefined });
  const chunks: Buffer[] = [];
  for await (const chunk of context) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('an archive of GitHub', () => {
  it('is downloaded from another host, which gets nothing that proves who we are', async () => {
    expect((await built()).toString()).toContain('FROM scratch');
    const { headers, path } = github.archives.requests().at(-1) ?? { headers: {}, path: '' };
    expect(path).toBe(`/acme/shop/legacy.tar.gz/${commit}`);
    expect(JSON.stringify(headers)).not.toMatch(new RegExp(`authorization|${TOKEN}`, 'i'));
  });

  it('is found where a repository was renamed, through the API and with the token', async () => {
    github.showGit({ owner: 'acme', repo: 'shop-web' }, directory);
    const renamed = await started({ repositories: ['acme/shop', 'acme/new'] });
    renamed.showGit({ owner: 'acme', repo: 'new' }, directory);
    renamed.failNext({ times: 1, status: 301, headers: { location: `${renamed.url}/repos/acme/new/tarball/${commit}` } });
    expect((await built(await sourcesOf(renamed))).toString()).toContain('FROM scratch');
    expect(renamed.requests().map(({ path }) => path)).toContain(`/repos/acme/new/tarball/${commit}`);
    await renamed.stop();
  });

  it('is had by an App too, by the token of its installation', async () => {
    const own = await started({ app: APP });
    const asApp = createGitHubSources({ client: await appClientOf(own), apiUrl: own.url, repositories: { shop: 'acme/shop' } });
    expect((await built(asApp)).toString()).toContain('FROM scratch');
    expect(JSON.stringify(own.archives.requests())).not.toMatch(/authorization|ghs_/i);
    await own.stop();
  });

  it.each(['loop', 'cut', 'page', 'gone'] as const)('that is a %s cannot be had now, and says so without the address', async (failure) => {
    const own = await started();
    own.archives.failNext(failure);
    const failed = built(await sourcesOf(own));
    await expect(failed).rejects.toMatchObject({ name: 'SourceUnavailable', message: expect.not.stringMatching(/token=|ghp_/) });
    await expect(failed).rejects.toThrow(/source of shop at acme\/shop at 127\.0\.0\.1/);
    expect(own.archives.requests().length).toBeLessThanOrEqual(6);
    await own.stop();
  });

  it('that falls silent is given up', async () => {
    github.archives.failNext('silent');
    await expect(built(await sourcesOf(github, {}, 300))).rejects.toThrow(/nothing came for 0\.3 s/);
  });

  it('that nobody waits for any longer is given up', async () => {
    github.archives.failNext('silent');
    const ended = new AbortController();
    const { tar } = await sources.archive('shop', commit, { signal: ended.signal });
    ended.abort(new Error('the worker goes down'));
    const reading = (async () => {
      for await (const _ of tar);
    })();
    await expect(reading).rejects.toThrow('the worker goes down');
  });

  it('that never ends is refused after a little of it', async () => {
    github.archives.failNext('endless');
    await expect(built()).rejects.toMatchObject({ name: 'ArchiveFault', message: expect.stringMatching(/of nothing at its end/) });
  });

  it.each<[string, (whole: Buffer) => Buffer, object]>([
    [
      'of which a half is missing',
      (whole) => gzipSync(whole).subarray(0, -12),
      { name: 'SourceUnavailable', cause: { name: 'GitHubUnavailable' } },
    ],
    ['of which a half is missing before it was compressed', (whole) => gzipSync(whole.subarray(0, 1_536)), { name: 'ArchiveCut' }],
    ['that was never compressed', (whole) => whole, { name: 'SourceUnavailable' }],
    [
      'of another commit',
      (whole) => gzipSync(Buffer.from(whole.toString('latin1').replace(commit, 'f'.repeat(40)), 'latin1')),
      { name: 'ArchiveFault' },
    ],
    ['that is a bomb', () => gzipSync(Buffer.alloc(64 * 1024 * 1024)), { name: 'ArchiveFault' }],
  ])('%s is refused', async (_, change, expected) => {
    github.archives.failNext(change(await madeArchive([{ name: 'top/Dockerfile', content: 'x'.repeat(1_000) }], commit)));
    await expect(built()).rejects.toMatchObject(expected);
  });
});

describe('a GitHub that gives no clear answer', () => {
  it.each<[string, (at: LocalGitHub) => void, RegExp]>([
    ['does not know us', (at) => at.failNext({ times: 1, status: 401 }), /saw 401 .*token is wrong/],
    ['lets us see less', (at) => at.failNext({ times: 1, status: 403 }), /saw 403 .*"Contents: read" on acme\/shop/],
    ['breaks', (at) => at.failNext({ times: 1, status: 502 }), /saw 502/],
    ['has a limit', (at) => at.limit({ requests: 0, resetAt: Date.now() + 60_000 }), /left alone for/],
    ['is down', (at) => at.outage(true), /could not reach it/],
    [
      'answers a page',
      (at) => at.failNext({ times: 1, status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }),
      /something else may answer|no JSON/,
    ],
    ['has no such repository for us', (at) => at.failNext({ times: 2, status: 404 }), /no such repository, or we may not see it/],
  ])('because it %s is SourceUnavailable for everything', async (_, break_, words) => {
    const own = await started();
    const asked = await sourcesOf(own);
    const questions = {
      resolve: () => asked.resolve('shop', commit, { signal }),
      file: () => asked.file('shop', commit, 'Dockerfile', { signal }),
      exists: () => asked.exists('shop', commit, 'Dockerfile', { signal }),
      archive: () => asked.archive('shop', commit, { signal }),
      authors: () => asked.authors('shop', commit, undefined, { signal }),
    };
    for (const [name, ask] of Object.entries(questions)) {
      break_(own);
      const failed = ask();
      await expect(failed).rejects.toMatchObject({ name: 'SourceUnavailable' });
      // An archive is no JSON, whatever comes in its place.
      if (name !== 'archive') await expect(failed).rejects.toThrow(words);
      await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining(TOKEN) });
    }
    expect(own.archives.requests()).toEqual([]);
    await own.stop();
  });

  it('because its answer never ends is given up', async () => {
    const own = await started();
    own.endlessNext(1);
    await expect((await sourcesOf(own, { deadlineMs: 300 })).file('shop', commit, 'Dockerfile', { signal })).rejects.toThrow(
      /no answer within 300 ms/,
    );
    await own.stop();
  });
});
