import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGitHubCheckRuns } from '../../../adapters/github/check-runs.ts';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import { convertManifest } from '../../../adapters/github/manifest.ts';
import { knock, readRights } from '../../../adapters/github/permissions.ts';
import { createGitHubStatuses } from '../../../adapters/github/statuses.ts';
import { checkNews } from '../../../domain/check-run.ts';
import type { LocalGitHub } from '../../../lab/github/server.ts';
import { freePort } from '../../../lab/registry.ts';
import { ALL_STATES } from '../../domain/stage-states.ts';
import { until } from '../../support/temporal.ts';
import { APP, appClientOf, PLACES, SHOP, startGitHub } from './connected.ts';

const PRISM = process.env.TIDEGATE_PRISM;
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const signal = new AbortController().signal;
const telling = { signal, isRepeat: true };

// Prism (npm: @stoplight/prism-cli) reads GitHub's official description itself, and refuses what differs from it, on the way there and on the way back.
(PRISM === undefined ? describe.skip : describe)('Prism between us and GitHub', () => {
  let github: LocalGitHub;
  let prism: ChildProcess;
  let between: LocalGitHub;

  beforeAll(async () => {
    github = await startGitHub({ app: APP });
    const port = await freePort('127.0.0.1');
    const slim = new URL('../../../lab/github/contract/slim.json', import.meta.url).pathname;
    prism = spawn(PRISM ?? '', ['proxy', slim, github.url, '--errors', '-p', String(port)], { stdio: 'ignore' });
    between = { ...github, url: `http://127.0.0.1:${port}` };
    await until(
      () =>
        fetch(between.url).then(
          () => true,
          () => false,
        ),
      (isUp) => isUp,
      60_000,
    );
  }, 90_000);
  afterAll(async () => {
    const gone = prism?.exitCode === null ? once(prism, 'exit') : undefined;
    prism?.kill();
    await gone;
    await github?.stop();
  });

  it('refuses what the description does not know, so that what it lets through says something', async () => {
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
    const body = JSON.stringify({ state: 'passed' });
    const answer = await fetch(`${between.url}/repos/acme/shop/statuses/${SHA}`, { method: 'POST', headers, body });

    expect(answer.status).toBe(422);
    expect(github.requests()).toEqual([]);
  });

  it('lets through all that we ask of it, and all that the local GitHub answers', async () => {
    const client = await appClientOf(between);
    const of = { application: 'shop', commit: SHA, release: 1 };
    const statuses = createGitHubStatuses(client, PLACES);
    const deployments = createGitHubDeployments(client, PLACES, 'harbour');
    const checks = createGitHubCheckRuns(client, PLACES);
    for (const state of ['pending', 'success', 'failure', 'error'] as const)
      await statuses.report({ ...of, context: 'tidegate/build', state, description: 'Built' }, telling);
    for (const release of [1, 2])
      for (const state of ['in_progress', 'success', 'failure', 'error'] as const) {
        const isServing = state === 'success' ? { isServing: true as const } : {};
        const deployment = `deployment/shop/production/${release}`;
        await deployments.report({ environment: 'production', release, deployment, state, description: state, ...isServing }, of, telling);
      }
    await deployments.report({ environment: 'production', release: 2, state: 'inactive', description: '', returnsTo: 1 }, of, telling);
    for (const state of ALL_STATES)
      await checks.report(checkNews({ name: 'production', stageKind: 'deploy', state }, of, state.kind), of, telling);
    await knock(client, true, signal);
    expect((await readRights(client, SHOP, true, signal)).kind).toBe('app');
    expect((await convertManifest({ apiUrl: between.url }, github.agreeToManifest(APP), signal)).id).toBe(APP.id);

    expect(github.requests().length).toBeGreaterThan(40);
    expect(github.requests().filter(({ status }) => typeof status !== 'number' || status >= 400)).toEqual([]);
  }, 120_000);
});
