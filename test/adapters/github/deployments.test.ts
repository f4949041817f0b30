import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import type { DeploymentNews } from '../../../domain/deployment-news.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
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

/** The generations of the deployments that are shown as serving. */
function active(at: LocalGitHub = github): number[] {
  const told = at.records('deployment-status', 'acme', 'shop');
  return at
    .records('deployment', 'acme', 'shop')
    .filter(({ id }) => told.filter(({ deployment }) => deployment === id).at(-1)?.state === 'success')
    .map(({ payload }) => Number((payload as { deployment: string }).deployment.split('/').at(-1)));
}

const again = (release: number, generation: number, state: DeploymentNews['state']): DeploymentNews =>
  news(release, state, { deployment: `deployment/shop/production/${generation}` });
const left = (release: number, generation: number, returnsTo: number): DeploymentNews => ({
  ...again(release, generation, 'inactive'),
  description: `Rolled back to release ${returnsTo}`,
  returnsTo,
});

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

describe('a way back that GitHub is told of late', () => {
  it('touches the deployment that was left alone, and gives nothing back where the same release was deployed again', async () => {
    for (const told of [news(1, 'success'), news(2, 'success'), again(2, 4, 'success'), left(2, 2, 1)])
      await tell(told, { isRepeat: true });

    expect(active()).toEqual([4]);
    expect(states()[1]).toEqual(['success', 'inactive']);
  });

  it('gives back what was deployed before it, and no later attempt that failed', async () => {
    for (const told of [news(1, 'success'), news(2, 'success'), again(1, 4, 'failure'), left(2, 2, 1)])
      await tell(told, { isRepeat: true });

    expect(active()).toEqual([1]);
  });

  it('from what came by a way back itself, of which GitHub has no deployment, ends the one that stood for it', async () => {
    for (const told of [news(1, 'success'), news(2, 'success'), left(2, 2, 1), again(2, 4, 'failure')])
      await tell(told, { isRepeat: true });
    expect(active()).toEqual([1]);

    // By the deployments 3 and 5 the environment went back, to 1 and then to 2.
    await tell(left(1, 3, 2), { isRepeat: true });
    expect(active()).toEqual([2]);
    await tell(left(2, 5, 1), { isRepeat: true });
    await tell(left(2, 5, 1), { isRepeat: true });
    expect(active()).toEqual([1]);
  });

  it('leaves what serves as the only active one, whenever it is told after what it left', async () => {
    // Release 2 was left for 1 and may have been promoted again, as 4, and then release 5: the environment tells of the way back beside them.
    const stories = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.nat(4));
    await fc.assert(
      fc.asyncProperty(stories, async ([since, when]) => {
        const at = await startGitHub();
        try {
          const later = [again(2, 4, 'in_progress'), again(2, 4, 'success'), news(5, 'in_progress'), news(5, 'success')].slice(
            0,
            2 * since,
          );
          const all = [news(1, 'success'), news(2, 'success'), ...later.toSpliced(when, 0, left(2, 2, 1))];
          for (const told of all) await tell(told, { at, isRepeat: true });
          expect(active(at)).toEqual([[1, 4, 5][since]]);
        } finally {
          await at.stop();
        }
      }),
      { numRuns: 6 },
    );
  });
});
