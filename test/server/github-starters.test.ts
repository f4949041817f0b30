import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FakeGitHub } from './fake-github.ts';
import { BY_APP, GitHubDesk, RITA, SAM } from './github-desk.ts';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];
const NONE = '0'.repeat(40);
const RITAS = { id: 7, login: 'rita-codes', isPerson: true };
const SAMS = { id: 8, login: 'sam', isPerson: true };

let desk: GitHubDesk;
let github: FakeGitHub;

/** Sam may take releases to staging alone, rita everywhere; main leads to A, which sam pushed. */
beforeEach(() => {
  desk = new GitHubDesk();
  github = desk.github;
  desk.people = new Map([
    [7, 'rita'],
    [8, 'sam'],
  ]);
  desk.roles = [
    { role: 'developer', people: ['sam'], groups: [], environments: ['staging'] },
    { role: 'developer', people: ['rita'], groups: [] },
  ];
  desk.applications = [
    {
      name: 'shop',
      repository: 'acme/shop',
      triggers: [
        { on: 'push', branches: ['**'] },
        { on: 'release', prereleases: false },
        { on: 'workflow_run', conclusions: ['success'] },
        { on: 'repository_dispatch', types: ['go'] },
        { on: 'create', branches: ['**'] },
        { on: 'push', tags: ['v*'] },
      ],
    },
  ];
  github.push('main', A, [], SAMS);
});

const push = (after: string, before = NONE, branch = 'main') => ({ ref: `refs/heads/${branch}`, before, after, deleted: false });
const dispatch = { action: 'go', client_payload: {} };
const started = () => desk.register.records.map(({ record, known }) => [record.initiator, known?.authentication]);
const further = () => desk.register.starters.map(({ on, person, known }) => [on, person, known.authentication]);
const calls = () => desk.engine.changes.map(({ method, message }) => [method, message]);

describe('a release on GitHub', () => {
  it('whose tag was moved since proves nobody: whoever moved it does not become its author', async () => {
    github.push('topic', B, [], SAMS);
    github.refs.set('tags/v1', B);
    github.releases.set(1, { tag: 'v1', isDraft: false, isPrerelease: false });
    await desk.deliver('release', { action: 'published', release: { id: 1, tag_name: 'v1', draft: false }, sender: RITA });
    expect(started()).toEqual([['rita', 'GitHub account 7 (rita-codes), as the delivery alone says']]);
    expect(calls()).toEqual([['start', { reach: ['staging'] }]]);
  });
});

describe('a release that is there already', () => {
  it('has whoever is proved to have pushed it as a starter too, though a forged dispatch was told first', async () => {
    await desk.deliver('repository_dispatch', { ...dispatch, sender: RITA });
    expect(await desk.deliver('push', { ...push(A), sender: RITA })).toMatchObject({
      detail: 'release 1 of shop, which was there already',
    });
    expect(started()).toEqual([['rita', 'GitHub account 7 (rita-codes), as the delivery alone says']]);
    expect(further()).toEqual([['shop#1', 'sam', 'GitHub account 8 (sam)']]);
    expect(calls().at(-1)).toEqual(['startedToo', { person: 'sam', environments: ['staging'] }]);
  });

  it('has whom a delivery names alone as a starter too, who takes nothing from how far it goes by others', async () => {
    github.push('main', B, [], RITAS);
    await desk.deliver('push', push(B, A));
    await desk.deliver('repository_dispatch', { ...dispatch, sender: SAM });
    expect(started()).toEqual([['rita', 'GitHub account 7 (rita-codes)']]);
    expect(further()).toEqual([['shop#1', 'sam', 'GitHub account 8 (sam), as the delivery alone says']]);
    expect(calls()).toEqual([
      ['start', undefined],
      ['start', { reach: ['staging'] }],
      ['startedToo', { person: 'sam' }],
    ]);
  });

  it.each([
    ['the push of a tag', 'push', { ref: 'refs/tags/v1', before: NONE, after: A, deleted: false }],
    ['a release on GitHub', 'release', { action: 'published', release: { id: 1, tag_name: 'v1', draft: false } }],
  ])('has as a starter whom the App’s hook names, though %s was told before in somebody else’s name', async (_what, event, told) => {
    github.refs.set('tags/v1', A);
    github.releases.set(1, { tag: 'v1', isDraft: false, isPrerelease: false });
    await desk.deliver(event, { ...told, sender: RITA });
    const real = () => desk.deliver(event, { ...told, sender: SAM }, BY_APP);
    expect(await real()).toMatchObject({ state: 'done', detail: 'release 1 of shop, which was there already' });
    expect(further()).toEqual([['shop#1', 'sam', 'GitHub account 8 (sam)']]);
    expect(calls().at(-1)).toEqual(['startedToo', { person: 'sam', environments: ['staging'] }]);
    for (const again of [real, () => desk.deliver(event, { ...told, sender: { id: 9, login: 'olga', type: 'User' } })])
      expect(await again()).toMatchObject({ state: 'ignored', detail: 'delivery 2 was of the same' });
    expect(further()).toHaveLength(1);
  });

  it('has in the ledger who a delivery alone named, and that it was proved later', async () => {
    await desk.deliver('push', push(A));
    await desk.deliver('repository_dispatch', { ...dispatch, sender: RITA });
    for (const on of [BY_APP, BY_APP, {}]) await desk.deliver('repository_dispatch', { ...dispatch, sender: RITA }, on);
    expect(further()).toEqual([
      ['shop#1', 'rita', 'GitHub account 7 (rita-codes), as the delivery alone says'],
      ['shop#1', 'rita', 'GitHub account 7 (rita-codes)'],
    ]);
  });

  it('is told of nobody who can vote nowhere: the ledger alone knows them, however many are made up', async () => {
    await desk.deliver('push', push(A));
    const before = calls().length;
    for (const id of [901, 902]) {
      await desk.deliver('repository_dispatch', { ...dispatch, sender: { id, login: `made-up-${id}`, type: 'User' } });
      await desk.deliver('repository_dispatch', { ...dispatch, sender: { id, login: `bot-${id}`, type: 'Bot' } }, BY_APP);
    }
    expect(further().map(([on, person]) => [on, person])).toEqual(
      ['made-up-901', 'bot-901', 'made-up-902', 'bot-902'].map((login) => ['shop#1', `github/${login}`]),
    );
    expect(
      calls()
        .slice(before)
        .filter(([method]) => method === 'startedToo'),
    ).toEqual([]);
  });

  it('has nobody more where the same person is told again', async () => {
    await desk.deliver('push', push(A));
    desk.handled.clear();
    await desk.deliver('push', push(A));
    expect(further()).toEqual([]);
    expect(calls().at(-1)).toEqual(['startedToo', { person: 'sam', environments: ['staging'] }]);
  });

  it('is not begun, nor told, before it is written down who set it off as well', async () => {
    await desk.deliver('repository_dispatch', { ...dispatch, sender: RITA });
    desk.register.addStarter = async () => Promise.reject(new Error('the ledger is away'));
    await expect(desk.deliver('push', push(A))).rejects.toThrow('the ledger is away');
    expect(calls()).toHaveLength(1);
  });
});

describe('a branch that somebody set back to what another had pushed', () => {
  const RITA_FIRST = { before: NONE, after: A, actor: RITAS };
  const SAM_BACK = { before: B, after: A, actor: SAMS };

  it('is not taken for the older push while GitHub’s record can lag behind', async () => {
    github.activity?.set('main', [RITA_FIRST]);
    desk.receivedAt = new Date().toISOString();
    expect(await desk.deliver('push', push(A, B))).toMatchObject({ state: 'later', detail: expect.stringContaining('who pushed') });
    expect(await desk.deliver('push', push(A, C))).toMatchObject({ state: 'later' });
    expect(started()).toEqual([]);
    github.activity?.set('main', [SAM_BACK, RITA_FIRST]);
    expect(await desk.deliver('push', push(A, B))).toMatchObject({ state: 'done' });
    expect([started(), further()]).toEqual([[['sam', 'GitHub account 8 (sam)']], [['shop#1', 'rita', 'GitHub account 7 (rita-codes)']]]);
    expect(calls()).toEqual([['start', { reach: ['staging'] }]]);
  });

  it('has everybody as a starter who ever brought it there, whichever push the delivery names', async () => {
    github.activity?.set('main', [SAM_BACK, { before: A, after: B, actor: SAMS }, RITA_FIRST]);
    await desk.deliver('push', push(A, NONE));
    expect([started(), further()]).toEqual([[['rita', 'GitHub account 7 (rita-codes)']], [['shop#1', 'sam', 'GitHub account 8 (sam)']]]);
    expect(calls()).toEqual([['start', { reach: ['staging'] }]]);
  });

  it('that was made anew waits for the record of that, too', async () => {
    github.activity?.set('main', [SAM_BACK]);
    desk.receivedAt = new Date().toISOString();
    expect(await desk.deliver('create', { ref: 'main', ref_type: 'branch' })).toMatchObject({ state: 'later' });
    github.activity?.set('main', [{ ...RITA_FIRST, actor: SAMS }, SAM_BACK]);
    expect(await desk.deliver('create', { ref: 'main', ref_type: 'branch' })).toMatchObject({ state: 'done' });
    expect([started(), further()]).toEqual([[['sam', 'GitHub account 8 (sam)']], []]);
  });
});

describe('what the App’s hook tells of checks and workflows', () => {
  const BOT = { id: 99, login: 'ci[bot]', type: 'Bot' };

  beforeEach(() => {
    const [shop] = desk.applications;
    if (shop !== undefined)
      desk.applications = [{ ...shop, triggers: [...shop.triggers, { on: 'check_suite', conclusions: ['success'] }] }];
    github.suites.set(5, { conclusion: 'success', branch: 'main', commit: A, app: 'ci', repository: 101 });
  });

  it.each([
    ['a robot', BOT, 'github/ci[bot]'],
    ['somebody else', RITA, 'rita'],
  ])('was set off by who pushed as well, though %s had the checks run', async (_who, sender, first) => {
    await desk.deliver('check_suite', { action: 'completed', check_suite: { id: 5 }, sender }, BY_APP);
    expect(started().map(([person]) => person)).toEqual([first]);
    expect(further()).toEqual([['shop#1', 'sam', 'GitHub account 8 (sam)']]);
    expect(calls()).toEqual([['start', { reach: ['staging'] }]]);
  });

  it('is proved by the App also where GitHub does not know, or not yet, who pushed', async () => {
    desk.receivedAt = new Date().toISOString();
    github.activity?.clear();
    expect(await desk.deliver('push', { ...push(A), sender: RITA }, BY_APP)).toMatchObject({ state: 'done' });
    expect([started(), further()]).toEqual([[['rita', 'GitHub account 7 (rita-codes)']], []]);
    expect(calls()).toEqual([['start', undefined]]);
  });
});

describe('a workflow that somebody has run again', () => {
  const run = { name: 'CI', event: 'push', conclusion: 'success', branch: 'main', commit: A, headRepository: 101 };
  const told = { action: 'completed', workflow_run: { id: 1, run_attempt: 2 }, sender: RITA };

  it('was set off by who pushed, by who ran it and by who had it run again: all are starters, and it goes no further than each may', async () => {
    desk.people.set(9, 'olga');
    github.runs.set(1, { ...run, actors: [{ id: 9, login: 'olga', isPerson: true }, RITAS] });
    expect(await desk.deliver('workflow_run', told)).toMatchObject({ state: 'done' });
    expect(started()).toEqual([['sam', 'GitHub account 8 (sam)']]);
    expect(further().map(([, person]) => person)).toEqual(['olga', 'rita']);
    expect(calls()).toEqual([['start', { reach: [] }]]);
  });

  it('goes only where nobody asks who started it while nobody can tell who pushed', async () => {
    github.activity = undefined;
    github.runs.set(1, { ...run, actors: [RITAS] });
    await desk.deliver('workflow_run', told);
    expect(started()).toEqual([['rita', 'GitHub account 7 (rita-codes), as the delivery alone says']]);
    expect(calls()).toEqual([['start', { reach: ['staging'] }]]);
  });
});
