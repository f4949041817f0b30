import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { Refused, TemporalUnavailable } from '../../temporal/errors.ts';
import type { FakeReleaseEngine } from '../support/fake-release-engine.ts';
import { PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import type { FakeGitHub } from './fake-github.ts';
import { APP, GitHubDesk } from './github-desk.ts';

const PLAN = 'plan-of-production-1';
const RITA = { id: 7, login: 'rita-codes', isPerson: true };

let desk: GitHubDesk;
let github: FakeGitHub;
let engine: FakeReleaseEngine;

beforeEach(() => {
  desk = new GitHubDesk();
  ({ github, engine } = desk);
  desk.register.put(shopRecord(1));
  const waiting = { ...WAITING, plan: { ...(WAITING.kind === 'waiting' ? WAITING.plan : {}), hash: PLAN } } as typeof WAITING;
  engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: waiting }));
});

/** Somebody comments; what GitHub says of the comment afterwards can be something else. */
async function comment(
  body: string,
  changes: Partial<Parameters<typeof github.comments.set>[1]> = {},
  id = desk.count + 100,
): Promise<Settlement> {
  github.comments.set(id, { body, author: RITA, isEdited: false, isByApp: false, createdAt: new Date().toISOString(), ...changes });
  return deliver('issue_comment', {
    action: 'created',
    issue: { number: 5 },
    comment: { id, body, user: { id: 7, login: 'rita-codes', type: 'User' } },
  });
}

function deliver(event: string, payload: object, source = 'github'): Promise<Settlement> {
  return desk.deliver(event, payload, { source });
}

describe('a command in a comment', () => {
  it('approves exactly the plan that it names, as the person whose account wrote it, and is answered', async () => {
    expect(await comment(`/approve shop#1 production ${PLAN.slice(0, 12)} looks good`)).toMatchObject({ state: 'done' });
    expect(engine.changes).toMatchObject([
      {
        method: 'vote',
        on: 'shop#1',
        message: {
          stage: 'production',
          decision: 'approve',
          person: 'rita',
          groups: ['releases'],
          planHash: PLAN,
          comment: 'looks good',
          known: { authentication: 'GitHub account 7 (rita-codes), comment 100', requestId: 'd1' },
        },
      },
    ]);
    expect(github.reactions).toEqual([{ comment: 100, reaction: '+1' }]);
    expect(github.replied).toMatchObject([
      { issue: 5, body: expect.stringContaining('@rita-codes Approved production of shop#1 for rita') },
    ]);
  });

  it('for another plan than the one that waits is refused, and told what waits', async () => {
    await comment('/approve 1 production another-plan');
    expect(engine.changes).toEqual([]);
    expect(github.reactions).toMatchObject([{ reaction: 'confused' }]);
    expect(github.replied[0]?.body).toContain('The plan of production is another one now');
  });

  it('is done and answered once, though it is told twice or its server died before it was settled', async () => {
    await comment(`/approve 1 production ${PLAN}`, {}, 100);
    expect(await comment(`/approve 1 production ${PLAN}`, {}, 100)).toMatchObject({ state: 'ignored' });
    desk.handled.clear();
    await comment(`/approve 1 production ${PLAN}`, {}, 100);
    expect(new Set(engine.changes.map(({ requestId }) => requestId)).size).toBe(1);
    expect(github.replied).toHaveLength(1);
  });

  it.each([
    ['edited', { isEdited: true }],
    ['by a bot', { author: { ...RITA, isPerson: false } }],
    ['by an app in her name', { isByApp: true }],
    ['by somebody who is nobody here, whatever they call themselves', { author: { id: 666, login: 'rita-codes', isPerson: true } }],
    ['by nobody any more', { author: undefined }],
    ['something else by now', { body: 'never mind' }],
  ])('counts for nothing where the comment is %s', async (_what, changes) => {
    expect(await comment(`/approve 1 production ${PLAN}`, changes)).toMatchObject({ state: 'ignored' });
    expect([engine.changes, github.replied, github.reactions]).toEqual([[], [], []]);
  });

  it('counts for nothing where it was edited into one, or deleted', async () => {
    const told = {
      issue: { number: 5 },
      comment: { id: 100, body: `/approve 1 production ${PLAN}`, user: { id: 7, login: 'rita-codes' } },
    };
    for (const action of ['edited', 'deleted'])
      expect(await deliver('issue_comment', { action, ...told })).toMatchObject({ state: 'ignored' });
    expect(await deliver('issue_comment', { action: 'created', ...told })).toEqual({ state: 'ignored', detail: 'the comment is gone' });
    expect(engine.changes).toEqual([]);
  });

  it('needs the right that the API would ask for', async () => {
    desk.roles = [
      { role: 'viewer', people: ['rita'], groups: [] },
      { role: 'developer', people: ['rita'], groups: [], environments: ['staging'] },
    ];
    for (const body of [`/approve 1 production ${PLAN}`, '/promote 1 production', '/rollback production it fails']) await comment(body);
    expect(engine.changes).toEqual([]);
    expect(github.replied.map(({ body }) => body).every((body) => body.includes('rita may not do this'))).toBe(true);
    await comment('/rollback staging it fails');
    expect(engine.changes).toMatchObject([{ method: 'rollback', on: 'shop/staging' }]);
    await comment('/promote 1 staging');
    expect(engine.changes[1]).toMatchObject({ method: 'promote', message: { stage: 'staging', reach: ['staging'] } });
  });

  it('promotes, rolls back and explains', async () => {
    await comment('/promote 1 production again');
    await comment('/rollback production to 1 checkout fails');
    await comment('/explain 1 production');
    expect(engine.changes).toMatchObject([
      { method: 'promote', message: { stage: 'production', person: 'rita', reason: 'again' } },
      { method: 'rollback', on: 'shop/production', message: { to: 1, reason: 'checkout fails', person: 'rita' } },
    ]);
    expect(github.replied[2]?.body).toContain(`/approve shop#1 production ${PLAN.slice(0, 12)}`);
  });

  it('speaks of no application but those of its repository', async () => {
    await comment('/explain kiosk#1');
    await comment('/rollback kiosk production it fails');
    expect(github.replied[0]?.body).toContain('this repository is of shop');
    expect(engine.changes).toEqual([]);
  });

  it('does nothing once it is old, however it comes in, and its writer is told to write it again', async () => {
    const old = { createdAt: new Date(Date.now() - 16 * 60_000).toISOString() };
    for (const body of [`/approve 1 production ${PLAN}`, '/promote 1 production', '/rollback production it fails'])
      await comment(body, old);
    expect(engine.changes).toEqual([]);
    expect(github.replied.map(({ body }) => body)).toEqual(Array(3).fill(expect.stringContaining('write it again')));
    await comment('/explain 1', old);
    expect(github.replied[3]?.body).toContain('How shop#1 stands');
  });

  it('that counted is answered as it counted, though telling failed and the stage no longer waits', async () => {
    github.reactionFailure = Object.assign(new Error('502'), { name: 'GitHubUnavailable' });
    await expect(comment(`/approve 1 production ${PLAN}`, {}, 100)).rejects.toThrow('502');
    engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED }));
    github.reactionFailure = undefined;
    await comment(`/approve 1 production ${PLAN}`, {}, 100);
    expect([github.reactions, engine.changes.length]).toEqual([[{ comment: 100, reaction: '+1' }], 1]);
    expect(github.replied[0]?.body).toContain('Approved production of shop#1');
  });

  it('is done where GitHub refuses to tell of it', async () => {
    github.reactionFailure = Object.assign(new Error('403'), { name: 'GitHubRefused' });
    expect(await comment(`/approve 1 production ${PLAN}`)).toMatchObject({
      state: 'done',
      detail: expect.stringContaining('Nobody was told: 403'),
    });
    expect(engine.changes).toHaveLength(1);
  });

  it('is told what the workflow says no to, and how it is written', async () => {
    engine.refusal = new Refused('rita started the release: the rule excludes whoever did');
    await comment(`/approve 1 production ${PLAN}`);
    await comment('/approve production');
    expect(github.replied.map(({ body }) => body)).toEqual([
      expect.stringContaining('rita started the release'),
      expect.stringContaining('/approve RELEASE STAGE PLAN'),
    ]);
  });

  it('waits while Temporal does not answer, and nobody is told of anything meanwhile', async () => {
    engine.refusal = new TemporalUnavailable('127.0.0.1:7233');
    await expect(comment(`/approve 1 production ${PLAN}`)).rejects.toThrow(TemporalUnavailable);
    expect([github.replied, github.reactions]).toEqual([[], []]);
  });
});

describe('the button of a check run', () => {
  const about = `shop/1/production/${PLAN}`;
  const pressed = { action: 'requested_action', requested_action: { identifier: 'approve' }, check_run: { id: 3, external_id: about } };
  beforeEach(() => {
    github.checkRuns.set(3, { externalId: about, app: APP });
  });

  it.each(['approve', 'reject'] as const)('says %s to what the check run is about, for the account that pressed it', async (verb) => {
    const told = { ...pressed, requested_action: { identifier: verb } };
    expect(await deliver('check_run', told, 'github-app')).toMatchObject({ state: 'done' });
    expect(engine.changes).toMatchObject([{ method: 'vote', message: { person: 'rita', decision: verb, planHash: PLAN } }]);
    await deliver('check_run', { ...told, sender: { id: 666, login: 'rita-codes' } }, 'github-app');
    github.checkRuns.set(3, { externalId: 'shop/1/production/another-plan', app: APP });
    await deliver('check_run', told, 'github-app');
    expect(engine.changes).toHaveLength(1);
  });

  it('counts for nothing where whoever knows the secret of a repository says that it was pressed', async () => {
    expect(await deliver('check_run', pressed)).toEqual({
      state: 'ignored',
      detail: `a button counts only where github.app.webhookSecret proves it; write as a comment: /approve shop#1 production ${PLAN.slice(0, 12)}`,
    });
    expect(engine.changes).toEqual([]);
  });

  it('of another App is none of ours, whatever it says that it is about', async () => {
    github.checkRuns.set(3, { externalId: about, app: 666 });
    expect(await deliver('check_run', pressed, 'github-app')).toMatchObject({ state: 'ignored' });
    expect(engine.changes).toEqual([]);
  });
});
