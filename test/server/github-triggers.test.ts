import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { Trigger } from '../../domain/triggers.ts';
import { digestOf, SHOP } from '../support/shop.ts';
import type { FakeGitHub } from './fake-github.ts';
import { A, B, C, GitHubDesk, NONE, push, SAM, X } from './github-desk.ts';

let desk: GitHubDesk;
let github: FakeGitHub;
let triggers: Trigger[];

beforeEach(() => {
  desk = new GitHubDesk();
  github = desk.github;
  triggers = [{ on: 'push', branches: ['main', 'release/**'] }];
  github.push('main', A);
});

function deliver(event: string, payload: object, how: { readonly id?: string; readonly source?: string } = {}): Promise<Settlement> {
  if (desk.applications.length === 1) desk.applications = [{ name: 'shop', repository: 'acme/shop', ...desk.applications[0], triggers }];
  return desk.deliver(event, payload, how);
}

const released = () => desk.released();

describe('a push', () => {
  it('makes a release of its commit, started by the person whose account pushed', async () => {
    expect(await deliver('push', push(A))).toMatchObject({ state: 'done', detail: 'release 1 of shop' });
    expect(desk.register.records[0]?.record).toMatchObject({ application: 'shop', commit: A, initiator: 'rita' });
    expect(desk.engine.changes).toMatchObject([{ method: 'start', on: 'shop#1' }]);
  });

  it('brings its release no further than the person who pushed may bring one', async () => {
    desk.roles = [{ role: 'developer', people: ['rita'], groups: [], environments: ['staging'] }];
    await deliver('push', push(A));
    expect(desk.engine.changes).toMatchObject([{ method: 'start', message: { reach: ['staging'] } }]);
  });

  it('of an account that is nobody here is started by a name that nobody here can have', async () => {
    github.push('main', B, undefined, { id: 9, login: 'rita', isPerson: true });
    await deliver('push', push(B, A));
    expect(desk.register.records[0]?.record.initiator).toBe('github/rita');
  });

  it('is one release however many deliveries tell of it, and by whichever hook', async () => {
    await deliver('push', push(A));
    expect(await deliver('push', push(A))).toEqual({ state: 'ignored', detail: 'delivery 1 was of the same' });
    desk.handled.clear();
    expect(await deliver('push', push(A))).toMatchObject({ detail: 'release 1 of shop, which was there already' });
    expect(released()).toEqual([A]);
  });

  it('each makes a release, also where the branch has moved on before the first was taken on', async () => {
    github.push('main', B, undefined, { id: 8, login: 'sam', isPerson: true });
    await deliver('push', push(A));
    await deliver('push', { ...push(B, A), sender: SAM });
    expect(released()).toEqual([A, B]);
    expect(desk.register.records.map(({ record }) => record.initiator)).toEqual(['rita', 'github/sam']);
  });

  it('that is told after a newer one takes the branch back nowhere', async () => {
    github.push('main', B);
    await deliver('push', push(B, A));
    expect(await deliver('push', push(A))).toMatchObject({ state: 'ignored', detail: expect.stringContaining('which is newer') });
    expect(released()).toEqual([B]);
  });

  it('that was pushed over, or whose branch is gone, makes none', async () => {
    github.push('main', B);
    github.refs.set('heads/main', C);
    github.parents.set(C, A);
    expect(await deliver('push', push(B, A))).toMatchObject({
      state: 'ignored',
      detail: `the branch main no longer has ${B.slice(0, 12)}`,
    });
    github.refs.delete('heads/main');
    expect(await deliver('push', push(C, B))).toMatchObject({ state: 'ignored', detail: 'the branch main is gone' });
    expect(await deliver('push', push(NONE, C))).toMatchObject({ state: 'ignored', detail: 'the branch main was deleted' });
    expect(released()).toEqual([]);
  });

  it('by force makes one of what the branch has now, though it leads past what was released last', async () => {
    github.push('main', B);
    await deliver('push', push(B, A));
    github.refs.set('heads/main', C);
    github.parents.set(C, A);
    expect(await deliver('push', push(C, B))).toMatchObject({ state: 'done' });
    expect(released()).toEqual([B, C]);
  });

  it('of a commit that GitHub shows though the branch never had it makes none: a fork has it', async () => {
    github.parents.set(X, '');
    expect(await deliver('push', push(X, A))).toMatchObject({ state: 'ignored' });
    expect(released()).toEqual([]);
  });

  it('to a branch that no trigger is for makes none', async () => {
    github.push('topic/login', B);
    expect(await deliver('push', push(B, A, 'refs/heads/topic/login'))).toMatchObject({
      detail: 'no trigger is for the branch topic/login',
    });
    github.push('release/2026/03', C);
    expect(await deliver('push', push(C, A, 'refs/heads/release/2026/03'))).toMatchObject({ state: 'done' });
  });

  it('is measured by the files that it changed, and counts where GitHub cannot list them', async () => {
    triggers = [{ on: 'push', branches: ['main'], paths: ['src/**', '!**/*.md'] }];
    github.push('main', B, ['docs/a.md', 'src/README.md']);
    expect(await deliver('push', push(B, A))).toMatchObject({
      state: 'ignored',
      detail: 'no trigger is for any of the 2 files that it changed',
    });
    github.push('main', C, ['docs/a.md', 'src/web.ts']);
    expect(await deliver('push', push(C, B))).toMatchObject({ state: 'done' });
    github.push('main', X);
    expect(await deliver('push', push(X, 'e'.repeat(40)))).toMatchObject({ state: 'done' });
  });

  it('is measured by the labels of the pull request that brought it', async () => {
    triggers = [{ on: 'push', branches: ['main'], labels: ['deploy'] }];
    expect(await deliver('push', push(A))).toMatchObject({ state: 'ignored' });
    github.labelled.set(A, ['bug', 'deploy']);
    expect(await deliver('push', push(A))).toMatchObject({ state: 'done' });
  });

  it('of a tag makes one of the commit behind it, unless the tag was moved since', async () => {
    triggers = [{ on: 'push', tags: ['v*'] }];
    github.refs.set('tags/v1', A);
    github.annotated.set('tags/v1', C);
    expect(await deliver('push', push(C, NONE, 'refs/tags/v1'))).toMatchObject({ state: 'done' });
    expect(released()).toEqual([A]);
    github.annotated.set('tags/v1', X);
    expect(await deliver('push', push(C, NONE, 'refs/tags/v1'), { id: 'another' })).toMatchObject({ state: 'ignored' });
    desk.handled.clear();
    expect(await deliver('push', push(C, NONE, 'refs/tags/v1'))).toMatchObject({ detail: 'the tag v1 has been moved since' });
    expect(await deliver('push', push(A))).toMatchObject({ detail: 'no trigger is for the branch main' });
  });

  it('waits while GitHub does not answer, and nothing of the payload is believed meanwhile', async () => {
    github.failure = Object.assign(new Error('down'), { name: 'GitHubUnavailable' });
    await expect(deliver('push', push(A))).rejects.toThrow('down');
    expect(released()).toEqual([]);
  });

  it('of a repository that was renamed is found by its id, and one that took the name is not it', async () => {
    const told = { ...push(A), repository: { id: 101, full_name: 'acme/webshop' } };
    github.formerNames.push('acme/shop');
    github.name = 'acme/webshop';
    expect(await deliver('push', told)).toMatchObject({ state: 'done' });
    github.id = 666;
    github.name = 'acme/shop';
    expect(await deliver('push', { ...push(A, B), repository: { id: 101, full_name: 'acme/shop' } })).toMatchObject({
      state: 'ignored',
      detail: 'acme/shop on GitHub is not the repository that the delivery was of',
    });
    expect(await deliver('push', { ...push(A, C), repository: { id: 5, full_name: 'other/thing' } })).toMatchObject({
      detail: 'no application has the repository other/thing',
    });
  });
});

describe('what GitHub does not show', () => {
  beforeEach(() => {
    desk.receivedAt = new Date().toISOString();
    github.push('main', B);
  });

  it('of a young delivery is looked for again: its servers lag behind each other', async () => {
    github.refs.set('heads/main', A);
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'later', afterMs: 2_000 });
    github.refs.delete('heads/main');
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'later' });
    expect(await deliver('workflow_run', { action: 'completed', workflow_run: { id: 1 } })).toMatchObject({ state: 'later' });
    expect(await deliver('release', { action: 'published', release: { id: 1, tag_name: 'v1', draft: false } })).toMatchObject({
      state: 'later',
    });
    expect(released()).toEqual([]);
    github.refs.set('heads/main', B);
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'done' });
  });

  it('as it never will is done with at once: what a force push replaced, and what a fork has', async () => {
    github.parents.set(X, '');
    github.refs.set('heads/main', X);
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'ignored' });
  });
});

describe('a repository', () => {
  it('that is made anew under a name that was given up is somebody else’s', async () => {
    await deliver('push', push(A));
    github.id = 666;
    github.push('main', B);
    expect(await deliver('push', push(B, A))).toMatchObject({
      state: 'ignored',
      detail: expect.stringContaining('was 101: write id: 666'),
    });
    expect(released()).toEqual([A]);
    desk.applications = [{ name: 'shop', repository: 'acme/shop', id: 666, triggers }];
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'done' });
  });

  it('of two applications has a release of the one though the other one has a fault', async () => {
    desk.applications = ['kiosk', 'shop'].map((name) => ({ name, repository: 'acme/shop', triggers }));
    expect(await deliver('push', push(A))).toMatchObject({
      state: 'parked',
      detail: expect.stringMatching(/pipeline file of kiosk has faults.*release 1 of shop/s),
    });
    expect(released()).toEqual([A]);
  });
});

describe('a workflow that ended', () => {
  const run = {
    name: 'CI',
    event: 'push',
    conclusion: 'success',
    branch: 'main',
    commit: A,
    headRepository: 101,
    actors: [{ id: 8, login: 'sam', isPerson: true }],
  };
  const told = { action: 'completed', workflow_run: { id: 1, run_attempt: 1, conclusion: 'success' } };
  beforeEach(() => {
    triggers = [
      {
        on: 'workflow_run',
        workflows: ['CI'],
        branches: ['main'],
        conclusions: ['success'],
        images: { web: `${SHOP.components[0]?.repository}:{commit}` },
      },
    ];
    github.runs.set(1, run);
  });

  it('makes a release of its commit with the image that it pushed, as GitHub tells it, not as it was told', async () => {
    expect(await deliver('workflow_run', told)).toMatchObject({ state: 'done' });
    expect(desk.register.records[0]?.record).toMatchObject({
      commit: A,
      initiator: 'rita',
      images: { [SHOP.components[0]?.name ?? '']: { digest: digestOf('a') } },
    });
    github.runs.set(2, { ...run, conclusion: 'failure' });
    expect(await deliver('workflow_run', { ...told, workflow_run: { id: 2, conclusion: 'success' } })).toMatchObject({
      detail: 'no trigger is for a workflow that ended with failure',
    });
  });

  it('makes none for a fork, whatever its branch is called', async () => {
    github.runs.set(1, { ...run, headRepository: 102 });
    expect(await deliver('workflow_run', told)).toMatchObject({
      state: 'ignored',
      detail: expect.stringContaining('nothing of a fork is released'),
    });
    github.parents.set(X, '');
    github.runs.set(1, { ...run, commit: X });
    expect(await deliver('workflow_run', told)).toMatchObject({ state: 'ignored' });
    expect(released()).toEqual([]);
  });

  it('for a tag makes none, and says so', async () => {
    github.refs.set('tags/v1', A);
    github.runs.set(1, { ...run, branch: 'v1' });
    expect(await deliver('workflow_run', told)).toMatchObject({ state: 'ignored', detail: expect.stringContaining('ran for a tag') });
  });
});

describe('other events', () => {
  it('make a release of a published release, a check suite, a deployment and a dispatch, as their triggers say', async () => {
    triggers = [
      { on: 'release', tags: ['v*'], prereleases: false },
      { on: 'check_suite', apps: ['ci'], conclusions: ['success'] },
      { on: 'deployment', environments: ['production'] },
      { on: 'repository_dispatch', types: ['ship'] },
      { on: 'create', branches: ['release/*'] },
    ];
    for (const [letter, branch] of [
      [B, 'b'],
      [C, 'c'],
      [X, 'release/9'],
    ] as const)
      github.push(branch, letter);
    github.refs.set('tags/v1', A);
    github.releases.set(1, { tag: 'v1', isDraft: false, isPrerelease: false });
    github.releases.set(2, { tag: 'v1', isDraft: false, isPrerelease: true });
    github.suites.set(1, { conclusion: 'success', branch: 'b', commit: B, app: 'ci', repository: 101 });
    github.deployments.set(1, { environment: 'production', commit: C, ref: 'c', creator: { id: 8, login: 'sam', isPerson: true } });
    const told = [
      ['release', { action: 'published', release: { id: 1, tag_name: 'v1', draft: false } }],
      ['release', { action: 'published', release: { id: 2, tag_name: 'v1', draft: false } }],
      ['check_suite', { action: 'completed', check_suite: { id: 1 } }],
      ['deployment', { action: 'created', deployment: { id: 1, environment: 'production' } }],
      ['deployment', { action: 'created', deployment: { id: 1, environment: 'production', payload: { tidegate: 'shop/1' } } }],
      ['deployment', { action: 'created', deployment: { id: 1, environment: 'production', payload: '{"tidegate":"shop/1"}' } }],
      ['create', { ref: 'release/9', ref_type: 'branch' }],
      ['repository_dispatch', { action: 'ship', client_payload: { ref: 'b' } }],
      ['repository_dispatch', { action: 'ship', client_payload: { ref: 'nowhere' } }],
      ['repository_dispatch', { action: 'ship', client_payload: { application: 'kiosk' } }],
      ['repository_dispatch', { action: 'other', client_payload: null }],
      ['repository_dispatch', { action: 'ship', client_payload: { ref: 5 } }],
      ['repository_dispatch', { action: 'ship', client_payload: { ref: 'b', images: { web: null } } }],
      ['repository_dispatch', { action: 'ship', client_payload: { ref: 'b'.repeat(2_000) } }],
      ['repository_dispatch', { action: 'other', client_payload: { ref: 5 } }],
    ] as const;
    const ended = [];
    for (const [event, payload] of told) ended.push((await deliver(event, payload)).detail);
    expect(ended).toEqual([
      'release 1 of shop; by itself it goes to staging alone, as only the delivery says that rita-codes set it off',
      'no trigger is for prereleases',
      'release 2 of shop',
      'release 3 of shop',
      'Tidegate made this deployment itself',
      'Tidegate made this deployment itself',
      'release 4 of shop',
      'release 2 of shop, which was there already',
      'nowhere is no branch or tag, and no commit of main',
      'kiosk is asked for, not shop',
      'no trigger is for other',
      expect.stringMatching(/^client_payload does not fit: ref: .*; send application, ref and images/),
      expect.stringMatching(/^client_payload does not fit: images.web: /),
      expect.stringMatching(/^client_payload does not fit: ref: /),
      'no trigger is for other',
    ]);
    expect(released()).toEqual([A, B, C, X]);
  });

  it('of pull requests start nothing, and GitHub is not even asked', async () => {
    expect(await deliver('pull_request', { action: 'opened', number: 4 })).toMatchObject({ state: 'ignored' });
    expect(github.asked).toBe(0);
  });
});
