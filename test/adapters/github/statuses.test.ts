import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GitHubRefused, GitHubUnavailable } from '../../../activities/github/errors.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import { createGitHubClient, type GitHubSettings } from '../../../adapters/github/client.ts';
import { createGitHubStatuses, type GitHubPlaces } from '../../../adapters/github/statuses.ts';
import { Secret } from '../../../domain/secret.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../../lab/github/server.ts';

const TOKEN = 'ghp_never-to-be-seen';
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const NOW = Date.parse('2026-03-01T12:00:00Z');
const STATUS: CommitStatus = {
  application: 'shop',
  commit: SHA,
  context: 'tidegate/build',
  state: 'success',
  description: 'Built web and worker',
  targetUrl: 'https://tidegate.test/releases/shop/1',
};

let github: LocalGitHub;

beforeEach(async () => {
  github = await startLocalGitHub({ token: new Secret(TOKEN), repositories: ['acme/shop'] });
});

afterEach(() => github.stop());

interface Options extends Partial<Pick<GitHubSettings, 'apiUrl' | 'clock' | 'deadlineMs'>> {
  readonly token?: Secret;
  readonly repository?: GitHubPlaces['repository'];
  readonly isRepeat?: boolean;
}

async function report(status: Partial<CommitStatus> = {}, options: Options = {}, signal = new AbortController().signal) {
  const { token = new Secret(TOKEN), repository, isRepeat = false, ...more } = options;
  const client = await createGitHubClient({ apiUrl: github.url, credentials: { kind: 'token', token }, clock: () => NOW, ...more });
  const places: GitHubPlaces = {
    repository: repository ?? ((application) => (application === 'shop' ? { owner: 'acme', repo: 'shop' } : undefined)),
    isShared: () => false,
    page: (application, release) => `https://tidegate.test/releases/${application}/${release}`,
    serving: () => undefined,
  };
  await createGitHubStatuses(client, places).report({ ...STATUS, ...status }, { signal, isRepeat });
}

async function failureOf(reported: Promise<void>): Promise<GitHubUnavailable | GitHubRefused> {
  const error = await reported.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GitHubUnavailable || error instanceof GitHubRefused) return error;
  throw new Error(`Expected GitHub to fail, and saw ${inspect(error)}`);
}

describe('reporting a status', () => {
  it('tells GitHub state, context, description and where to look', async () => {
    await report();

    expect(github.statuses('acme', 'shop', SHA)).toMatchObject([
      {
        context: 'tidegate/build',
        state: 'success',
        description: 'Built web and worker',
        targetUrl: 'https://tidegate.test/releases/shop/1',
      },
    ]);
  });

  it('leads to the page of its release, where there is one', async () => {
    const { targetUrl: _, ...status } = STATUS;
    const client = await createGitHubClient({
      apiUrl: github.url,
      credentials: { kind: 'token', token: new Secret(TOKEN) },
      clock: () => NOW,
    });
    const places = {
      repository: () => ({ owner: 'acme', repo: 'shop' }),
      isShared: () => false,
      page: () => 'https://tidegate.test/releases/shop/7',
      serving: () => undefined,
    };
    await createGitHubStatuses(client, places).report({ ...status, release: 7 }, { signal: new AbortController().signal, isRepeat: false });

    expect(github.statuses('acme', 'shop', SHA)[0]?.targetUrl).toBe('https://tidegate.test/releases/shop/7');
  });

  it('asks GitHub once, however the request ends', async () => {
    await report();
    github.failNext({ times: 1, status: 502 });
    await failureOf(report());

    expect(github.requests().map((request) => request.method)).toEqual(['POST', 'POST']);
  });

  it('tells nobody about an application without a repository', async () => {
    await report({ application: 'elsewhere' });

    expect(github.requests()).toEqual([]);
  });

  it('cuts a long description instead of having it refused', async () => {
    await report({ description: '🛳️'.repeat(100) });

    expect(github.statuses('acme', 'shop', SHA)[0]?.description).toMatch(/^(🛳️)+…$/u);
  });

  it('accepts an API address that ends in a slash', async () => {
    await report({}, { apiUrl: `${github.url}/` });

    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });
});

describe('GitHub is not available', () => {
  it('fails retryably during an outage, and arrives once after it', async () => {
    github.outage(true);
    const error = await failureOf(report());
    github.outage(false);
    await report();

    expect(error).toBeInstanceOf(GitHubUnavailable);
    expect(error.message).toContain(new URL(github.url).host);
    expect(error.cause).toBeDefined();
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });

  it('fails retryably when nothing listens', async () => {
    await github.stop();

    expect(await failureOf(report())).toBeInstanceOf(GitHubUnavailable);
  });

  it('gives up at its deadline', async () => {
    github.slow(600_000);

    const error = await failureOf(report({}, { deadlineMs: 50 }));

    expect(error).toBeInstanceOf(GitHubUnavailable);
    expect(error.message).toContain('no answer within 50 ms');
  });

  it('rejects with the reason of a cancellation, which is no failure of GitHub', async () => {
    github.slow(600_000);
    const controller = new AbortController();
    const reported = report({}, {}, controller.signal);
    const reason = new Error('the worker shuts down');
    controller.abort(reason);

    await expect(reported).rejects.toBe(reason);
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
  });

  const limits: readonly [string, number, Record<string, string>, string, number][] = [
    ['a secondary limit with seconds', 403, { 'retry-after': '37' }, 'You have exceeded a secondary rate limit', 37_000],
    ['a secondary limit without a time', 403, {}, 'You have exceeded a secondary rate limit', 60_000],
    [
      'a primary limit',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) },
      'API rate limit exceeded',
      91_000,
    ],
    [
      'a limit that is over',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 - 90) },
      'API rate limit exceeded',
      0,
    ],
    ['too many requests until a date', 429, { 'retry-after': new Date(NOW + 5000).toUTCString() }, 'Slow down', 5000],
    ['a wait of a year', 429, { 'retry-after': '31536000' }, 'Slow down', 3_600_000],
    ['a wait below zero', 429, { 'retry-after': '-5' }, 'Slow down', 0],
    ['a wait that cannot be read', 429, { 'retry-after': 'soon' }, 'Slow down', 60_000],
  ];
  it.each(limits)('waits as %s asks', async (_what, status, headers, message, wait) => {
    github.failNext({ times: 1, status, headers: { date: new Date(NOW).toUTCString(), ...headers }, body: { message } });

    const error = await failureOf(report());

    expect(error).toBeInstanceOf(GitHubUnavailable);
    expect(error).toHaveProperty('retryAfterMs', wait);
    expect(error.message).toContain(message);
  });

  it("counts from GitHub's clock where ours is an hour late", async () => {
    const headers = { date: new Date(NOW).toUTCString(), 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) };
    github.failNext({ times: 1, status: 403, headers, body: { message: 'API rate limit exceeded' } });

    expect(await failureOf(report({}, { clock: () => NOW - 3_600_000 }))).toHaveProperty('retryAfterMs', 91_000);
  });

  it('takes a conflict for something that passes', async () => {
    github.failNext({ times: 1, status: 409, body: { message: 'Conflict' } });

    expect(await failureOf(report())).toBeInstanceOf(GitHubUnavailable);
  });

  it('waits until the moment that the primary limit names', async () => {
    github.limit({ requests: 1, resetAt: NOW + 100_000_000_000 });
    await report();

    expect(await failureOf(report())).toMatchObject({ retryAfterMs: 3_600_000 });
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });

  it('gives up an answer that never ends', async () => {
    github.endlessNext(1);

    const error = await failureOf(report({}, { deadlineMs: 100 }));

    expect(error).toBeInstanceOf(GitHubUnavailable);
    expect(error.message).toContain('no answer within 100 ms');
  });

  it('takes a page in the place of JSON for something that stands between, and not for a yes', async () => {
    github.failNext({ times: 1, status: 201, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' });

    const error = await failureOf(report());

    expect(error).toBeInstanceOf(GitHubUnavailable);
    expect(error.message).toContain('no JSON');
  });

  it.each([500, 502, 503, 504, 408])('takes %d for a passing failure, without a wait of its own', async (status) => {
    github.failNext({ times: 1, status, body: '<html>Unicorn!</html>' });

    const error = await failureOf(report());

    expect(error).toBeInstanceOf(GitHubUnavailable);
    expect(error).toHaveProperty('retryAfterMs', undefined);
  });
});

describe('GitHub says no', () => {
  it('names the token when GitHub does not know it', async () => {
    const error = await failureOf(report({}, { token: new Secret('ghp_another') }));

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('401');
    expect(error.message).toContain('The token is wrong, expired or revoked');
  });

  it('names the missing permission', async () => {
    github.failNext({ times: 1, status: 403, body: { message: 'Resource not accessible by personal access token' } });

    const error = await failureOf(report());

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('"Commit statuses: write" on acme/shop');
  });

  it('names the repository that GitHub does not have or show', async () => {
    const error = await failureOf(report({}, { repository: () => ({ owner: 'acme', repo: 'shpo' }) }));

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('Check that acme/shpo exists');
  });

  it('names the commit that GitHub does not have', async () => {
    const error = await failureOf(report({ commit: 'main' }));

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('No commit found for SHA: main');
    expect(error.message).toContain('was pushed to acme/shop');
  });

  it('says what to do once a commit and context have a thousand statuses, and writes no more', async () => {
    for (let index = 0; index < 1000; index += 1)
      github.seedStatus('acme', 'shop', { sha: SHA, context: 'tidegate/build', state: 'pending' });

    const error = await failureOf(report());

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('1,000 statuses at most');
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1000);
  });

  it("is held to GitHub's description: a state that GitHub does not know is refused", async () => {
    const error = await failureOf(report({ state: 'passed' as CommitStatus['state'] }));

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('422');
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
  });

  it('makes no read of a write that GitHub redirects', async () => {
    github.failNext({ times: 1, status: 301, headers: { location: `${github.url}/repos/acme/shop` } });

    const error = await failureOf(report());

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(github.requests().map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it.each(['', 'ghp_with\nnewline\n', 'ghp_with space'])('refuses the token %j before it is sent', async (token) => {
    const error = await failureOf(report({}, { token: new Secret(token) }));

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(error.message).toContain('white space');
    expect(github.requests()).toEqual([]);
  });
});

describe('the token', () => {
  it.each([401, 403, 404, 422, 429, 500])('is in no part of the error, even when GitHub repeats it with %d', async (status) => {
    github.failNext({ times: 1, status, body: { message: `Saw Bearer ${TOKEN}`, errors: [{ message: TOKEN }] } });

    const error = await failureOf(report());

    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(TOKEN);
    expect(error.stack).not.toContain(TOKEN);
  });

  it('is in no part of the error of a broken connection', async () => {
    github.outage(true);

    const error = await failureOf(report());

    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(TOKEN);
  });
});
