import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GitHubUnavailable } from '../../activities/github/errors.ts';
import { createGitHubActivities, type DeploymentReports } from '../../activities/github.ts';
import { createGitHubCheckRuns } from '../../adapters/github/check-runs.ts';
import { createGitHubDeployments } from '../../adapters/github/deployments.ts';
import { createGitHubStatuses, type GitHubPlaces } from '../../adapters/github/statuses.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { APP, appClientOf, SHOP, startGitHub } from '../adapters/github/connected.ts';
import { until } from '../support/temporal.ts';
import { type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE } from '../support/world/example.ts';

const PLACES: GitHubPlaces = {
  repository: () => SHOP,
  isShared: () => false,
  page: () => 'https://tidegate.test',
  serving: () => undefined,
};
const COMMIT = (release: number) => String(release).repeat(40);

let lab: WorkflowLab;
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub({ app: APP });
  lab = await WorkflowLab.start('dev');
});
afterAll(async () => {
  await lab?.stop();
  await github?.stop();
});

/** An application whose statuses go through the real activity and adapter to the local GitHub. */
async function shopOnGitHub(deployments?: DeploymentReports): Promise<Shop> {
  const shop = lab.application(PRODUCTION_ALONE);
  const client = await appClientOf(github, { deadlineMs: 300 });
  const { reportStatus, reportDetails } = createGitHubActivities({
    statuses: createGitHubStatuses(client, PLACES),
    deployments: deployments ?? createGitHubDeployments(client, PLACES, 'harbour'),
    checks: createGitHubCheckRuns(client, PLACES),
  });
  shop.world.tells = reportStatus;
  shop.world.tellsLater = reportDetails;
  return shop;
}

/** Each state of a commit's context, oldest first. */
const told = (release: number) =>
  github.statuses('acme', 'shop', COMMIT(release)).map(({ state, description }) => `${state} ${description}`);

/** The releases whose deployment GitHub shows as the one that serves. */
function active(): number[] {
  const statuses = github.records('deployment-status', 'acme', 'shop');
  return github
    .records('deployment', 'acme', 'shop')
    .filter(({ id }) => statuses.filter(({ deployment }) => deployment === id).at(-1)?.state === 'success')
    .map(({ payload }) => Number((payload as { tidegate: string }).tidegate.split('/')[1]));
}

describe('a GitHub that is away from start to end', () => {
  it('holds up no release, and afterwards shows of each of them how it stands, each word once', async () => {
    github.outage(true);
    const shop = await shopOnGitHub();
    for (const release of [1, 2]) {
      await shop.start(release);
      await shop.reached(release, 'production', 'waiting');
      await shop.vote(release, 'approve');
      await shop.reached(release, 'production', 'passed');
    }
    expect(shop.world.serving['production-1']?.release).toBe(2);
    expect(github.requests().every(({ status }) => status === 'cut')).toBe(true);

    // Back, and at first with answers that are none.
    github.failNext({ times: 1, status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Unicorn!</html>' });
    github.endlessNext(1);
    github.outage(false);
    await Promise.all([shop.ended(1), shop.ended(2)]);

    for (const release of [1, 2]) {
      expect(told(release).at(-1)).toMatch(/^success Passed/);
      expect(new Set(told(release)).size).toBe(told(release).length);
      const runs = github.checkRuns('acme', 'shop', COMMIT(release));
      expect(runs.at(-1)).toMatchObject({ name: 'Tidegate: production', status: 'completed', conclusion: 'success' });
    }
    expect(active()).toEqual([2]);
  }, 120_000);

  it('that takes statuses and no deployments is told the statuses, and of the deployments in order once it takes them', async () => {
    let isAway = true;
    const taken: string[] = [];
    const shop = await shopOnGitHub({
      report: async ({ state }) => {
        if (isAway) throw new GitHubUnavailable('it takes no deployments now', { retryAfterMs: 100 });
        taken.push(state);
      },
    });
    await shop.start(4);
    await shop.reached(4, 'production', 'waiting');
    await shop.vote(4, 'approve');
    await shop.reached(4, 'production', 'passed');
    await until(
      async () => told(4),
      (all) => all.at(-1)?.startsWith('success') === true,
    );
    expect(taken).toEqual([]);

    isAway = false;
    await shop.ended(4);
    expect(taken.at(-1)).toBe('success');
    expect(new Set(taken).size).toBe(taken.length);
    expect(github.checkRuns('acme', 'shop', COMMIT(4)).at(-1)).toMatchObject({ conclusion: 'success' });
    expect(new Set(told(4)).size).toBe(told(4).length);
  }, 60_000);

  it('is told at most once of each transition when it answers all the time', async () => {
    const shop = await shopOnGitHub();
    await shop.start(3);
    await shop.reached(3, 'production', 'waiting');
    await shop.vote(3, 'reject', 'rita', { comment: 'not today' });
    await shop.ended(3);

    expect(told(3)).toEqual(['pending Waiting: Waiting for 1 of 1 approval', 'failure Rejected by rita: not today']);
    expect(github.checkRuns('acme', 'shop', COMMIT(3)).map(({ conclusion }) => conclusion)).toEqual(['failure']);
    expect(active()).toEqual([2]);
  }, 60_000);

  it('is shown what serves after a way back that no release is told of, long after it passed', async () => {
    const shop = await shopOnGitHub();
    shop.world.policies = Object.fromEntries(Object.entries(shop.world.policies).map(([name, rules]) => [name, { ...rules, bakeMs: 0 }]));
    for (const release of [5, 6]) {
      await shop.start(release);
      await shop.reached(release, 'production', 'waiting');
      await shop.vote(release, 'approve');
      await shop.ended(release);
    }
    expect(active()).toContain(6);
    await shop.rollback(5);

    await until(
      async () => active(),
      (serving) => serving.includes(5) && !serving.includes(6),
      60_000,
    );
    expect(told(6).at(-1)).toMatch(/^success Passed/);
  }, 60_000);
});
