import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Trigger } from '../../domain/triggers.ts';
import { digestOf, SHOP } from '../support/shop.ts';
import { A, B, BY_APP, C, NONE, push, SAM, TriggerDesk, unproved } from './github-desk.ts';

let desk: TriggerDesk;

beforeEach(() => {
  desk = new TriggerDesk();
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
    desk.github.push('main', B, undefined, SAMS);
  });

  it('is who pushed, as GitHub’s record of activity has it, whomever the delivery names', async () => {
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'done' });
    expect(startedBy()).toEqual([['sam', 'GitHub account 8 (sam)']]);
    expect(reach()).toBeUndefined();
  });

  it('has the reach of who pushed, and not of whom the delivery names', async () => {
    desk.roles = [
      { role: 'owner', people: ['rita'], groups: [] },
      { role: 'developer', people: ['sam'], groups: [], environments: ['staging'] },
    ];
    await desk.deliver('push', push(B, A));
    expect(reach()).toEqual(['staging']);
  });

  it.each([
    ['GitHub keeps no record', () => (desk.github.activity = undefined)],
    ['its record has no such push', () => desk.github.activity?.clear()],
    ['its record names nobody', () => desk.github.activity?.set('main', [{ after: B, actor: undefined }])],
    ['Tidegate may not read it', () => (desk.github.activityFailure = Object.assign(new Error('403'), { name: 'GitHubRefused' }))],
  ])('is whom the delivery names where %s: that is written down, and it goes where nobody asks who it was', async (_why, spoil) => {
    spoil();
    expect(await desk.deliver('push', push(B, A))).toMatchObject({
      state: 'done',
      detail: unproved(1),
    });
    expect(startedBy()).toEqual([['rita', 'GitHub account 7 (rita-codes), as the delivery alone says']]);
    expect(reach()).toEqual(['staging']);
  });

  it('that nobody proves goes no further than each of those who it could be may take a release', async () => {
    desk.github.activity = undefined;
    desk.asksWhoStarted = [];
    desk.roles = [
      { role: 'owner', people: ['rita'], groups: [] },
      { role: 'developer', people: ['sam'], groups: [], environments: ['staging'] },
    ];
    await desk.deliver('push', push(B, A));
    expect(reach()).toEqual(['staging']);
  });

  it('that nobody proves is of no account where nothing depends on it', async () => {
    desk.github.activity = undefined;
    desk.asksWhoStarted = [];
    await desk.deliver('push', push(B, A));
    expect(reach()).toBeUndefined();
  });

  it('that nobody proves goes nowhere by itself where the pipeline keeps approvals from whoever started it', async () => {
    desk.github.activity = undefined;
    desk.asksWhoStarted = [];
    const approval = { approvers: ['rita'], count: 1, excludeInitiator: true, deadlineMs: 60_000 };
    const guarded = (stage: (typeof SHOP.stages)[number]) =>
      stage.name === 'staging' && stage.kind === 'deploy' ? { ...stage, approval } : stage;
    desk.pipeline = { ...SHOP, stages: SHOP.stages.map(guarded) };
    await desk.deliver('push', push(B, A));
    expect(reach()).toEqual(['production']);
  });

  it('of an image is held against the pipeline of the commit that its release is made of, and not of the newest one', async () => {
    desk.asksWhoStarted = [];
    const approval = { approvers: ['rita'], count: 1, excludeInitiator: true, deadlineMs: 60_000 };
    const given = { ...SHOP, components: SHOP.components.map((one) => ({ ...one, repository: 'ghcr.io/acme/web' })) };
    const guarded = given.stages.map((stage) => (stage.name === 'production' && stage.kind === 'deploy' ? { ...stage, approval } : stage));
    desk.pipeline = given;
    desk.pipelines.set(B, { ...given, stages: guarded });
    await desk.deliver('push', push(B, A));
    desk.triggers = [{ on: 'package' }];
    const version = { version: digestOf('b'), container_metadata: { tag: { name: 'v2' } } };
    desk.tags.set('v2', digestOf('b'));
    const told = { name: 'web', package_type: 'CONTAINER', owner: { login: 'acme' }, package_version: version };
    expect(await desk.deliver('package', { action: 'published', package: told })).toMatchObject({
      detail: expect.stringContaining('release 2 of shop; by itself it goes to staging alone'),
    });
    expect(desk.register.records[1]?.record).toMatchObject({ commit: B, initiator: 'rita' });
    expect(reach()).toEqual(['staging']);
    // This one says that it was built from another commit, where no approval is kept from anybody.
    desk.origin = { signed: [], own: [{ by: 'label', commit: A }] };
    const another = { ...told, package_version: { ...version, version: digestOf('c') } };
    desk.tags.set('v2', digestOf('c'));
    expect(await desk.deliver('package', { action: 'published', package: another })).toMatchObject({
      detail: `release 3 of shop, of ${A.slice(0, 12)} by its label`,
    });
    expect(desk.register.records[2]?.record).toMatchObject({ commit: A, initiator: 'rita' });
    desk.origin = { signed: [], own: [{ by: 'label', commit: C }] };
    expect(await desk.deliver('package', { action: 'published', package: another })).toMatchObject({ state: 'ignored' });
    expect(desk.released()).toEqual([B, B, A]);
    // The older of two pushes of one tag is told last, or again.
    desk.origin = { signed: [], own: [] };
    const older = { ...told, package_version: { ...version, version: digestOf('d') } };
    expect(await desk.deliver('package', { action: 'published', package: older })).toEqual({
      state: 'ignored',
      detail: `ghcr.io/acme/web:v2 leads to ${digestOf('c')} by now`,
    });
    expect(desk.released()).toHaveLength(3);
  });

  it('is looked for again while GitHub’s record can lag behind, and nothing is made of it meanwhile', async () => {
    desk.github.activity?.clear();
    desk.receivedAt = new Date().toISOString();
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'later', detail: expect.stringContaining('who pushed') });
    desk.github.activity = undefined;
    expect(desk.released()).toEqual([]);
    expect(await desk.deliver('push', push(B, A))).toMatchObject({ state: 'done' });
  });

  it('is not asked for a push that no trigger is for', async () => {
    desk.github.activityFailure = new Error('asked');
    desk.github.push('topic', C);
    expect(await desk.deliver('push', push(C, A, 'refs/heads/topic'))).toMatchObject({ state: 'ignored' });
  });

  it('is whom the delivery names where the App’s own hook proves it, which nobody else can sign for', async () => {
    desk.github.activity = undefined;
    desk.triggers = [
      { on: 'push', tags: ['v*'] },
      { on: 'repository_dispatch', types: ['ship'] },
    ];
    desk.github.refs.set('tags/v1', A);
    await desk.deliver('push', push(A, NONE, 'refs/tags/v1'), BY_APP);
    await desk.deliver('repository_dispatch', { action: 'ship', client_payload: { ref: 'main' }, sender: SAM }, BY_APP);
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
      'a release on GitHub',
      { on: 'release', prereleases: false },
      'release',
      { action: 'published', release: { id: 1, tag_name: 'v1', draft: false } },
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
    desk.triggers = [trigger];
    desk.github.refs.set('tags/v1', B);
    desk.github.releases.set(1, { tag: 'v1', isDraft: false, isPrerelease: false });
    desk.github.runs.set(1, {
      name: 'CI',
      event: 'push',
      conclusion: 'success',
      branch: 'main',
      commit: B,
      headRepository: 101,
      actors: [SAMS],
    });
    desk.github.suites.set(1, { conclusion: 'success', branch: 'main', commit: B, app: 'ci', repository: 101 });
    desk.github.deployments.set(1, { environment: 'qa', commit: B, ref: 'main', creator: SAMS });
    expect(await desk.deliver(event, payload)).toMatchObject({ state: 'done' });
    expect(startedBy()).toEqual([[who, expect.stringMatching(isProved ? /\)$/ : /as the delivery alone says$/)]]);
    expect(reach()).toEqual(isProved ? undefined : ['staging']);
  });
});

describe('what becomes of the App itself', () => {
  const account = { login: 'Acme' };
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
    if (standing !== undefined) desk.github.standings.set('acme/shop', standing);
    expect(await desk.deliver('installation', { action, installation: { account } }, BY_APP)).toMatchObject({
      state: 'done',
      detail: expect.stringContaining(said),
    });
    expect(desk.logged).toEqual([expect.stringContaining(said)]);
    expect(desk.logged[0]?.includes('tidegate github check')).toBe(!said.endsWith('nothing is missing'));
    expect([desk.engine.changes, desk.released()]).toEqual([[], []]);
  });

  it('is asked about for the repositories that it names', async () => {
    desk.github.standings.set('acme/shop', well);
    const removed = (full_name: string) => ({ action: 'removed', installation: { account }, repositories_removed: [{ full_name }] });
    expect(await desk.deliver('installation_repositories', removed('ACME/Shop'), BY_APP)).toMatchObject({ state: 'done' });
    expect(await desk.deliver('installation_repositories', removed('acme/shop-2'), BY_APP)).toMatchObject({ state: 'ignored' });
    expect(await desk.deliver('installation', { action: 'suspend', installation: { account: { login: 'acm' } } }, BY_APP)).toMatchObject({
      detail: 'The GitHub App was suspended at acm, where no application has its repository',
    });
    expect(desk.github.asked).toBe(1);
  });

  it('is told by the App’s own hook alone, and is waited for while GitHub does not answer', async () => {
    const told = { action: 'deleted', installation: { account } };
    expect(await desk.deliver('installation', told)).toMatchObject({ state: 'ignored' });
    desk.github.failure = Object.assign(new Error('down'), { name: 'GitHubUnavailable' });
    await expect(desk.deliver('installation', told, BY_APP)).rejects.toThrow('down');
    expect(desk.logged).toEqual([]);
  });

  it('changes nothing where a person takes back what Tidegate never uses', async () => {
    expect(await desk.deliver('github_app_authorization', { action: 'revoked' }, BY_APP)).toMatchObject({ state: 'ignored' });
    expect(await desk.deliver('installation', { action: 'something_new', installation: { account } }, BY_APP)).toMatchObject({
      state: 'ignored',
    });
    expect(desk.github.asked).toBe(0);
  });
});
