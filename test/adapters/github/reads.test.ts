import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAsk } from '../../../adapters/github/ask.ts';
import { createGitHubClient } from '../../../adapters/github/client.ts';
import { createGitHubReads } from '../../../adapters/github/github-reads.ts';
import type { GitHubReads } from '../../../adapters/github/reads.ts';
import type { InboxStore } from '../../../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../../../adapters/ledger/inbox/open-inbox.ts';
import { Secret } from '../../../domain/secret.ts';
import { ALL_PERMISSIONS } from '../../../lab/github/app.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../../lab/github/server.ts';
import { APP_PLACE, organizationPlace } from '../../../lab/github/webhooks.ts';
import { Reconciler } from '../../../server/github/reconciler.ts';

const token = new Secret('ghp_token-of-the-tests');
const name = { owner: 'acme', repo: 'shop' };
const SHOP = 'acme/shop';
const rita = { id: 7, login: 'rita-codes' };
const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];
const OF_SHOP = { kind: 'repository', repository: SHOP, source: 'github' } as const;
const asking = { signal: AbortSignal.timeout(60_000) };

let github: LocalGitHub;
let reads: GitHubReads;
/** What listens for webhooks, and what it heard; it can be away. */
let listener: Server;
let heard: { headers: Record<string, unknown>; body: string }[];
let status = 202;

beforeAll(async () => {
  github = await startLocalGitHub({ token });
  const credentials = { kind: 'token', token } as const;
  reads = createGitHubReads(createAsk(await createGitHubClient({ apiUrl: github.url, credentials, clock: Date.now, deadlineMs: 5_000 })));
  heard = [];
  listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  listener.close();
  await github.stop();
});

const hookUrl = () => `http://127.0.0.1:${(listener.address() as AddressInfo).port}/webhooks/github`;

describe('what is read of GitHub, by its own description', () => {
  it('is a repository, commits by branch, tag and name, what points at them and how they lead to each other', async () => {
    await github.push(name, { ref: 'heads/main', sha: A, by: rita });
    await github.push(name, { ref: 'heads/main', sha: B, by: rita, files: ['src/web.ts', 'docs/a.md'] });
    await github.push(name, { ref: 'heads/release/1', sha: C, by: rita });
    await github.push(name, { ref: 'tags/v1', sha: A, by: rita });
    expect(await reads.repository(SHOP, asking)).toMatchObject({ name: SHOP, defaultBranch: 'main' });
    expect(await reads.commit(SHOP, 'heads/main', asking)).toBe(B);
    expect(await reads.commit(SHOP, 'heads/release/1', asking)).toBe(C);
    expect(await reads.commit(SHOP, A, asking)).toBe(A);
    expect(await reads.commit(SHOP, 'heads/nowhere', asking)).toBeUndefined();
    expect([await reads.target(SHOP, 'tags/v1', asking), await reads.target(SHOP, 'tags/v2', asking)]).toEqual([A, undefined]);
    expect(await reads.compare(SHOP, A, B, asking)).toEqual({ status: 'ahead', files: ['src/web.ts', 'docs/a.md'] });
    expect((await reads.compare(SHOP, B, A, asking))?.status).toBe('behind');
    expect((await reads.compare(SHOP, B, C, asking))?.status).toBe('diverged');
    expect(await reads.compare(SHOP, B, 'd'.repeat(40), asking)).toBeUndefined();
    expect(await reads.labels(SHOP, A, asking)).toEqual([]);
  });

  it('is who brought a branch where it is, newest first, and nothing of tags', async () => {
    await github.push(name, { ref: 'heads/shared', sha: B, by: rita });
    await github.push(name, { ref: 'heads/shared', sha: C, by: { id: 8, login: 'sam' } });
    expect(await reads.pushes(SHOP, 'shared', asking)).toEqual([
      { before: B, after: C, actor: { id: 8, login: 'sam', isPerson: true } },
      { before: '0'.repeat(40), after: B, actor: { id: 7, login: 'rita-codes', isPerson: true } },
    ]);
    await github.push(name, { ref: 'tags/shared', sha: A, by: rita });
    expect(await reads.pushes(SHOP, 'shared', asking)).toHaveLength(2);
    expect(await reads.pushes(SHOP, 'nowhere', asking)).toEqual([]);
    github.failNext({ times: 1, status: 404 });
    expect(await reads.pushes(SHOP, 'shared', asking)).toBeUndefined();
    github.failNext({ times: 1, status: 403 });
    await expect(reads.pushes(SHOP, 'shared', asking)).rejects.toMatchObject({ name: 'GitHubRefused' });
  });

  it('is how the App stands at a repository, asked as the App, with a token that is bought anew afterwards', async () => {
    const elsewhere = await startLocalGitHub({
      token,
      repositories: ['acme/shop', 'acme/other'],
      app: { id: 7, installation: 70, repositories: ['acme/shop'], permissions: { metadata: 'read', contents: 'read', checks: 'read' } },
    });
    const credentials = { kind: 'app', id: 7, key: new Secret(elsewhere.app().privateKey) } as const;
    const app = createGitHubReads(createAsk(await createGitHubClient({ apiUrl: elsewhere.url, credentials, clock: Date.now })));
    await app.repository(SHOP, asking);
    const standing = await app.appStanding(SHOP, asking);
    expect([standing?.isSuspended, standing?.missing.map(({ key }) => key)]).toEqual([
      false,
      expect.arrayContaining(['statuses', 'checks', 'deployments']),
    ]);
    expect(standing?.missing.map(({ key }) => key)).not.toContain('contents');
    elsewhere.app().suspendedAt = '2026-03-02T09:30:00Z';
    expect(await app.appStanding(SHOP, asking)).toMatchObject({ isSuspended: true });
    await expect(app.repository(SHOP, asking)).rejects.toMatchObject({ message: expect.stringContaining('suspended') });
    expect(await app.appStanding('acme/other', asking)).toBeUndefined();
    expect(elsewhere.requests().filter(({ path }) => path.endsWith('access_tokens'))).toHaveLength(2);
    await elsewhere.stop();
  });

  it('is a comment as it was written, and a reply and a reaction are there once', async () => {
    const id = await github.comment(name, 5, '/explain 1', rita);
    const comment = await reads.comment(SHOP, id, asking);
    expect(comment).toMatchObject({
      body: '/explain 1',
      author: { id: 7, login: 'rita-codes', isPerson: true },
      isEdited: false,
      isByApp: false,
    });
    await reads.react(SHOP, id, '+1', asking);
    await reads.react(SHOP, id, '+1', asking);
    await reads.reply(SHOP, 5, 'It waits <!-- mark -->', asking);
    expect(await reads.replies(SHOP, 5, comment?.createdAt ?? '', asking)).toEqual(['/explain 1', 'It waits <!-- mark -->']);
    expect(await reads.comment(SHOP, 999, asking)).toBeUndefined();
  });

  it('is told apart from silence, refusals and answers of something else', async () => {
    github.failNext({ times: 1, status: 503 });
    await expect(reads.commit(SHOP, 'heads/main', asking)).rejects.toMatchObject({ name: 'GitHubUnavailable' });
    github.failNext({ times: 1, status: 403, headers: { 'retry-after': '7' }, body: { message: 'secondary rate limit' } });
    // Of its own, as a client that was asked for a pause asks nothing more.
    const limited = createGitHubReads(
      createAsk(await createGitHubClient({ apiUrl: github.url, credentials: { kind: 'token', token }, clock: Date.now })),
    );
    await expect(limited.commit(SHOP, 'heads/main', asking)).rejects.toMatchObject({ name: 'GitHubUnavailable', retryAfterMs: 7_000 });
    github.failNext({ times: 1, status: 401 });
    await expect(reads.commit(SHOP, 'heads/main', asking)).rejects.toMatchObject({ name: 'GitHubRefused' });
    github.failNext({ times: 1, status: 200, body: {} });
    await expect(reads.commit(SHOP, 'heads/main', asking)).rejects.toMatchObject({ name: 'GitHubRefused' });
    github.outage(true);
    await expect(reads.commit(SHOP, 'heads/main', asking)).rejects.toMatchObject({ name: 'GitHubUnavailable' });
    github.outage(false);
  });
});

describe('what GitHub sent while nobody listened', () => {
  let inbox: InboxStore;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-reconciler-'));
    inbox = await openInbox({ file: join(folder, 'inbox.db'), deadlineMs: 60_000 });
  });
  afterAll(() => {
    inbox.close();
    rmSync(folder, { recursive: true });
  });

  it('is fetched afterwards, in its order and once, beside what arrived', async () => {
    github.addHook(name, { url: hookUrl(), secret: 'secret-of-the-webhook', events: ['push'] });
    github.addHook(name, { url: 'http://127.0.0.1:1/another', secret: 'another', events: ['push'] });
    heard = [];
    await github.push(name, { ref: 'heads/main', sha: '1'.repeat(40), by: rita });
    const [first] = heard;
    const received = { source: 'github', event: 'push', contentType: 'application/json', body: first?.body ?? '' };
    await inbox.receive({ ...received, id: String(first?.headers['x-github-delivery']) });
    status = 500;
    await github.push(name, { ref: 'heads/main', sha: '2'.repeat(40), by: rita });
    await github.push(name, { ref: 'heads/main', sha: '3'.repeat(40), by: rita });
    const logged: string[] = [];
    const log = { info: () => undefined, error: (_facts: object, message: string) => void logged.push(message) };
    const reconciler = new Reconciler({ github: reads, inbox, places: [OF_SHOP], url: hookUrl(), log, now: Date.now });
    expect(await reconciler.once()).toBe(2);
    expect(await reconciler.once()).toBe(0);
    const taken = await inbox.claim({ limit: 10, characters: 1_000_000, except: [], lanes: [], suspects: true }, 1_000);
    expect(taken.map(({ body }) => (JSON.parse(body) as { after: string }).after[0])).toEqual(['1', '2', '3']);
    github.outage(true);
    expect(await reconciler.once()).toBe(0);
    github.outage(false);
    expect(logged).toEqual(['What GitHub sent while nobody listened cannot be looked at']);
  });

  it('is fetched of an organisation and of the App itself too, where it was sent to us, page by page', async () => {
    const app = await startLocalGitHub({ token, app: { id: 1, installation: 2 } });
    try {
      const key = new Secret(app.app().privateKey);
      const credentials = { kind: 'app', id: 1, key } as const;
      const client = await createGitHubClient({ apiUrl: app.url, credentials, clock: Date.now, deadlineMs: 5_000 });
      const hook = { url: hookUrl(), secret: 'secret-of-the-webhook', events: ['push'] };
      app.addHook(APP_PLACE, hook);
      app.addHook(organizationPlace('acme'), { ...hook, events: ['ping'] });
      for (let index = 1; index <= 120; index += 1)
        app.keepDelivery(APP_PLACE, { guid: `of-the-app-${index}`, event: 'push', payload: { after: String(index) }, statusCode: 0 });
      app.keepDelivery(organizationPlace('acme'), { guid: 'of-acme', event: 'push', payload: { after: 'acme' }, statusCode: 502 });
      const taken: string[] = [];
      const known: Pick<InboxStore, 'isKnown' | 'receive'> = {
        isKnown: async (source, id) => taken.includes(`${source} ${id}`),
        receive: async ({ source, id }) => ({ isNew: taken.push(`${source} ${id}`) > 0 }),
      };
      const places = [
        { ...OF_SHOP, kind: 'organization' },
        { ...OF_SHOP, kind: 'app', source: 'github-app' },
      ] as const;
      const logged: string[] = [];
      const log = { info: (_facts: object, message: string) => void logged.push(message), error: () => expect('a fault').toBe('none') };
      const options = { github: createGitHubReads(createAsk(client)), inbox: known, places, log, now: Date.now };
      expect(await new Reconciler({ ...options, places: places.slice(1), url: 'https://another.example/webhooks/github' }).once()).toBe(0);
      const reconciler = new Reconciler({ ...options, url: hookUrl() });
      expect(await reconciler.once()).toBe(120);
      expect([taken[0], taken[119]]).toEqual(['github-app of-the-app-1', 'github-app of-the-app-120']);
      const { length: asked } = app.requests();
      app.app().permissions = { ...ALL_PERMISSIONS, organization_hooks: 'read' };
      expect(await reconciler.once()).toBe(1);
      expect(taken[120]).toBe('github of-acme');
      expect(await reconciler.once()).toBe(0);
      // Nothing that is known is asked for again, and what may not be looked at was told once.
      const paths = app
        .requests()
        .slice(asked)
        .map(({ path }) => path.replace(/\?.*/, ''));
      expect(paths.filter((path) => /deliveries\/\d+$/.test(path))).toHaveLength(1);
      expect(logged).toEqual(['What GitHub sent while nobody listened cannot be looked at']);
    } finally {
      await app.stop();
    }
  });
});
