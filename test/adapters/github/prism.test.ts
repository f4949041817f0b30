import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { freePort } from '../../../lab/registry.ts';
import { until } from '../../support/temporal.ts';
import { APP, startGitHub } from './connected.ts';
import { askEverything } from './everything.ts';
import { operationOfRequest, usedOperations } from './used-operations.ts';

const PRISM = process.env.TIDEGATE_PRISM;
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';

// Prism (npm: @stoplight/prism-cli) reads GitHub's official description itself, and refuses what differs from it, on the way there and on the way back.
(PRISM === undefined ? describe.skip : describe)('Prism between us and GitHub', () => {
  let github: LocalGitHub;
  let prism: ChildProcess;
  let url: string;

  beforeAll(async () => {
    github = await startGitHub({ app: APP });
    const port = await freePort('127.0.0.1');
    const slim = new URL('../../../lab/github/contract/slim.json', import.meta.url).pathname;
    prism = spawn(PRISM ?? '', ['proxy', slim, github.url, '--errors', '-p', String(port)], { stdio: 'ignore' });
    url = `http://127.0.0.1:${port}`;
    await until(
      () =>
        fetch(url).then(
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
    const answer = await fetch(`${url}/repos/acme/shop/statuses/${SHA}`, { method: 'POST', headers, body });

    expect(answer.status).toBe(422);
    expect(github.requests()).toEqual([]);
  });

  it('lets through every operation that our client uses, and all that the local GitHub answers', async () => {
    await askEverything(github, url);

    const through = new Set(github.requests().map(operationOfRequest));
    expect([...through].sort()).toEqual(usedOperations());
    // What `check` tries on purpose, and what a local GitHub has none of.
    const refused = github.requests().filter(({ status }) => typeof status !== 'number' || (status >= 400 && ![404, 422].includes(status)));
    expect(refused).toEqual([]);
  }, 120_000);
});
