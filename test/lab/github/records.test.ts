import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Octokit } from 'octokit';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { clientOf, SHA, SHOP, start, stopAll } from './local-github.ts';

afterEach(stopAll);

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
