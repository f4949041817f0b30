import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { clientOf, post, SHA, SHOP, start, stopAll } from './local-github.ts';

afterEach(stopAll);

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
    const github = await start();
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
      const first = await start({ directory });
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

  it('goes on after a record that its killed predecessor had not finished', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tidegate-github-'));
    try {
      const first = await start({ directory });
      await post(first, `/repos/acme/shop/statuses/${SHA}`, { state: 'success', context: 'tidegate/build' });
      await first.stop();
      await appendFile(join(directory, 'records.jsonl'), '{"kind":"status","owner":"ac');

      const second = await start({ directory });
      await post(second, `/repos/acme/shop/statuses/${SHA}`, { state: 'success', context: 'tidegate/test' });
      await second.stop();
      const third = await start({ directory });

      expect(third.statuses('acme', 'shop', SHA).map((status) => status.context)).toEqual(['tidegate/build', 'tidegate/test']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
