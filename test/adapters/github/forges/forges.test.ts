import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAsk } from '../../../../adapters/github/ask.ts';
import { createGitHubDeployments } from '../../../../adapters/github/deployments.ts';
import { createGitHubReads } from '../../../../adapters/github/github-reads.ts';
import type { GitHubReads } from '../../../../adapters/github/reads.ts';
import { createGitHubStatuses, type GitHubPlaces } from '../../../../adapters/github/statuses.ts';
import { Secret } from '../../../../domain/secret.ts';
import { understand } from '../../../../server/github/understand.ts';
import { type ApiUnderTest, startApi } from '../../../support/api-under-test.ts';
import { until } from '../../../support/temporal.ts';
import type { Capability, Place } from './forge.ts';
import { faultsAtGitea } from './gitea-api.ts';
import { GITEA_HAS, giteaForge, giteaOfEnvironment } from './gitea-forge.ts';
import { LOCAL_FORGE } from './local-forge.ts';

const HOOK_SECRET = 'a-secret-of-the-webhook';
const asking = { signal: AbortSignal.timeout(300_000) };
const telling = { ...asking, isRepeat: false };
const again = { ...asking, isRepeat: true };
const gitea = giteaOfEnvironment();

describe.each([LOCAL_FORGE, ...(gitea === undefined ? [] : [gitea])])('our client at $name', (forge) => {
  let place: Place;
  let reads: GitHubReads;
  let places: GitHubPlaces;
  let name: string;
  let api: ApiUnderTest;
  /** Where the requests of the case in hand begin, and those that Gitea has to take, too. */
  let from = 0;
  const askedOfGitea: ReturnType<Place['requests']>[number][] = [];

  beforeAll(async () => {
    api = await startApi({ senders: [{ source: 'github', header: 'x-hub-signature-256', secrets: [new Secret(HOOK_SECRET)] }] });
    place = await forge.open();
    reads = createGitHubReads(createAsk(place.client));
    name = `${place.repository.owner}/${place.repository.repo}`;
    places = { repository: () => place.repository, isShared: () => false, page: () => 'https://tidegate.test/1', serving: () => undefined };
  }, 60_000);
  afterAll(async () => {
    await place?.close();
    await api?.stop();
  });
  beforeEach(() => {
    from = place.requests().length;
  });

  /** Left out where the forge has nothing of the kind. */
  const itHas = (capability: Capability, what: string, act: () => Promise<void>) =>
    (forge.has.has(capability) ? it : it.skip)(what, async () => {
      await act();
      if (GITEA_HAS.has(capability)) askedOfGitea.push(...place.requests().slice(from));
    });

  const statusOf = (commit: string, state: 'pending' | 'success' | 'failure' | 'error', context = 'tidegate/build') =>
    ({ application: 'shop', release: 1, commit, context, state, description: `${state} it is` }) as const;

  /** Oldest first. */
  async function shown(commit: string): Promise<readonly string[]> {
    const question = {
      repository: place.repository,
      what: 'list',
      permission: { name: '', access: 'read', scope: '' },
      expects: 200,
    } as const;
    const { data } = await place.client.ask(question, asking.signal, (octokit, common) =>
      octokit.rest.repos.listCommitStatusesForRef({ ...place.repository, ref: commit, ...common }),
    );
    const found = data as readonly { id: number; context: string; state?: string; status?: string; target_url: string | null }[];
    return found
      .toSorted((one, other) => one.id - other.id)
      .map(({ context, state, status, target_url: target }) => `${context} ${state ?? status} ${target}`);
  }

  itHas('statuses', 'tells of each stage in order, and what was told again is there once', async () => {
    const commit = await place.push();
    const statuses = createGitHubStatuses(place.client, places);
    for (const state of ['pending', 'success'] as const) await statuses.report(statusOf(commit, state), telling);
    await statuses.report(statusOf(commit, 'failure', 'tidegate/test'), telling);
    await statuses.report(statusOf(commit, 'success'), again);
    await statuses.report(statusOf(commit, 'error', 'tidegate/test'), again);

    expect(await shown(commit)).toEqual([
      'tidegate/build pending https://tidegate.test/1',
      'tidegate/build success https://tidegate.test/1',
      'tidegate/test failure https://tidegate.test/1',
      'tidegate/test error https://tidegate.test/1',
    ]);
  });

  itHas('statuses', 'is refused for good with a token that nobody gave out, and in a repository that is not there', async () => {
    const commit = await place.push();
    const status = statusOf(commit, 'success');
    await expect(createGitHubStatuses(place.stranger, places).report(status, telling)).rejects.toMatchObject({
      name: 'GitHubRefused',
      message: expect.stringContaining('The token is wrong'),
    });
    const nowhere = { ...places, repository: () => ({ ...place.repository, repo: 'there-is-none' }) };
    await expect(createGitHubStatuses(place.client, nowhere).report(status, telling)).rejects.toMatchObject({
      name: 'GitHubRefused',
      message: expect.stringContaining('there-is-none exists'),
    });
    expect(await shown(commit)).toEqual([]);
  });

  itHas('repository', 'reads a repository with its number and its branch, and nothing of one that is not there', async () => {
    expect(await reads.repository(name, asking)).toMatchObject({ id: expect.any(Number), name, defaultBranch: 'main' });
    expect(await reads.repository(`${place.repository.owner}/there-is-none`, asking)).toBeUndefined();
  });

  itHas('comments', 'reads a comment as it was written, replies below it, and reacts once', async () => {
    const { issue, comment } = await place.comment('/explain 1');
    expect(await reads.comment(name, comment, asking)).toMatchObject({
      body: '/explain 1',
      author: { login: expect.any(String) },
      isEdited: false,
    });
    await reads.reply(name, issue, 'It waits', asking);
    for (const _time of [1, 2]) await reads.react(name, comment, '+1', asking);
    expect(await reads.replies(name, issue, new Date(0).toISOString(), asking)).toEqual(['/explain 1', 'It waits']);
    expect(await reads.comment(name, 999_999_999, asking)).toBeUndefined();
  });

  itHas('hooks', 'finds the webhooks that send to an address', async () => {
    await place.addHook('https://tidegate.test/webhooks/github', HOOK_SECRET);
    expect(await reads.hooks({ kind: 'repository', repository: name }, 'https://tidegate.test/webhooks/github', asking)).toHaveLength(1);
    expect(await reads.hooks({ kind: 'repository', repository: name }, 'https://elsewhere.test/webhooks/github', asking)).toEqual([]);
  });

  itHas('pushes', 'is told of a push by a webhook that proves itself, and understands it', async () => {
    await place.addHook(`${api.url}/webhooks/github`, HOOK_SECRET);
    const commit = await place.push();
    const [delivery] = await until(
      async () => api.inbox.received.filter(({ body }) => body.includes(commit)),
      (received) => received.length > 0,
      60_000,
    );
    expect(delivery).toMatchObject({ source: 'github', event: 'push', contentType: expect.stringContaining('application/json') });
    const understood = understand('push', JSON.parse(delivery?.body ?? ''));
    expect(understood).toMatchObject({ event: { kind: 'push', ref: { kind: 'branch', name: 'main' }, commit } });
    expect(understood).toMatchObject({ repository: { id: (await reads.repository(name, asking))?.id, name } });
  });

  itHas('commits', 'reads commits by branch and by name, and how they stand to each other', async () => {
    const [first, second] = [await place.push(), await place.push()];
    expect(await reads.commit(name, 'heads/main', asking)).toBe(second);
    expect(await reads.commit(name, first, asking)).toBe(first);
    expect(await reads.target(name, 'heads/main', asking)).toBe(second);
    expect((await reads.compare(name, first, second, asking))?.status).toBe('ahead');
  });

  itHas('deployments', 'makes a deployment and reads it again', async () => {
    const commit = await place.push();
    const news = { environment: 'production', release: 1, deployment: 'deployment/shop/production/1', description: 'Deploying' } as const;
    await createGitHubDeployments(place.client, places, 'harbour').report(
      { ...news, state: 'in_progress' },
      { application: 'shop', commit },
      telling,
    );
    const { data } = await place.client.ask(
      { repository: place.repository, what: 'list', permission: { name: '', access: 'read', scope: '' }, expects: 200 },
      asking.signal,
      (octokit, common) => octokit.rest.repos.listDeployments({ ...place.repository, ...common }),
    );
    expect(await reads.deployment(name, data[0]?.id ?? 0, asking)).toMatchObject({ environment: 'production', commit });
  });

  itHas('deliveries', 'reads what a webhook sent', async () => {
    await place.addHook(`${api.url}/webhooks/github`, HOOK_SECRET);
    const commit = await place.push();
    const hooks = await reads.hooks({ kind: 'repository', repository: name }, `${api.url}/webhooks/github`, asking);
    const { deliveries } = await reads.deliveries(
      { kind: 'repository', repository: name },
      hooks.at(-1) ?? 0,
      new Date(0).toISOString(),
      asking,
    );
    const [delivery] = deliveries;
    expect(await reads.payload({ kind: 'repository', repository: name }, hooks.at(-1) ?? 0, delivery?.id ?? '', asking)).toMatchObject({
      after: commit,
    });
  });

  (forge === LOCAL_FORGE ? it : it.skip)("asks of Gitea what Gitea's published API takes", () => {
    expect(askedOfGitea.length).toBeGreaterThan(15);
    expect(askedOfGitea.flatMap(faultsAtGitea)).toEqual([]);
    expect(faultsAtGitea({ method: 'GET', path: '/repos/acme/shop/deployments', body: undefined })).toHaveLength(1);
    expect(faultsAtGitea({ method: 'POST', path: '/repos/acme/shop/statuses/x', body: { status: 'success' } })).toHaveLength(1);
  });
});

describe('the suite at Gitea', () => {
  it("makes a repository of its own, and removes it, by Gitea's published API", async () => {
    const asked: { method: string; path: string; body: unknown }[] = [];
    const answer = { id: 1, number: 2, sha: 'a'.repeat(40), owner: { login: 'ana' }, commit: { sha: 'b'.repeat(40) } };
    const fetching = async (input: unknown, init?: RequestInit) => {
      const { pathname, search } = new URL(String(input));
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
      asked.push({ method: init?.method ?? 'GET', path: `${pathname}${search}`, body });
      expect(new Headers(init?.headers).get('authorization')).toMatch(/^(token|bearer) a-token$/i);
      return new Response(JSON.stringify(answer), { status: 201, headers: { 'content-type': 'application/json' } });
    };
    const open = (more: object) =>
      giteaForge({ url: 'http://gitea.test', token: 'a-token', fetch: fetching as typeof fetch, ...more }).open();
    const own = await open({});
    await own.addHook('http://tidegate.test', HOOK_SECRET);
    expect(await own.push()).toBe('b'.repeat(40));
    expect(await own.comment('words')).toEqual({ issue: 2, comment: 1 });
    await own.close();
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', path: `/api/v1/repos/ana/${own.repository.repo}` });

    const given = await open({ repository: 'acme/shop' });
    await given.addHook('http://tidegate.test', HOOK_SECRET);
    await given.close();
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/v1/repos/acme/shop/hooks/1' });
    expect(asked.flatMap(faultsAtGitea)).toEqual([]);
  });

  it("tells of a push in headers and words of its own, which are taken in as GitHub's are", async () => {
    // As https://docs.gitea.com/usage/webhooks shows it.
    const commit = 'c'.repeat(40);
    const account = { id: 7, login: 'rita', full_name: 'Rita', email: 'rita@example.test', username: 'rita' };
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      before: 'b'.repeat(40),
      after: commit,
      compare_url: 'http://gitea.test/acme/shop/compare/b...c',
      commits: [{ id: commit, message: 'For a test', author: { name: 'Rita', email: 'rita@example.test', username: 'rita' } }],
      total_commits: 1,
      repository: { id: 140, owner: account, name: 'shop', full_name: 'acme/shop', private: false, default_branch: 'main' },
      pusher: account,
      sender: account,
    });
    const [sha1, sha256] = ['sha1', 'sha256'].map((hash) => createHmac(hash, HOOK_SECRET).update(body).digest('hex'));
    const names = Object.fromEntries(
      ['gitea', 'gogs', 'github'].flatMap((who) => [
        [`x-${who}-delivery`, 'f6266f16-1bf3-46a5-9ea4-602e06ead473'],
        [`x-${who}-event`, 'push'],
        [`x-${who}-event-type`, 'push'],
      ]),
    );
    const signatures = { 'x-gitea-signature': `${sha256}`, 'x-hub-signature': `sha1=${sha1}`, 'x-hub-signature-256': `sha256=${sha256}` };
    const api = await startApi({ senders: [{ source: 'github', header: 'x-hub-signature-256', secrets: [new Secret(HOOK_SECRET)] }] });
    try {
      const headers = { 'content-type': 'application/json', ...names, ...signatures };
      const answer = await fetch(`${api.url}/webhooks/github`, { method: 'POST', headers, body });
      expect(answer.status).toBe(202);
      const [{ body: kept = '', ...received } = {}] = api.inbox.received;
      expect(received).toMatchObject({ source: 'github', id: 'f6266f16-1bf3-46a5-9ea4-602e06ead473', event: 'push' });
      expect(understand('push', JSON.parse(kept))).toMatchObject({
        repository: { id: 140, name: 'acme/shop' },
        sender: { id: 7, login: 'rita' },
        event: { kind: 'push', ref: { kind: 'branch', name: 'main' }, commit },
      });
    } finally {
      await api.stop();
    }
  });
});
