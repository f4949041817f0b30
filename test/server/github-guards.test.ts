import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FakeGitHub } from './fake-github.ts';
import { GitHubDesk } from './github-desk.ts';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)] as const;

let desk: GitHubDesk;
let github: FakeGitHub;
beforeEach(() => {
  desk = new GitHubDesk();
  github = desk.github;
});

describe('a job that waits for an environment', () => {
  const run = { name: 'CI', event: 'push', conclusion: '', branch: 'main', commit: A, headRepository: 101, actors: [] };
  const told = (more: object = {}) => ({
    action: 'requested',
    environment: 'production',
    deployment: { id: 4 },
    deployment_callback_url: 'https://evil.test/actions/runs/42/deployment_protection_rule',
    ...more,
  });
  const hear = (more: object = {}) => desk.deliver('deployment_protection_rule', told(more));
  const held = () => desk.engine.changes.filter(({ method }) => method === 'holdBack');
  beforeEach(() => {
    desk.receivedAt = new Date().toISOString();
    const guards = [{ environment: 'live', github: 'Production' }];
    desk.applications = ['shop', 'kiosk'].map((name) => ({ name, repository: 'acme/shop', triggers: [], guards }));
    github.runs.set(42, run);
    github.deployments.set(4, { environment: 'Production', commit: A, ref: 'main', creator: undefined });
    github.awaitedBy.set(42, ['Production']);
  });

  it('is held back for all that its environment stands for, as GitHub names it, and once however often it is told', async () => {
    expect(await hear()).toMatchObject({ state: 'done', detail: expect.stringContaining('shop in live, kiosk in live') });
    const places = [
      { application: 'shop', environment: 'live' },
      { application: 'kiosk', environment: 'live' },
    ];
    const repository = { id: 101, name: 'acme/shop' };
    expect(held()).toMatchObject([{ message: { repository, run: 42, environment: 'Production', places, job: 4 } }]);
    expect(await hear()).toMatchObject({ state: 'ignored', detail: 'delivery 1 was of the same' });
    expect(held()).toHaveLength(1);
    github.deployments.set(5, { environment: 'Production', commit: A, ref: 'main', creator: undefined });
    await hear({ deployment: { id: 5 } });
    expect(held()).toHaveLength(2);
    expect(desk.released()).toEqual([]);
  });

  it('is not, where the environment stands for none here, and GitHub is not even asked for it', async () => {
    expect(await hear({ environment: 'staging' })).toMatchObject({
      state: 'ignored',
      detail: expect.stringContaining('guards of tidegate.yaml'),
    });
    // The repository alone is looked up.
    expect(github.asked).toBe(1);
    expect(held()).toEqual([]);
  });

  it.each([
    ['is gone', () => github.runs.delete(42), 'later', 'run 42 is gone'],
    ['waits for nothing', () => github.awaitedBy.set(42, ['staging']), 'later', 'no job of run 42 waits for production'],
    ['has another deployment', () => github.deployments.delete(4), 'later', 'deployment 4 is gone'],
    [
      'is told with a deployment elsewhere',
      () => github.deployments.set(4, { environment: 'staging', commit: A, ref: 'main', creator: undefined }),
      'ignored',
      'deployment 4 is not into production',
    ],
    [
      'is told with a deployment of another commit',
      () => github.deployments.set(4, { environment: 'Production', commit: B, ref: 'main', creator: undefined }),
      'ignored',
      'deployment 4 is of another commit than run 42',
    ],
  ] as const)('is not, where GitHub says that its run %s', async (_what, change, state, detail) => {
    change();
    expect(await hear()).toMatchObject({ state, detail });
    expect(held()).toEqual([]);
  });

  it('of a pull request is held back whatever it would deploy, to be turned away', async () => {
    github.runs.set(42, { ...run, event: 'pull_request' });
    github.deployments.set(4, { environment: 'Production', commit: B, ref: 'main', creator: undefined });
    expect(await hear()).toMatchObject({ state: 'done' });
  });
});
