import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Octokit } from 'octokit';
import { Secret } from '../../../domain/secret.ts';
import { type LocalGitHub, type LocalGitHubOptions, startLocalGitHub } from '../../../lab/github/server.ts';

const TOKEN = 'ghp_the-right-token';
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const SHOP = { owner: 'acme', repo: 'shop' };

let running: LocalGitHub[] = [];

async function start(options: Partial<LocalGitHubOptions> = {}): Promise<LocalGitHub> {
  const github = await startLocalGitHub({ token: new Secret(TOKEN), ...options });
  running.push(github);
  return github;
}

afterEach(async () => {
  await Promise.all(running.map((github) => github.stop()));
  running = [];
});

function clientOf(github: LocalGitHub): Octokit {
  return new Octokit({ auth: TOKEN, baseUrl: github.url, retry: { enabled: false }, throttle: { enabled: false } });
}

async function post(github: LocalGitHub, path: string, body: unknown, token = TOKEN) {
  // Without kept connections, as a restarted endpoint closes those of its predecessor.
  const headers = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    'content-type': 'application/json',
    connection: 'close',
  };
  const answer = await fetch(`${github.url}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('the local GitHub keeps what it is told', () => {
  let github: LocalGitHub;
  let client: Octokit;

  beforeEach(async () => {
    github = await start();
    client = clientOf(github);
  });

  it('answers the statuses of a commit newest first', async () => {
    for (const state of ['pending', 'success'] as const)
      await client.rest.repos.createCommitStatus({ ...SHOP, sha: SHA, state, context: 'tidegate/build', description: `is ${state}` });

    const { data } = await client.rest.repos.listCommitStatusesForRef({ ...SHOP, ref: SHA });

    expect(data.map((status) => [status.context, status.state, status.description])).toEqual([
      ['tidegate/build', 'success', 'is success'],
      ['tidegate/build', 'pending', 'is pending'],
    ]);
    expect(github.statuses('acme', 'shop', SHA).map((status) => status.state)).toEqual(['pending', 'success']);
    expect(github.statuses('acme', 'other', SHA)).toEqual([]);
  });

  it.each([
    [['success', 'success'], 'success'],
    [['success', 'pending'], 'pending'],
    [['pending', 'error'], 'failure'],
    [['failure', 'success'], 'failure'],
  ] as const)('combines the newest statuses %j to %s', async (states, combined) => {
    await client.rest.repos.createCommitStatus({ ...SHOP, sha: SHA, state: 'error', context: 'tidegate/0' });
    for (const [index, state] of states.entries())
      await client.rest.repos.createCommitStatus({ ...SHOP, sha: SHA, state, context: `tidegate/${index}` });

    const { data } = await client.rest.repos.getCombinedStatusForRef({ ...SHOP, ref: SHA });

    expect(data).toMatchObject({ state: combined, total_count: 2, sha: SHA, repository: { full_name: 'acme/shop' } });
  });

  it('pages a list and links to its neighbours', async () => {
    for (let index = 0; index < 5; index += 1)
      await client.rest.repos.createCommitStatus({ ...SHOP, sha: SHA, state: 'success', context: `tidegate/${index}` });

    const all = await client.paginate(client.rest.repos.listCommitStatusesForRef, { ...SHOP, ref: SHA, per_page: 2 });

    expect(all.map((status) => status.context)).toEqual([4, 3, 2, 1, 0].map((index) => `tidegate/${index}`));
  });

  it('keeps deployments and their statuses', async () => {
    const { data } = await client.rest.repos.createDeployment({ ...SHOP, ref: SHA, environment: 'staging', required_contexts: [] });
    if (!('id' in data)) throw new Error('Expected a deployment');
    await client.rest.repos.createDeploymentStatus({ ...SHOP, deployment_id: data.id, state: 'in_progress' });
    await client.rest.repos.createDeploymentStatus({ ...SHOP, deployment_id: data.id, state: 'success', log_url: 'https://logs.test/1' });

    const statuses = await client.rest.repos.listDeploymentStatuses({ ...SHOP, deployment_id: data.id });
    const staging = await client.rest.repos.listDeployments({ ...SHOP, environment: 'staging' });
    const production = await client.rest.repos.listDeployments({ ...SHOP, environment: 'production' });

    expect(statuses.data.map((status) => [status.state, status.environment])).toEqual([
      ['success', 'staging'],
      ['in_progress', 'staging'],
    ]);
    expect(staging.data.map((deployment) => deployment.sha)).toEqual([SHA]);
    expect(production.data).toEqual([]);
  });

  it('refuses a deployment whose own pending status it would wait for, as GitHub does without required_contexts', async () => {
    await client.rest.repos.createCommitStatus({ ...SHOP, sha: SHA, state: 'pending', context: 'tidegate/staging' });

    await expect(client.rest.repos.createDeployment({ ...SHOP, ref: SHA })).rejects.toMatchObject({ status: 409 });
  });

  it('describes the repository', async () => {
    const { data } = await client.rest.repos.get(SHOP);

    expect(data).toMatchObject({ name: 'shop', full_name: 'acme/shop', owner: { login: 'acme' }, url: `${github.url}/repos/acme/shop` });
  });
});

describe('the local GitHub refuses what GitHub refuses', () => {
  const STATUSES = `/repos/acme/shop/statuses/${SHA}`;

  it.each([
    ['a state that the description does not know', { state: 'passed' }, 'state', 'invalid'],
    ['a missing state', { context: 'tidegate/build' }, 'state', 'missing_field'],
    ['a context that is no text', { state: 'success', context: 7 }, 'context', 'invalid'],
    ['a description over 140 characters', { state: 'success', description: 'x'.repeat(141) }, 'description', 'custom'],
    ['a target that is no web address', { state: 'success', target_url: 'ftp://logs.test' }, 'target_url', 'custom'],
  ])('answers 422 to %s', async (_what, body, field, code) => {
    const github = await start();

    const answer = await post(github, STATUSES, body);

    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      message: 'Validation Failed',
      errors: [{ resource: 'Status', field, code, message: expect.stringContaining(field) }],
      documentation_url: expect.stringContaining('https://docs.github.com/rest'),
    });
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
  });

  it('takes null where the description allows it', async () => {
    const github = await start();

    expect((await post(github, STATUSES, { state: 'success', description: null, target_url: null })).status).toBe(201);
    expect((await post(github, STATUSES, { state: null })).status).toBe(422);
  });

  it('answers 400 to a body that is not JSON and 422 to one that is not an object', async () => {
    const github = await start();

    expect(await post(github, STATUSES, '{"state":')).toMatchObject({ status: 400, body: { message: 'Problems parsing JSON' } });
    expect((await post(github, STATUSES, ['success'])).status).toBe(422);
  });

  it('answers 422 to a commit that is none', async () => {
    const github = await start();

    const answer = await post(github, '/repos/acme/shop/statuses/main', { state: 'success' });

    expect(answer).toMatchObject({ status: 422, body: { message: 'No commit found for SHA: main' } });
  });

  it('answers 422 to the 1,001st status of a commit and context, and goes on for other contexts', async () => {
    const github = await start();
    for (let batch = 0; batch < 20; batch += 1)
      await Promise.all(Array.from({ length: 50 }, () => post(github, STATUSES, { state: 'success', context: 'tidegate/build' })));

    const over = await post(github, STATUSES, { state: 'success', context: 'Tidegate/BUILD' });

    expect(over).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'This SHA and context has reached the maximum number of statuses.' }] },
    });
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1000);
    expect((await post(github, STATUSES, { state: 'success', context: 'tidegate/test' })).status).toBe(201);
  });

  it('answers 401 without the right token, and keeps nothing', async () => {
    const github = await start();

    expect(await post(github, STATUSES, { state: 'success' }, '')).toMatchObject({ status: 401 });
    expect(await post(github, STATUSES, { state: 'success' }, 'wrong')).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    });
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
    expect(JSON.stringify(github.requests())).not.toContain('wrong');
  });

  it('answers 404 to a route and to a repository that it does not know', async () => {
    const github = await start({ repositories: ['acme/shop'] });

    expect((await post(github, '/repos/acme/shop/status', {})).status).toBe(404);
    expect((await post(github, `/repos/acme/other/statuses/${SHA}`, { state: 'success' })).status).toBe(404);
    expect((await post(github, `/repos/Acme/Shop/statuses/${SHA}`, { state: 'success' })).status).toBe(201);
  });

  it('answers 404 to a status of a deployment that does not exist', async () => {
    const github = await start();

    expect((await post(github, '/repos/acme/shop/deployments/7/statuses', { state: 'success' })).status).toBe(404);
  });

  it('says so when it is asked for an operation that it does not play', async () => {
    const github = await start();

    expect((await post(github, '/repos/acme/shop/check-runs', { name: 'x', head_sha: SHA, status: 'queued' })).status).toBe(501);
  });
});

describe('the local GitHub fails on demand', () => {
  it('gives the demanded answer as often as demanded', async () => {
    const github = await start();
    github.failNext({ times: 2, status: 503, headers: { 'retry-after': '7' } });

    const answers = [];
    for (let index = 0; index < 3; index += 1)
      answers.push((await post(github, `/repos/acme/shop/statuses/${SHA}`, { state: 'success' })).status);

    expect(answers).toEqual([503, 503, 201]);
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });

  it('cuts connections during an outage and answers afterwards', async () => {
    const github = await start();
    github.outage(true);
    await expect(post(github, `/repos/acme/shop/statuses/${SHA}`, { state: 'success' })).rejects.toThrow('fetch failed');
    github.outage(false);

    expect((await post(github, `/repos/acme/shop/statuses/${SHA}`, { state: 'success' })).status).toBe(201);
    expect(github.requests().map((request) => request.status)).toEqual(['cut', 201]);
  });

  it('stops at once although a slow answer is under way', async () => {
    const github = await startLocalGitHub({ token: new Secret(TOKEN) });
    github.slow(600_000);
    const asked = expect(post(github, `/repos/acme/shop/statuses/${SHA}`, { state: 'success' })).rejects.toThrow();

    await github.stop();
    await asked;
  });
});

describe('the local GitHub with a directory', () => {
  it('remembers statuses and deployments after a restart, on the same port', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tidegate-github-'));
    try {
      const first = await startLocalGitHub({ token: new Secret(TOKEN), directory });
      await post(first, `/repos/acme/shop/statuses/${SHA}`, { state: 'success', context: 'tidegate/build' });
      await post(first, '/repos/acme/shop/deployments', { ref: SHA, required_contexts: [] });
      await first.stop();

      const second = await start({ directory, port: Number(new URL(first.url).port) });
      await post(second, `/repos/acme/shop/statuses/${SHA}`, { state: 'failure', context: 'tidegate/test' });

      expect(second.statuses('acme', 'shop', SHA).map((status) => [status.context, status.state])).toEqual([
        ['tidegate/build', 'success'],
        ['tidegate/test', 'failure'],
      ]);
      expect(new Set(second.statuses('acme', 'shop', SHA).map((status) => status.id)).size).toBe(2);
      expect((await clientOf(second).rest.repos.listDeployments(SHOP)).data).toHaveLength(1);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
