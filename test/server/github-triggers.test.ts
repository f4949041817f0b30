import { beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf, SHOP } from '../support/shop.ts';
import { A, B, C, NONE, push, SAM, TriggerDesk, unproved, X } from './github-desk.ts';

let desk: TriggerDesk;

beforeEach(() => {
  desk = new TriggerDesk();
});

describe('a push', () => {
  it('makes a release of its commit, started by the person whose account pushed', async () => {
    expect(await desk.deliver('push', push(A))).toMatchObject({ state: 'done', detail: 'release 1 of shop' });
    expect(desk.register.records[0]?.record).toMatchObject({ application: 'shop', commit: A, initiator: 'rita' });
    expect(desk.engine.changes).toMatchObject([{ method: 'start', on: 'shop#1' }]);
  });

  it('brings its release no further than the person who pushed may bring one', async () => {
    desk.roles = [{ role: 'developer', people: ['rita'], groups: [], environments: ['staging'] }];
    await desk.deliver('push', push(A));
    expect(desk.engine.changes).toMatchObject([{ method: 'start', message: { reach: ['staging'] } }]);
  });

  it('of an account that is nobody here is started by a name that nobody here can have', async () => {
    desk.github.push('main', B, undefined, { id: 9, login: 'rita', isPerson: true });
    await desk.deliver('push', push(B, A));
    expect(desk.register.records[0]?.record.initiator).toBe('github/rita');
  });

  it('is one release however many deliveries tell of it, and by whichever hook', async () => {
    await desk.deliver('push', push(A));
    expect(await desk.deliver('push', push(A))).toEqual({ state: 'ignored', detail: 'delivery 1 was of the same' });
    desk.handled.clear();
    expect(await desk.deliver('push', push(A))).toMatchObject({ detail: 'release 1 of shop, which was there already' });
    expect(desk.released()).toEqual([A]);
  });

  it('each makes a release, also where the branch has moved on before the first was taken on', async () => {
    desk.github.push('main', B, undefined, { id: 8, login: 'sam', isPerson: true });
    await desk.deliver('push', push(A));
    await desk.deliver('push', { ...push(B, A), sender: SAM });
    expect(desk.released()).toEqual([A, B]);
    expect(desk.register.records.map(({ record }) => record.initiator)).toEqual(['rita', 'github/sam']);
  });

  it('that is told after a newer one takes the branch back nowhere', async () => {
    desk.github.push('main', B);
    await desk.deliver('push', push(B, A));
    expect(await desk.deliver('push', push(A))).toMatchObject({ state: 'ignored', detail: expect.stringContaining('which is newer') });
    expect(desk.released()).toEqual([B]);
  });

  it('that was pushed over, or whose branch is gone, makes none', async () => {
    desk.github.push('main', B);
    desk.github.refs.set('heads/main', C);
    desk.github.parents.set(C, A);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({
      state: 'ignored',
      detail: `the branch main no longer has ${B.slice(0, 12)}`,
    });
    desk.github.refs.delete('heads/main');
    expect(await desk.deliver('push', push(C, B))).toMatchObject({ state: 'ignored', detail: 'the branch main is gone' });
    expect(await desk.deliver('push', push(NONE, C))).toMatchObject({ state: 'ignored', detail: 'the branch main was deleted' });
    expect(desk.released()).toEqual([]);
  });

  it('by force makes one of what the branch has now, though it leads past what was released last', async () => {
    desk.github.push('main', B);
    await desk.deliver('push', push(B, A));
    desk.github.refs.set('heads/main', C);
    desk.github.parents.set(C, A);
    expect(await desk.deliver('push', push(C, B))).toMatchObject({ state: 'done' });
    expect(desk.released()).toEqual([B, C]);
  });

  it('of a commit that GitHub shows though the branch never had it makes none: a fork has it', async () => {
    desk.github.parents.set(X, '');
    expect(await desk.deliver('push', push(X, A))).toMatchObject({ state: 'ignored' });
    expect(desk.released()).toEqual([]);
  });

  it('to a branch that no trigger is for makes none', async () => {
    desk.github.push('topic/login', B);
    expect(await desk.deliver('push', push(B, A, 'refs/heads/topic/login'))).toMatchObject({
      detail: 'no trigger is for the branch topic/login',
    });
    desk.github.push('release/2026/03', C);
    expect(await desk.deliver('push', push(C, A, 'refs/heads/release/2026/03'))).toMatchObject({ state: 'done' });
  });

  it('is measured by the files that it changed, and counts where GitHub cannot list them', async () => {
    desk.triggers = [{ on: 'push', branches: ['main'], paths: ['src/**', '!**/*.md'] }];
    desk.github.push('main', B, ['docs/a.md', 'src/README.md']);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({
      state: 'ignored',
      detail: 'no trigger is for any of the 2 files that it changed',
    });
    desk.github.push('main', C, ['docs/a.md', 'src/web.ts']);
    expect(await desk.deliver('push', push(C, B))).toMatchObject({ state: 'done' });
    desk.github.push('main', X);
    expect(await desk.deliver('push', push(X, 'e'.repeat(40)))).toMatchObject({ state: 'done' });
  });

  it('is measured by the labels of the pull request that brought it', async () => {
    desk.triggers = [{ on: 'push', branches: ['main'], labels: ['deploy'] }];
    expect(await desk.deliver('push', push(A))).toMatchObject({ state: 'ignored' });
    desk.github.labelled.set(A, ['bug', 'deploy']);
    expect(await desk.deliver('push', push(A))).toMatchObject({ state: 'done' });
  });

  it('of a tag makes one of the commit behind it, unless the tag was moved since', async () => {
    desk.triggers = [{ on: 'push', tags: ['v*'] }];
    desk.github.refs.set('tags/v1', A);
    desk.github.annotated.set('tags/v1', C);
    expect(await desk.deliver('push', push(C, NONE, 'refs/tags/v1'))).toMatchObject({ state: 'done' });
    expect(desk.released()).toEqual([A]);
    desk.github.annotated.set('tags/v1', X);
    expect(await desk.deliver('push', push(C, NONE, 'refs/tags/v1'), { id: 'another' })).toMatchObject({ state: 'ignored' });
    desk.handled.clear();
    expect(await desk.deliver('push', push(C, NONE, 'refs/tags/v1'))).toMatchObject({ detail: 'the tag v1 has been moved since' });
    expect(await desk.deliver('push', push(A))).toMatchObject({ detail: 'no trigger is for the branch main' });
  });

  it('waits while GitHub does not answer, and nothing of the payload is believed meanwhile', async () => {
    desk.github.failure = Object.assign(new Error('down'), { name: 'GitHubUnavailable' });
    await expect(desk.deliver('push', push(A))).rejects.toThrow('down');
    expect(desk.released()).toEqual([]);
  });

  it('of a repository that was renamed is found by its id, and one that took the name is not it', async () => {
    const told = { ...push(A), repository: { id: 101, full_name: 'acme/webshop' } };
    desk.github.formerNames.push('acme/shop');
    desk.github.name = 'acme/webshop';
    expect(await desk.deliver('push', told)).toMatchObject({ state: 'done' });
    desk.github.id = 666;
    desk.github.name = 'acme/shop';
    expect(await desk.deliver('push', { ...push(A, B), repository: { id: 101, full_name: 'acme/shop' } })).toMatchObject({
      state: 'ignored',
      detail: 'acme/shop on GitHub is not the repository that the delivery was of',
    });
    expect(await desk.deliver('push', { ...push(A, C), repository: { id: 5, full_name: 'other/thing' } })).toMatchObject({
      detail: 'no application has the repository other/thing',
    });
  });
});

describe('what GitHub does not show', () => {
  beforeEach(() => {
    desk.receivedAt = new Date().toISOString();
    desk.github.push('main', B);
  });

  it('of a young delivery is looked for again: its servers lag behind each other', async () => {
    desk.github.refs.set('heads/main', A);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'later', afterMs: 2_000 });
    desk.github.refs.delete('heads/main');
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'later' });
    expect(await desk.deliver('workflow_run', { action: 'completed', workflow_run: { id: 1 } })).toMatchObject({ state: 'later' });
    expect(await desk.deliver('release', { action: 'published', release: { id: 1, tag_name: 'v1', draft: false } })).toMatchObject({
      state: 'later',
    });
    expect(desk.released()).toEqual([]);
    desk.github.refs.set('heads/main', B);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'done' });
  });

  it('as it never will is done with at once: what a force push replaced, and what a fork has', async () => {
    desk.github.parents.set(X, '');
    desk.github.refs.set('heads/main', X);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'ignored' });
  });
});

describe('a repository', () => {
  it('that is made anew under a name that was given up is somebody else’s', async () => {
    await desk.deliver('push', push(A));
    desk.github.id = 666;
    desk.github.push('main', B);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({
      state: 'ignored',
      detail: expect.stringContaining('was 101: write id: 666'),
    });
    expect(desk.released()).toEqual([A]);
    desk.applications = [{ name: 'shop', repository: 'acme/shop', id: 666, triggers: desk.triggers }];
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'done' });
  });

  it('of two applications has a release of the one though the other one has a fault', async () => {
    desk.applications = ['kiosk', 'shop'].map((name) => ({ name, repository: 'acme/shop', triggers: desk.triggers }));
    expect(await desk.deliver('push', push(A))).toMatchObject({
      state: 'parked',
      detail: expect.stringMatching(/pipeline file of kiosk has faults.*release 1 of shop/s),
    });
    expect(desk.released()).toEqual([A]);
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
    desk.triggers = [
      {
        on: 'workflow_run',
        workflows: ['CI'],
        branches: ['main'],
        conclusions: ['success'],
        images: { web: `${SHOP.components[0]?.repository}:{commit}` },
      },
    ];
    desk.github.runs.set(1, run);
  });

  it('makes a release of its commit with the image that it pushed, as GitHub tells it, not as it was told', async () => {
    expect(await desk.deliver('workflow_run', told)).toMatchObject({ state: 'done' });
    expect(desk.register.records[0]?.record).toMatchObject({
      commit: A,
      initiator: 'rita',
      images: { [SHOP.components[0]?.name ?? '']: { digest: digestOf('a') } },
    });
    desk.github.runs.set(2, { ...run, conclusion: 'failure' });
    expect(await desk.deliver('workflow_run', { ...told, workflow_run: { id: 2, conclusion: 'success' } })).toMatchObject({
      detail: 'no trigger is for a workflow that ended with failure',
    });
  });

  it('makes none for a fork, whatever its branch is called', async () => {
    desk.github.runs.set(1, { ...run, headRepository: 102 });
    expect(await desk.deliver('workflow_run', told)).toMatchObject({
      state: 'ignored',
      detail: expect.stringContaining('nothing of a fork is released'),
    });
    desk.github.parents.set(X, '');
    desk.github.runs.set(1, { ...run, commit: X });
    expect(await desk.deliver('workflow_run', told)).toMatchObject({ state: 'ignored' });
    expect(desk.released()).toEqual([]);
  });

  it('for a tag makes none, and says so', async () => {
    desk.github.refs.set('tags/v1', A);
    desk.github.runs.set(1, { ...run, branch: 'v1' });
    expect(await desk.deliver('workflow_run', told)).toMatchObject({ state: 'ignored', detail: expect.stringContaining('ran for a tag') });
  });
});

describe('other events', () => {
  it('make a release of a published release, a check suite, a deployment and a dispatch, as their triggers say', async () => {
    desk.triggers = [
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
      desk.github.push(branch, letter);
    desk.github.refs.set('tags/v1', A);
    desk.github.releases.set(1, { tag: 'v1', isDraft: false, isPrerelease: false });
    desk.github.releases.set(2, { tag: 'v1', isDraft: false, isPrerelease: true });
    desk.github.suites.set(1, { conclusion: 'success', branch: 'b', commit: B, app: 'ci', repository: 101 });
    desk.github.deployments.set(1, { environment: 'production', commit: C, ref: 'c', creator: { id: 8, login: 'sam', isPerson: true } });
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
    for (const [event, payload] of told) ended.push((await desk.deliver(event, payload)).detail);
    expect(ended).toEqual([
      unproved(1),
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
    expect(desk.released()).toEqual([A, B, C, X]);
  });

  it('of pull requests start nothing, and GitHub is not even asked', async () => {
    expect(await desk.deliver('pull_request', { action: 'opened', number: 4 })).toMatchObject({ state: 'ignored' });
    expect(desk.github.asked).toBe(0);
  });
});
