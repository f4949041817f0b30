import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { Trigger } from '../../domain/triggers.ts';
import { digestOf, SHOP } from '../support/shop.ts';
import type { FakeGitHub } from './fake-github.ts';
import { GitHubDesk, SAM } from './github-desk.ts';

const commit = (letter: string): string => letter.repeat(40);
const [A, B, C, X] = ['a', 'b', 'c', 'd'].map(commit) as [string, string, string, string];
const NONE = '0'.repeat(40);

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

const push = (after: string, before = NONE, ref = 'refs/heads/main') => ({ ref, before, after, deleted: after === NONE });
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
    expect(await deliver('push', push(X, commit('e')))).toMatchObject({ state: 'done' });
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

describe('who set a release off', () => {
  const SAMS = { id: 8, login: 'sam', isPerson: true };
  const startedBy = () => desk.register.records.map(({ record, known }) => [record.initiator, known?.authentication]);
  const reach = () => (desk.engine.changes.at(-1)?.message as { readonly reach?: readonly string[] } | undefined)?.reach;
  beforeEach(() => {
    desk.people = new Map([
      [7, 'rita'],
      [8, 'sam'],
    ]);
    github.push('main', B, undefined, SAMS);
  });

  it('is who pushed, as GitHub’s record of activity has it, whomever the delivery names', async () => {
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'done' });
    expect(startedBy()).toEqual([['sam', 'GitHub account 8 (sam)']]);
    expect(reach()).toBeUndefined();
  });

  it('has the reach of who pushed, and not of whom the delivery names', async () => {
    desk.roles = [
      { role: 'owner', people: ['rita'], groups: [] },
      { role: 'developer', people: ['sam'], groups: [], environments: ['staging'] },
    ];
    await deliver('push', push(B, A));
    expect(reach()).toEqual(['staging']);
  });

  it.each([
    ['GitHub keeps no record', () => (github.activity = undefined)],
    ['its record has no such push', () => github.activity?.clear()],
    ['its record names nobody', () => github.activity?.set('main', [{ after: B, actor: undefined }])],
    ['Tidegate may not read it', () => (github.activityFailure = Object.assign(new Error('403'), { name: 'GitHubRefused' }))],
  ])('is whom the delivery names where %s: that is written down, and it goes where nobody asks who it was', async (_why, spoil) => {
    spoil();
    expect(await deliver('push', push(B, A))).toMatchObject({
      state: 'done',
      detail: 'release 1 of shop; by itself it goes to staging alone, as only the delivery says that rita-codes set it off',
    });
    expect(startedBy()).toEqual([['rita', 'GitHub account 7 (rita-codes), as the delivery alone says']]);
    expect(reach()).toEqual(['staging']);
  });

  it('that nobody proves goes no further than each of those who it could be may take a release', async () => {
    github.activity = undefined;
    desk.asksWhoStarted = [];
    desk.roles = [
      { role: 'owner', people: ['rita'], groups: [] },
      { role: 'developer', people: ['sam'], groups: [], environments: ['staging'] },
    ];
    await deliver('push', push(B, A));
    expect(reach()).toEqual(['staging']);
  });

  it('that nobody proves is of no account where nothing depends on it', async () => {
    github.activity = undefined;
    desk.asksWhoStarted = [];
    await deliver('push', push(B, A));
    expect(reach()).toBeUndefined();
  });

  it('that nobody proves goes nowhere by itself where the pipeline keeps approvals from whoever started it', async () => {
    github.activity = undefined;
    desk.asksWhoStarted = [];
    const approval = { approvers: ['rita'], count: 1, excludeInitiator: true, deadlineMs: 60_000 };
    const guarded = (stage: (typeof SHOP.stages)[number]) =>
      stage.name === 'staging' && stage.kind === 'deploy' ? { ...stage, approval } : stage;
    desk.pipeline = { ...SHOP, stages: SHOP.stages.map(guarded) };
    await deliver('push', push(B, A));
    expect(reach()).toEqual(['production']);
  });

  it('is looked for again while GitHub’s record can lag behind, and nothing is made of it meanwhile', async () => {
    github.activity?.clear();
    desk.receivedAt = new Date().toISOString();
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'later', detail: expect.stringContaining('who pushed') });
    github.activity = undefined;
    expect(released()).toEqual([]);
    expect(await deliver('push', push(B, A))).toMatchObject({ state: 'done' });
  });

  it('is not asked for a push that no trigger is for', async () => {
    github.activityFailure = new Error('asked');
    github.push('topic', C);
    expect(await deliver('push', push(C, A, 'refs/heads/topic'))).toMatchObject({ state: 'ignored' });
  });

  it('is whom the delivery names where the App’s own hook proves it, which nobody else can sign for', async () => {
    github.activity = undefined;
    triggers = [
      { on: 'push', tags: ['v*'] },
      { on: 'repository_dispatch', types: ['ship'] },
    ];
    github.refs.set('tags/v1', A);
    await deliver('push', push(A, NONE, 'refs/tags/v1'), { source: 'github-app' });
    await deliver('repository_dispatch', { action: 'ship', client_payload: { ref: 'main' }, sender: SAM }, { source: 'github-app' });
    expect(startedBy()).toEqual([
      ['rita', 'GitHub account 7 (rita-codes)'],
      ['sam', 'GitHub account 8 (sam)'],
    ]);
    expect(desk.engine.changes.map(({ message }) => message)).toEqual([undefined, undefined]);
  });

  it.each<[string, Trigger, string, object, string, boolean]>([
    ['a tag', { on: 'push', tags: ['v*'] }, 'push', push(B, NONE, 'refs/tags/v1'), 'rita', false],
    ['a new branch', { on: 'create', branches: ['main'] }, 'create', { ref: 'main', ref_type: 'branch' }, 'sam', true],
    ['a new tag', { on: 'create', tags: ['v*'] }, 'create', { ref: 'v1', ref_type: 'tag' }, 'rita', false],
    [
      'a release of its own',
      { on: 'release', prereleases: false },
      'release',
      { action: 'published', release: { id: 1, tag_name: 'v1', draft: false } },
      'rita',
      true,
    ],
    [
      'a release of another’s draft',
      { on: 'release', prereleases: false },
      'release',
      { action: 'published', release: { id: 2, tag_name: 'v1', draft: false } },
      'rita',
      false,
    ],
    [
      'a workflow',
      { on: 'workflow_run', conclusions: ['success'] },
      'workflow_run',
      { action: 'completed', workflow_run: { id: 1 } },
      'sam',
      true,
    ],
    [
      'checks',
      { on: 'check_suite', conclusions: ['success'] },
      'check_suite',
      { action: 'completed', check_suite: { id: 1 } },
      'sam',
      true,
    ],
    [
      'a deployment',
      { on: 'deployment', environments: ['qa'] },
      'deployment',
      { action: 'created', deployment: { id: 1, environment: 'qa' } },
      'sam',
      true,
    ],
    ['a dispatch', { on: 'repository_dispatch', types: ['ship'] }, 'repository_dispatch', { action: 'ship' }, 'rita', false],
  ])('of %s is whom GitHub names, where it names anybody', async (_what, trigger, event, payload, who, isProved) => {
    triggers = [trigger];
    github.refs.set('tags/v1', B);
    const written = { tag: 'v1', isDraft: false, isPrerelease: false };
    github.releases.set(1, { ...written, author: { id: 7, login: 'rita-codes', isPerson: true } });
    github.releases.set(2, { ...written, author: SAMS });
    github.runs.set(1, { name: 'CI', event: 'push', conclusion: 'success', branch: 'main', commit: B, headRepository: 101, actor: SAMS });
    github.suites.set(1, { conclusion: 'success', branch: 'main', commit: B, app: 'ci', repository: 101 });
    github.deployments.set(1, { environment: 'qa', commit: B, ref: 'main', creator: SAMS });
    expect(await deliver(event, payload)).toMatchObject({ state: 'done' });
    expect(startedBy()).toEqual([[who, expect.stringMatching(isProved ? /\)$/ : /as the delivery alone says$/)]]);
    expect(reach()).toEqual(isProved ? undefined : ['staging']);
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
    actor: { id: 8, login: 'sam', isPerson: true },
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
      initiator: 'github/sam',
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
    github.releases.set(1, { tag: 'v1', isDraft: false, isPrerelease: false, author: { id: 7, login: 'rita-codes', isPerson: true } });
    github.releases.set(2, { tag: 'v1', isDraft: false, isPrerelease: true, author: undefined });
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
    ] as const;
    const ended = [];
    for (const [event, payload] of told) ended.push((await deliver(event, payload)).detail);
    expect(ended).toEqual([
      'release 1 of shop',
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
    ]);
    expect(released()).toEqual([A, B, C, X]);
  });

  it('of pull requests start nothing, and GitHub is not even asked', async () => {
    expect(await deliver('pull_request', { action: 'opened', number: 4 })).toMatchObject({ state: 'ignored' });
    expect(github.asked).toBe(0);
  });
});

describe('what becomes of the App itself', () => {
  const account = { login: 'Acme' };
  const byApp = { source: 'github-app' };
  const well = { isSuspended: false, missing: [] };
  const lacking = { isSuspended: false, missing: [{ key: 'checks', name: 'Checks', access: 'write', purpose: '' }] } as const;

  it.each([
    ['suspend', { ...well, isSuspended: true }, 'was suspended at Acme. GitHub says now: acme/shop: the App is suspended there'],
    ['deleted', undefined, 'was uninstalled at Acme. GitHub says now: acme/shop: the App is not installed there'],
    ['new_permissions_accepted', lacking, 'has other permissions at Acme. GitHub says now: acme/shop: the App lacks Checks: write'],
    ['suspend', well, 'was suspended at Acme. GitHub says now: acme/shop: nothing is missing'],
    ['unsuspend', well, 'is no longer suspended at Acme. GitHub says now: acme/shop: nothing is missing'],
    ['created', well, 'was installed at Acme. GitHub says now: acme/shop: nothing is missing'],
  ])('is said loudly, as GitHub has it and not as it was told: %s', async (action, standing, said) => {
    if (standing !== undefined) github.standings.set('acme/shop', standing);
    expect(await deliver('installation', { action, installation: { account } }, byApp)).toMatchObject({
      state: 'done',
      detail: expect.stringContaining(said),
    });
    expect(desk.logged).toEqual([expect.stringContaining(said)]);
    expect(desk.logged[0]?.includes('tidegate github check')).toBe(!said.endsWith('nothing is missing'));
    expect([desk.engine.changes, released()]).toEqual([[], []]);
  });

  it('is asked about for the repositories that it names', async () => {
    github.standings.set('acme/shop', well);
    const removed = (full_name: string) => ({ action: 'removed', installation: { account }, repositories_removed: [{ full_name }] });
    expect(await deliver('installation_repositories', removed('ACME/Shop'), byApp)).toMatchObject({ state: 'done' });
    expect(await deliver('installation_repositories', removed('acme/shop-2'), byApp)).toMatchObject({ state: 'ignored' });
    expect(await deliver('installation', { action: 'suspend', installation: { account: { login: 'acm' } } }, byApp)).toMatchObject({
      detail: 'The GitHub App was suspended at acm, where no application has its repository',
    });
    expect(github.asked).toBe(1);
  });

  it('is told by the App’s own hook alone, and is waited for while GitHub does not answer', async () => {
    const told = { action: 'deleted', installation: { account } };
    expect(await deliver('installation', told)).toMatchObject({ state: 'ignored' });
    github.failure = Object.assign(new Error('down'), { name: 'GitHubUnavailable' });
    await expect(deliver('installation', told, byApp)).rejects.toThrow('down');
    expect(desk.logged).toEqual([]);
  });

  it('changes nothing where a person takes back what Tidegate never uses', async () => {
    expect(await deliver('github_app_authorization', { action: 'revoked' }, byApp)).toMatchObject({ state: 'ignored' });
    expect(await deliver('installation', { action: 'something_new', installation: { account } }, byApp)).toMatchObject({
      state: 'ignored',
    });
    expect(github.asked).toBe(0);
  });
});
