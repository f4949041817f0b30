import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import type { DeploymentNews } from '../../../domain/deployment-news.ts';
import type { LocalGitHub } from '../../../lab/github/server.ts';
import { clientOf, PLACES, startGitHub } from './connected.ts';

let github: LocalGitHub;

beforeEach(async () => {
  github = await startGitHub();
});
afterEach(() => github.stop());

async function tell(news: DeploymentNews, { isRepeat = false, application = 'shop', at = github } = {}): Promise<void> {
  const deployments = createGitHubDeployments(await clientOf(at), PLACES, 'harbour');
  const commit = String(news.release).padStart(40, 'a');
  await deployments.report(news, { application, commit }, { signal: new AbortController().signal, isRepeat });
}

function news(release: number, state: DeploymentNews['state'], more: Partial<DeploymentNews> = {}): DeploymentNews {
  const deployment = `deployment/shop/production/${release}`;
  const isServing = state === 'success' ? ({ isServing: true } as const) : {};
  return { environment: 'production', release, deployment, state, description: `is ${state}`, ...isServing, ...more };
}

/** Each release's states, oldest first. */
function states(at: LocalGitHub = github): Record<number, string[]> {
  const told = at.records('deployment-status', 'acme', 'shop');
  return Object.fromEntries(
    at
      .records('deployment', 'acme', 'shop')
      .map(({ id, payload }) => [
        Number((payload as { tidegate: string }).tidegate.split('/')[1]),
        told.filter(({ deployment }) => deployment === id).map(({ state }) => state),
      ]),
  );
}

describe('a deployment on GitHub', () => {
  it('is made when it begins, merges nothing, waits for no status, and shows where it serves', async () => {
    github.seedStatus('acme', 'shop', { sha: '1'.padStart(40, 'a'), context: 'tidegate/production', state: 'pending' });
    await tell(news(1, 'in_progress'));
    await tell(news(1, 'success'));

    const [made] = github.requests().filter(({ method, path }) => method === 'POST' && path.endsWith('/deployments'));
    expect(made?.body).toMatchObject({
      auto_merge: false,
      required_contexts: [],
      environment: 'production',
      payload: { tidegate: 'shop/1', deployment: 'deployment/shop/production/1', installation: 'harbour' },
    });
    expect(states()).toEqual({ 1: ['in_progress', 'success'] });
    expect(github.records('deployment-status', 'acme', 'shop').at(-1)).toMatchObject({
      environmentUrl: 'https://production.shop.test',
      logUrl: 'https://tidegate.test/releases/shop/1',
    });
  });

  it('is found again by its payload when it is told again, and is told nothing twice', async () => {
    await tell(news(1, 'in_progress'));
    await tell(news(1, 'in_progress'), { isRepeat: true });
    await tell(news(1, 'success'), { isRepeat: true });
    await tell(news(1, 'success'), { isRepeat: true });

    expect(states()).toEqual({ 1: ['in_progress', 'success'] });
  });

  it('becomes inactive when another takes its place, and not when that one fails', async () => {
    await tell(news(1, 'success'));
    await tell(news(2, 'in_progress'));
    await tell(news(2, 'failure'));
    expect(states()[1]).toEqual(['success']);

    await tell(news(3, 'success'));
    expect(states()).toEqual({ 1: ['success', 'inactive'], 2: ['in_progress', 'failure'], 3: ['success'] });
  });

  it('becomes inactive when it is rolled back, and the one that serves again is active', async () => {
    await tell(news(1, 'success'));
    await tell(news(2, 'success'));
    const back = {
      environment: 'production',
      release: 2,
      state: 'inactive',
      description: 'Rolled back to release 1: errors',
      returnsTo: 1,
    } as const;
    await tell(back);
    await tell(back, { isRepeat: true });

    expect(states()).toEqual({ 1: ['success', 'inactive', 'success'], 2: ['success', 'inactive'] });
  });

  it('leaves what others deployed to an environment of this name alone', async () => {
    await tell(news(1, 'success'), { application: 'shop' });
    await tell({ ...news(2, 'success'), environment: 'staging', deployment: 'deployment/shop/staging/2' });
    await tell(news(3, 'success'), { application: 'elsewhere' });

    expect(states()).toEqual({ 1: ['success'], 2: ['success'] });
  });

  it('leaves the release that serves as the only active one, in whatever order two releases are told, and however often', async () => {
    // Release 1 serves, then release 2, and then it went back to 1 or did not: each release tells its own story in order, beside the other.
    const stories = fc.tuple(fc.boolean(), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(stories, async ([goesBack, turns, isRepeat]) => {
        const at = await startGitHub();
        try {
          const back: DeploymentNews = { ...news(2, 'inactive'), description: 'Rolled back', returnsTo: 1 };
          const first = [news(1, 'in_progress'), news(1, 'success')];
          const second = [news(2, 'in_progress'), news(2, 'success'), ...(goesBack ? [back] : [])];
          for (const turn of [...turns, ...Array<boolean>(8).fill(true), ...Array<boolean>(8).fill(false)]) {
            const next = (turn ? first : second).shift();
            if (next !== undefined) await tell(next, { at, isRepeat });
            if (next !== undefined && isRepeat) await tell(next, { at, isRepeat });
          }
          const active = Object.entries(states(at)).filter(([, told]) => told.at(-1) === 'success');
          expect(active.map(([release]) => Number(release))).toEqual([goesBack ? 1 : 2]);
        } finally {
          await at.stop();
        }
      }),
      { numRuns: 12 },
    );
  });
});
