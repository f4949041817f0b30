import { beforeEach, describe, expect, it } from '@jest/globals';
import { Refused, TemporalUnavailable } from '../../temporal/errors.ts';
import { PASSED, shopStatus } from '../support/shop.ts';
import { CommentDesk, PLAN, RITAS, RULES, SEEN } from './comment-desk.ts';
import { APP, BY_APP } from './github-desk.ts';

let desk: CommentDesk;

beforeEach(() => {
  desk = new CommentDesk();
});

describe('a command in a comment', () => {
  it('approves exactly the plan that it names, as the person whose account wrote it, and is answered', async () => {
    expect(await desk.comment(`/approve shop#1 production ${SEEN} looks good`)).toMatchObject({ state: 'done' });
    expect(desk.engine.changes).toMatchObject([
      {
        method: 'vote',
        on: 'shop#1',
        message: {
          stage: 'production',
          decision: 'approve',
          person: 'rita',
          groups: ['releases'],
          planHash: PLAN,
          policyRevision: RULES,
          comment: 'looks good',
          known: { authentication: 'GitHub account 7 (rita-codes), comment 100', requestId: 'd1' },
        },
      },
    ]);
    expect(desk.github.reactions).toEqual([{ comment: 100, reaction: '+1' }]);
    expect(desk.github.replied).toMatchObject([
      { issue: 5, body: expect.stringContaining('@rita-codes Approved production of shop#1 for rita') },
    ]);
  });

  it('for another plan than the one that waits is refused, and told what waits', async () => {
    await desk.comment('/approve 1 production another-plan');
    expect(desk.engine.changes).toEqual([]);
    expect(desk.github.reactions).toMatchObject([{ reaction: 'confused' }]);
    expect(desk.github.replied[0]?.body).toContain('The plan of production is another one now');
  });

  it('for other rules than those that were seen, or for none, is refused: they may ask for more by now', async () => {
    await desk.comment('/approve 1 production 3f9a2c1b77aa');
    await desk.comment('/approve 1 production 3f9a2c1b77aa.000000000000');
    desk.stands({ ...desk.waiting, policyRevision: `${RULES}+sha256:${'2'.repeat(64)}` });
    await desk.comment(`/approve 1 production ${SEEN}`);
    expect(desk.engine.changes).toEqual([]);
    expect(desk.github.replied.map(({ body }) => body)).toEqual([
      ...Array(2).fill(expect.stringContaining(`others now, or are not named; look at it again, then write /approve with ${SEEN}`)),
      expect.stringContaining(`write /approve with ${SEEN}+222222222222`),
    ]);
    await desk.comment(`/approve 1 production ${SEEN}+222222222222`);
    expect(desk.engine.changes).toHaveLength(1);
  });

  it('that says no counts by whatever rules, and for its plan alone', async () => {
    await desk.comment('/reject 1 production 3f9a2c1b77aa not today');
    await desk.comment(`/reject 1 production 4444444444.5e6f7a8b9c0d`);
    expect(desk.engine.changes).toMatchObject([{ message: { decision: 'reject', planHash: PLAN, comment: 'not today' } }]);
    expect(desk.engine.changes[0]?.message).not.toHaveProperty('policyRevision');
  });

  it('goes on with the very vote that was begun by a server that died before it kept the answer, though nothing waits any more', async () => {
    desk.engine.onChange = () => {
      desk.stands(PASSED);
      throw new Error('killed');
    };
    await expect(desk.comment(`/approve 1 production ${SEEN}`, {}, 100)).rejects.toThrow('killed');
    desk.engine.onChange = () => undefined;
    await desk.comment(`/approve 1 production ${SEEN}`, {}, 100);
    const [first, second, ...more] = desk.engine.changes;
    expect([second?.message, second?.requestId, more]).toEqual([first?.message, first?.requestId, []]);
    expect(desk.github.reactions).toEqual([{ comment: 100, reaction: '+1' }]);
    expect(desk.github.replied).toMatchObject([{ body: expect.stringContaining('Approved production of shop#1 for rita') }]);
  });

  it('that was begun and is taken up too late does nothing more, and says that it may have had its effect', async () => {
    desk.engine.onChange = () => {
      throw new Error('killed');
    };
    await expect(desk.comment('/rollback production it fails', {}, 100)).rejects.toThrow('killed');
    desk.engine.onChange = () => undefined;
    const [place = '', kept = ''] = [...desk.heads].find(([name]) => name.startsWith('answer/')) ?? [];
    desk.heads.set(place, kept.replace(/"at":\d+/, `"at":${Date.now() - 16 * 60_000}`));
    await desk.comment('/rollback production it fails', {}, 100);
    expect(desk.engine.changes).toHaveLength(1);
    expect(desk.github.replied).toMatchObject([{ body: expect.stringContaining('whether it had an effect') }]);
  });

  it('is done and answered once, though it is told twice or its server died before it was settled', async () => {
    await desk.comment(`/approve 1 production ${SEEN}`, {}, 100);
    expect(await desk.comment(`/approve 1 production ${SEEN}`, {}, 100)).toMatchObject({ state: 'ignored' });
    desk.handled.clear();
    await desk.comment(`/approve 1 production ${SEEN}`, {}, 100);
    expect(new Set(desk.engine.changes.map(({ requestId }) => requestId)).size).toBe(1);
    expect(desk.github.replied).toHaveLength(1);
  });

  it.each([
    ['edited', { isEdited: true }],
    ['by a bot', { author: { ...RITAS, isPerson: false } }],
    ['by an app in her name', { isByApp: true }],
    ['by somebody who is nobody here, whatever they call themselves', { author: { id: 666, login: 'rita-codes', isPerson: true } }],
    ['by nobody any more', { author: undefined }],
    ['something else by now', { body: 'never mind' }],
  ])('counts for nothing where the comment is %s', async (_what, changes) => {
    expect(await desk.comment(`/approve 1 production ${SEEN}`, changes)).toMatchObject({ state: 'ignored' });
    expect([desk.engine.changes, desk.github.replied, desk.github.reactions]).toEqual([[], [], []]);
  });

  it('counts for nothing where it was edited into one, or deleted', async () => {
    const told = {
      issue: { number: 5 },
      comment: { id: 100, body: `/approve 1 production ${SEEN}`, user: { id: 7, login: 'rita-codes' } },
    };
    for (const action of ['edited', 'deleted'])
      expect(await desk.deliver('issue_comment', { action, ...told })).toMatchObject({ state: 'ignored' });
    expect(await desk.deliver('issue_comment', { action: 'created', ...told })).toEqual({
      state: 'ignored',
      detail: 'the comment is gone',
    });
    expect(desk.engine.changes).toEqual([]);
  });

  it('needs the right that the API would ask for', async () => {
    desk.roles = [
      { role: 'viewer', people: ['rita'], groups: [] },
      { role: 'developer', people: ['rita'], groups: [], environments: ['staging'] },
    ];
    for (const body of [`/approve 1 production ${SEEN}`, '/promote 1 production', '/rollback production it fails'])
      await desk.comment(body);
    expect(desk.engine.changes).toEqual([]);
    expect(desk.github.replied.map(({ body }) => body).every((body) => body.includes('rita may not do this'))).toBe(true);
    await desk.comment('/rollback staging it fails');
    expect(desk.engine.changes).toMatchObject([{ method: 'rollback', on: 'shop/staging' }]);
    await desk.comment('/promote 1 staging');
    expect(desk.engine.changes[1]).toMatchObject({ method: 'promote', message: { stage: 'staging', reach: ['staging'] } });
  });

  it('tells somebody without any right here neither which releases nor which stages there are', async () => {
    desk.roles = [{ role: 'developer', people: ['rita'], groups: [], applications: ['kiosk'] }];
    for (const body of [
      ...[1, 99].flatMap((release) => [`/approve ${release} production ${SEEN}`, `/reject ${release} moon ${SEEN}`]),
      ...[1, 99].flatMap((release) => [`/promote ${release} production`, `/promote ${release} moon`, `/explain ${release} moon`]),
      '/rollback moon it fails',
    ])
      await desk.comment(body);
    expect(desk.engine.changes).toEqual([]);
    const refused = desk.github.replied.map(({ body }) => /rita may not do this/.test(body));
    expect(refused).toEqual(Array(11).fill(true));
  });

  it('promotes, rolls back and explains', async () => {
    await desk.comment('/promote 1 production again');
    await desk.comment('/rollback production to 1 checkout fails');
    await desk.comment('/explain 1 production');
    expect(desk.engine.changes).toMatchObject([
      { method: 'promote', message: { stage: 'production', person: 'rita', reason: 'again' } },
      { method: 'rollback', on: 'shop/production', message: { to: 1, reason: 'checkout fails', person: 'rita' } },
    ]);
    expect(desk.github.replied[2]?.body).toContain(`/approve shop#1 production ${SEEN}`);
  });

  it('speaks of no application but those of its repository', async () => {
    await desk.comment('/explain kiosk#1');
    await desk.comment('/rollback kiosk production it fails');
    expect(desk.github.replied[0]?.body).toContain('this repository is of shop');
    expect(desk.engine.changes).toEqual([]);
  });

  it('does nothing once it is old, however it comes in, and its writer is told to write it again', async () => {
    const old = { createdAt: new Date(Date.now() - 16 * 60_000).toISOString() };
    for (const body of [`/approve 1 production ${SEEN}`, '/promote 1 production', '/rollback production it fails'])
      await desk.comment(body, old);
    expect(desk.engine.changes).toEqual([]);
    expect(desk.github.replied.map(({ body }) => body)).toEqual(Array(3).fill(expect.stringContaining('write it again')));
    await desk.comment('/explain 1', old);
    expect(desk.github.replied[3]?.body).toContain('How shop#1 stands');
  });

  it('that counted is answered as it counted, though telling failed and the stage no longer waits', async () => {
    desk.github.reactionFailure = Object.assign(new Error('502'), { name: 'GitHubUnavailable' });
    await expect(desk.comment(`/approve 1 production ${SEEN}`, {}, 100)).rejects.toThrow('502');
    desk.engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED }));
    desk.github.reactionFailure = undefined;
    await desk.comment(`/approve 1 production ${SEEN}`, {}, 100);
    expect([desk.github.reactions, desk.engine.changes.length]).toEqual([[{ comment: 100, reaction: '+1' }], 1]);
    expect(desk.github.replied[0]?.body).toContain('Approved production of shop#1');
  });

  it('is done where GitHub refuses to tell of it', async () => {
    desk.github.reactionFailure = Object.assign(new Error('403'), { name: 'GitHubRefused' });
    expect(await desk.comment(`/approve 1 production ${SEEN}`)).toMatchObject({
      state: 'done',
      detail: expect.stringContaining('Nobody was told: 403'),
    });
    expect(desk.engine.changes).toHaveLength(1);
  });

  it('is told what the workflow says no to, and how it is written', async () => {
    desk.engine.refusal = new Refused('rita started the release: the rule excludes whoever did');
    await desk.comment(`/approve 1 production ${SEEN}`);
    await desk.comment('/approve production');
    expect(desk.github.replied.map(({ body }) => body)).toEqual([
      expect.stringContaining('rita started the release'),
      expect.stringContaining('/approve RELEASE STAGE SEEN'),
    ]);
  });

  it('waits while Temporal does not answer, and nobody is told of anything meanwhile', async () => {
    desk.engine.refusal = new TemporalUnavailable('127.0.0.1:7233');
    await expect(desk.comment(`/approve 1 production ${SEEN}`)).rejects.toThrow(TemporalUnavailable);
    expect([desk.github.replied, desk.github.reactions]).toEqual([[], []]);
  });
});

describe('the button of a check run', () => {
  const about = `shop/1/production/${PLAN}.${RULES}`;
  const pressed = { action: 'requested_action', requested_action: { identifier: 'approve' }, check_run: { id: 3, external_id: about } };
  beforeEach(() => {
    desk.github.checkRuns.set(3, { externalId: about, app: APP });
  });

  it.each(['approve', 'reject'] as const)('says %s to what the check run is about, for the account that pressed it', async (verb) => {
    const told = { ...pressed, requested_action: { identifier: verb } };
    expect(await desk.deliver('check_run', told, BY_APP)).toMatchObject({ state: 'done' });
    expect(desk.engine.changes).toMatchObject([{ method: 'vote', message: { person: 'rita', decision: verb, planHash: PLAN } }]);
    await desk.deliver('check_run', { ...told, sender: { id: 666, login: 'rita-codes' } }, BY_APP);
    desk.github.checkRuns.set(3, { externalId: `shop/1/production/sha256:another.${RULES}`, app: APP });
    await desk.deliver('check_run', told, BY_APP);
    expect(desk.engine.changes).toHaveLength(1);
  });

  it('counts for nothing where whoever knows the secret of a repository says that it was pressed', async () => {
    expect(await desk.deliver('check_run', pressed)).toEqual({
      state: 'ignored',
      detail: `a button counts only where github.app.webhookSecret proves it; write as a comment: /approve shop#1 production ${SEEN}`,
    });
    expect(desk.engine.changes).toEqual([]);
  });

  it('counts when it is pressed again after a press that had no effect, and what had one is told once', async () => {
    desk.people.clear();
    expect(await desk.deliver('check_run', pressed, BY_APP)).toMatchObject({ state: 'ignored', isRepeatable: true });
    desk.people.set(7, 'rita');
    desk.roles = [{ role: 'viewer', people: ['rita'], groups: [] }];
    expect(await desk.deliver('check_run', pressed, BY_APP)).toMatchObject({ state: 'done', isRepeatable: true });
    expect(desk.engine.changes).toEqual([]);
    desk.roles = [];
    expect(await desk.deliver('check_run', pressed, BY_APP)).toEqual({ state: 'done', detail: expect.stringContaining('rita: Approved') });
    expect(desk.engine.changes).toMatchObject([{ method: 'vote', message: { person: 'rita' } }]);
  });

  it('of another App is none of ours, whatever it says that it is about', async () => {
    desk.github.checkRuns.set(3, { externalId: about, app: 666 });
    expect(await desk.deliver('check_run', pressed, BY_APP)).toMatchObject({ state: 'ignored' });
    expect(desk.engine.changes).toEqual([]);
  });
});
