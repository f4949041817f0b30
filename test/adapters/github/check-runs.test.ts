import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createGitHubCheckRuns } from '../../../adapters/github/check-runs.ts';
import { checkNews } from '../../../domain/check-run.ts';
import type { StageState } from '../../../domain/release.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { stateOfKind } from '../../domain/stage-states.ts';
import { APP, appClientOf, PLACES, startGitHub } from './connected.ts';

const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';

let github: LocalGitHub;

beforeEach(async () => {
  github = await startGitHub({ app: APP });
});
afterEach(() => github.stop());

async function tell(state: StageState, { isRepeat = false, release = 1 } = {}): Promise<void> {
  const checks = createGitHubCheckRuns(await appClientOf(github), PLACES);
  const stage = { name: 'production', stageKind: 'deploy', environment: 'production', state } as const;
  const news = checkNews(stage, { application: 'shop', release }, state.kind);
  await checks.report(news, { application: 'shop', commit: SHA, release }, { signal: new AbortController().signal, isRepeat });
}

const shown = () => github.checkRuns('acme', 'shop', SHA).map(({ status, conclusion, externalId }) => [status, conclusion, externalId]);

describe('a check run', () => {
  it('asks for a yes by a button that names release, stage and plan, and goes on as another run', async () => {
    await tell(stateOfKind('running'));
    await tell(stateOfKind('waiting'));
    const { plan, policyRevision } = stateOfKind('waiting');
    expect(shown()).toEqual([['completed', 'action_required', `shop/1/production/${plan.hash}.${policyRevision}`]]);
    expect(github.checkRuns('acme', 'shop', SHA)[0]).toMatchObject({
      name: 'Tidegate: production',
      detailsUrl: 'https://tidegate.test/releases/shop/1',
      actions: [expect.objectContaining({ identifier: 'approve' }), expect.objectContaining({ identifier: 'reject' })],
      summary: expect.stringContaining('Waiting for 1 of 1 approval'),
    });

    await tell(stateOfKind('running'));
    await tell(stateOfKind('passed'));
    expect(shown().slice(1)).toEqual([['completed', 'success', 'shop/1/production/']]);
    expect(github.checkRuns('acme', 'shop', SHA)[1]?.actions).toEqual([]);
  });

  it('is told once however often it is tried', async () => {
    await tell(stateOfKind('running'));
    await tell(stateOfKind('running'), { isRepeat: true });
    await tell(stateOfKind('passed'));
    await tell(stateOfKind('passed'), { isRepeat: true });

    expect(github.requests().filter(({ path, method }) => path.includes('/check-runs') && method !== 'GET')).toHaveLength(2);
  });

  it('of an application that is not alone in its repository names it', async () => {
    const checks = createGitHubCheckRuns(await appClientOf(github), { ...PLACES, isShared: () => true });
    const stage = { name: 'production', stageKind: 'deploy', environment: 'production', state: stateOfKind('running') } as const;
    const news = checkNews(stage, { application: 'shop', release: 1 }, 'running');
    for (const isRepeat of [false, true])
      await checks.report(news, { application: 'shop', commit: SHA, release: 1 }, { signal: new AbortController().signal, isRepeat });

    expect(github.checkRuns('acme', 'shop', SHA).map(({ name }) => name)).toEqual(['Tidegate: shop/production']);
  });

  it('of another release of the same commit is another run', async () => {
    await tell(stateOfKind('failed'));
    await tell(stateOfKind('running'), { release: 2 });

    expect(shown()).toEqual([
      ['completed', 'failure', 'shop/1/production/'],
      ['in_progress', null, 'shop/2/production/'],
    ]);
  });
});
