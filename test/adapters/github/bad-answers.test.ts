import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAsk } from '../../../adapters/github/ask.ts';
import { createGitHubCheckRuns } from '../../../adapters/github/check-runs.ts';
import type { GitHubClient } from '../../../adapters/github/client.ts';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import { createGitHubReads } from '../../../adapters/github/github-reads.ts';
import { createGitHubStatuses } from '../../../adapters/github/statuses.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { clientOf, PLACES, startGitHub } from './connected.ts';

const REPOSITORY = 'acme/shop';
const name = { owner: 'acme', repo: 'shop' };
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const OTHER = 'b'.repeat(40);
const asking = { signal: AbortSignal.timeout(300_000) };
const of = { application: 'shop', commit: SHA, release: 1 };
/** Long enough for a busy machine, and short enough to wait for an answer that never ends. */
const DEADLINE_MS = 3_000;

let github: LocalGitHub;
let comment: number;
/** Somebody else's address, and what it was told. */
let elsewhere: Server;
let overheard: (string | undefined)[] = [];

beforeAll(async () => {
  github = await startGitHub();
  await github.push(name, { ref: 'heads/main', sha: SHA, by: { id: 7, login: 'rita' } });
  await github.push(name, { ref: 'heads/main', sha: OTHER, by: { id: 7, login: 'rita' } });
  comment = await github.comment(name, 5, 'words', { id: 7, login: 'rita' });
  elsewhere = createServer((request, response) => {
    overheard.push(request.headers.authorization);
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  elsewhere.close();
  await github.stop();
});
beforeEach(() => {
  overheard = [];
});

const reads = (client: GitHubClient) => createGitHubReads(createAsk(client));
const status = { ...of, context: 'tidegate/build', state: 'success', description: 'Built' } as const;
const news = (release: number) => ({
  environment: 'production',
  release,
  deployment: `deployment/shop/production/${release}`,
  state: 'in_progress' as const,
  description: 'Deploying',
});
const check = (release: number) => ({
  name: 'Tidegate: build',
  externalId: `shop/${release}/build/`,
  status: 'in_progress' as const,
  title: 'Building',
  summary: '',
});
let fresh = 0;

interface Asked {
  readonly method: string;
  readonly act: (client: GitHubClient) => Promise<unknown>;
}

const told = { ...asking, isRepeat: false };
const again = { ...asking, isRepeat: true };

/** What writes; of several requests the one that does. */
const WRITES: Readonly<Record<string, Asked>> = {
  status: { method: 'POST', act: (client) => createGitHubStatuses(client, PLACES).report(status, told) },
  deployment: { method: 'POST', act: (client) => createGitHubDeployments(client, PLACES, 'harbour').report(news(++fresh), of, told) },
  'check run': { method: 'POST', act: (client) => createGitHubCheckRuns(client, PLACES).report(check(++fresh), of, told) },
  reaction: { method: 'POST', act: (client) => reads(client).react(REPOSITORY, comment, 'rocket', asking) },
  reply: { method: 'POST', act: (client) => reads(client).reply(REPOSITORY, 5, 'words', asking) },
};

/** What is looked at before something is written. */
const LOOKS: Readonly<Record<string, Asked>> = {
  status: { method: 'GET', act: (client) => createGitHubStatuses(client, PLACES).report(status, again) },
  deployment: { method: 'GET', act: (client) => createGitHubDeployments(client, PLACES, 'harbour').report(news(1), of, again) },
  'check run': { method: 'GET', act: (client) => createGitHubCheckRuns(client, PLACES).report(check(1), of, again) },
};

/** What is read before something acts on a delivery. */
const READS: Readonly<Record<string, Asked>> = Object.fromEntries(
  Object.entries({
    repository: (client) => reads(client).repository(REPOSITORY, asking),
    commit: (client) => reads(client).commit(REPOSITORY, SHA, asking),
    target: (client) => reads(client).target(REPOSITORY, 'heads/main', asking),
    compare: (client) => reads(client).compare(REPOSITORY, SHA, OTHER, asking),
    comment: (client) => reads(client).comment(REPOSITORY, comment, asking),
  } satisfies Record<string, Asked['act']>).map(([what, act]) => [what, { method: 'GET', act }]),
);

/** What becomes of each, with a client of its own, as one that was asked for a pause asks nothing more. */
async function outcomes(operations: Readonly<Record<string, Asked>>, spoil: (method: string) => void): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [what, { method, act }] of Object.entries(operations)) {
    const client = await clientOf(github, { deadlineMs: DEADLINE_MS });
    spoil(method);
    found[what] = await act(client).then(
      (answer) => (operations === READS && answer === undefined ? 'nothing' : 'done'),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  }
  return found;
}

type Expected = 'done' | 'nothing' | RegExp;

const all = (operations: Readonly<Record<string, Asked>>, expected: Expected) =>
  Object.fromEntries(
    Object.keys(operations).map((what) => [what, expected instanceof RegExp ? expect.stringMatching(expected) : expected]),
  );

const UNAVAILABLE = /^GitHubUnavailable: /;
const SHAPE = /^GitHub(Refused|Unavailable): .*(instead of|no JSON|something else|another shape)/;

/** An answer, and what becomes of a write, of the look before it and of a read. */
const ANSWERS: readonly (readonly [
  string,
  Omit<Parameters<LocalGitHub['failNext']>[0], 'times' | 'method'>,
  Expected,
  Expected,
  Expected,
])[] = [
  ['400', { status: 400 }, /^GitHubRefused: .* saw 400 /, /^GitHubRefused: .* saw 400 /, /^GitHubRefused: .* saw 400 /],
  ['401', { status: 401 }, /^GitHubRefused: .*token is wrong/, /^GitHubRefused: .*token is wrong/, /^GitHubRefused: .*token is wrong/],
  ['403', { status: 403 }, /^GitHubRefused: .*permission ".*: write"/, /^GitHubRefused: .*permission "/, /^GitHubRefused: .*permission "/],
  ['404', { status: 404 }, /^GitHubRefused: .*Check that acme\/shop exists/, /^GitHubRefused: .*Check that acme\/shop exists/, 'nothing'],
  ['409', { status: 409 }, UNAVAILABLE, UNAVAILABLE, 'nothing'],
  ['410', { status: 410 }, /^GitHubRefused: .* saw 410 /, /^GitHubRefused: .* saw 410 /, 'nothing'],
  ['422', { status: 422 }, /^GitHubRefused: .* saw 422 /, /^GitHubRefused: .* saw 422 /, 'nothing'],
  ['429', { status: 429, headers: { 'retry-after': '7' } }, /left alone for 7 s/, /left alone for 7 s/, /left alone for 7 s/],
  [
    '403 of a secondary limit',
    { status: 403, body: { message: 'You have exceeded a secondary rate limit' } },
    /^GitHubUnavailable: .*left alone for 60 s/,
    /^GitHubUnavailable: .*left alone for 60 s/,
    /^GitHubUnavailable: .*left alone for 60 s/,
  ],
  ...[500, 502, 503, 504].map(
    (code) =>
      [
        `${code} with a page`,
        { status: code, headers: { 'content-type': 'text/html' }, body: '<html>Unicorn!</html>' },
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE,
      ] as const,
  ),
  [
    '200 with a page',
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
    SHAPE,
    /^GitHubUnavailable: .*no JSON/,
    /^GitHubUnavailable: .*no JSON/,
  ],
  [
    '201 with a page',
    { status: 201, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
    /^GitHubUnavailable: .*no JSON/,
    SHAPE,
    SHAPE,
  ],
  [
    '200 with half of a JSON document',
    { status: 200, headers: { 'content-type': 'application/json' }, body: '{"sha": "aaa' },
    SHAPE,
    /^GitHubUnavailable: .*no JSON/,
    /^GitHubUnavailable: .*no JSON/,
  ],
  ['200 with null', { status: 200, headers: { 'content-type': 'application/json' }, body: 'null' }, SHAPE, SHAPE, SHAPE],
  ['200 with a number', { status: 200, headers: { 'content-type': 'application/json' }, body: '42' }, SHAPE, SHAPE, SHAPE],
  ['200 with something else', { status: 200, body: { ok: true } }, SHAPE, SHAPE, SHAPE],
  [
    '200 with 17 MB',
    { status: 200, headers: { 'content-type': 'application/json' }, body: `"${'x'.repeat(17 * 1024 * 1024)}"` },
    /^GitHubUnavailable: .*larger than 16 MB/,
    /^GitHubUnavailable: .*larger than 16 MB/,
    /^GitHubUnavailable: .*larger than 16 MB/,
  ],
  ['301 to nowhere', { status: 301 }, /^GitHubRefused: .*may have been renamed/, /may have been renamed/, /may have been renamed/],
];

describe('an answer that is not as it should be', () => {
  it.each(ANSWERS)('%s, has each write, each look and each read end as what it is', async (_what, answer, write, look, read) => {
    const spoil = (method: string) => github.failNext({ times: 1, method, ...answer });
    expect(await outcomes(WRITES, spoil)).toEqual(all(WRITES, write));
    expect(await outcomes(LOOKS, spoil)).toEqual(all(LOOKS, look));
    expect(await outcomes(READS, spoil)).toEqual(all(READS, read));
  });

  it('that never ends is given up at the deadline, and one that breaks off is no answer', async () => {
    const endless = [WRITES, LOOKS, READS].flatMap((operations) => Object.values(operations));
    github.endlessNext(endless.length);
    const client = await clientOf(github, { deadlineMs: DEADLINE_MS });
    const given = await Promise.all(endless.map(({ act }) => act(client).catch((error: Error) => `${error.name}: ${error.message}`)));
    expect(given).toEqual(endless.map(() => expect.stringMatching(/^GitHubUnavailable: .*no answer within 3000 ms/)));
    for (const each of [LOOKS, READS])
      expect(await outcomes(each, () => github.truncateNext(1))).toEqual(all(each, /^GitHubUnavailable: .*could not reach it/));
  });
});

describe('a repository that was renamed', () => {
  const moved = (code: number) => (method: string) =>
    github.failNext({ times: 1, method, status: code, headers: { location: '/repositories/1296269/moved' } });

  it.each([301, 302, 307, 308])('is asked where GitHub says by %d, by the same request', async (code) => {
    for (const operations of [WRITES, LOOKS, READS])
      for (const what of Object.keys(operations)) {
        const before = github.requests().length;
        await outcomes({ [what]: operations[what] as Asked }, moved(code));
        const asked = github.requests().slice(before);
        const at = asked.findIndex(({ status: answered }) => answered === code);
        expect(asked[at + 1]).toEqual({ ...asked[at], path: '/repositories/1296269/moved', status: 404 });
      }
  });

  it('has its statuses told there, once', async () => {
    const before = github.statuses('acme', 'shop', SHA).length;
    const location = `${github.url}/repos/acme/shop/statuses/${SHA}`;
    const spoil = (method: string) => github.failNext({ times: 1, method, status: 301, headers: { location } });
    expect(await outcomes({ status: WRITES.status as Asked }, spoil)).toEqual({ status: 'done' });
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(before + 1);
  });

  it('that leads to another host, or round in circles, is followed nowhere: the token stays here', async () => {
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    const away = (method: string) => github.failNext({ times: 1, method, status: 307, headers: { location } });
    const refused = /^GitHubRefused: .*answered 307 instead of .*may have been renamed/;
    for (const operations of [WRITES, LOOKS, READS]) expect(await outcomes(operations, away)).toEqual(all(operations, refused));
    expect(overheard).toEqual([]);

    const round = { headers: { location: '/repos/acme/shop/statuses/x' }, status: 301 };
    const before = github.requests().length;
    const circle = (method: string) => github.failNext({ times: 4, method, ...round });
    expect(await outcomes({ status: WRITES.status as Asked }, circle)).toEqual(all({ status: WRITES.status as Asked }, /answered 301/));
    expect(github.requests()).toHaveLength(before + 4);
  });
});
