import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { StageState } from '../../domain/release.ts';
import { Refused, TemporalUnavailable } from '../../temporal/errors.ts';
import type { FakeReleaseEngine } from '../support/fake-release-engine.ts';
import { PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import type { FakeGitHub } from './fake-github.ts';
import { APP, GitHubDesk } from './github-desk.ts';

const PLAN = `sha256:3f9a2c1b77aa${'0'.repeat(52)}`;
const RULES = `sha256:5e6f7a8b9c0d${'1'.repeat(52)}`;
/** As people copy it. */
const SEEN = '3f9a2c1b77aa.5e6f7a8b9c0d';
const RITA = { id: 7, login: 'rita-codes', isPerson: true };

let desk: GitHubDesk;
let github: FakeGitHub;
let engine: FakeReleaseEngine;
let waiting: Extract<StageState, { kind: 'waiting' }>;

beforeEach(() => {
  desk = new GitHubDesk();
  ({ github, engine } = desk);
  desk.register.put(shopRecord(1));
  waiting = {
    ...WAITING,
    plan: { ...(WAITING.kind === 'waiting' ? WAITING.plan : {}), hash: PLAN },
    policyRevision: RULES,
  } as typeof waiting;
  stands(waiting);
});

function stands(production: StageState): void {
  engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production }));
}

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
    expect(await comment(`/approve shop#1 production ${SEEN} looks good`)).toMatchObject({ state: 'done' });
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
          policyRevision: RULES,
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

  it('for other rules than those that were seen, or for none, is refused: they may ask for more by now', async () => {
    await comment('/approve 1 production 3f9a2c1b77aa');
    await comment('/approve 1 production 3f9a2c1b77aa.000000000000');
    stands({ ...waiting, policyRevision: `${RULES}+sha256:${'2'.repeat(64)}` });
    await comment(`/approve 1 production ${SEEN}`);
    expect(engine.changes).toEqual([]);
    expect(github.replied.map(({ body }) => body)).toEqual([
      ...Array(2).fill(expect.stringContaining(`others now, or are not named; look at it again, then write /approve with ${SEEN}`)),
      expect.stringContaining(`write /approve with ${SEEN}+222222222222`),
    ]);
    await comment(`/approve 1 production ${SEEN}+222222222222`);
    expect(engine.changes).toHaveLength(1);
  });

  it('that says no counts by whatever rules, and for its plan alone', async () => {
    await comment('/reject 1 production 3f9a2c1b77aa not today');
    await comment(`/reject 1 production 4444444444.5e6f7a8b9c0d`);
    expect(engine.changes).toMatchObject([{ message: { decision: 'reject', planHash: PLAN, comment: 'not today' } }]);
    expect(engine.changes[0]?.message).not.toHaveProperty('policyRevision');
  });

  it('goes on with the very vote that was begun by a server that died before it kept the answer, though nothing waits any more', async () => {
    engine.onChange = () => {
      stands(PASSED);
      throw new Error('killed');
    };
    await expect(comment(`/approve 1 production ${SEEN}`, {}, 100)).rejects.toThrow('killed');
    engine.onChange = () => undefined;
    await comment(`/approve 1 production ${SEEN}`, {}, 100);
    const [first, second, ...more] = engine.changes;
    expect([second?.message, second?.requestId, more]).toEqual([first?.message, first?.requestId, []]);
    expect(github.reactions).toEqual([{ comment: 100, reaction: '+1' }]);
    expect(github.replied).toMatchObject([{ body: expect.stringContaining('Approved production of shop#1 for rita') }]);
  });

  it('that was begun and is taken up too late does nothing more, and says that it may have had its effect', async () => {
    engine.onChange = () => {
      throw new Error('killed');
    };
    await expect(comment('/rollback production it fails', {}, 100)).rejects.toThrow('killed');
    engine.onChange = () => undefined;
    const [place = '', kept = ''] = [...desk.heads].find(([name]) => name.startsWith('answer/')) ?? [];
    desk.heads.set(place, kept.replace(/"at":\d+/, `"at":${Date.now() - 16 * 60_000}`));
    await comment('/rollback production it fails', {}, 100);
    expect(engine.changes).toHaveLength(1);
    expect(github.replied).toMatchObject([{ body: expect.stringContaining('whether it had an effect') }]);
  });

  it('is done and answered once, though it is told twice or its server died before it was settled', async () => {
    await comment(`/approve 1 production ${SEEN}`, {}, 100);
    expect(await comment(`/approve 1 production ${SEEN}`, {}, 100)).toMatchObject({ state: 'ignored' });
    desk.handled.clear();
    await comment(`/approve 1 production ${SEEN}`, {}, 100);
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
    expect(await comment(`/approve 1 production ${SEEN}`, changes)).toMatchObject({ state: 'ignored' });
    expect([engine.changes, github.replied, github.reactions]).toEqual([[], [], []]);
  });

  it('counts for nothing where it was edited into one, or deleted', async () => {
    const told = {
      issue: { number: 5 },
      comment: { id: 100, body: `/approve 1 production ${SEEN}`, user: { id: 7, login: 'rita-codes' } },
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
    for (const body of [`/approve 1 production ${SEEN}`, '/promote 1 production', '/rollback production it fails']) await comment(body);
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
    expect(github.replied[2]?.body).toContain(`/approve shop#1 production ${SEEN}`);
  });

  it('speaks of no application but those of its repository', async () => {
    await comment('/explain kiosk#1');
    await comment('/rollback kiosk production it fails');
    expect(github.replied[0]?.body).toContain('this repository is of shop');
    expect(engine.changes).toEqual([]);
  });

  it('does nothing once it is old, however it comes in, and its writer is told to write it again', async () => {
    const old = { createdAt: new Date(Date.now() - 16 * 60_000).toISOString() };
    for (const body of [`/approve 1 production ${SEEN}`, '/promote 1 production', '/rollback production it fails'])
      await comment(body, old);
    expect(engine.changes).toEqual([]);
    expect(github.replied.map(({ body }) => body)).toEqual(Array(3).fill(expect.stringContaining('write it again')));
    await comment('/explain 1', old);
    expect(github.replied[3]?.body).toContain('How shop#1 stands');
  });

  it('that counted is answered as it counted, though telling failed and the stage no longer waits', async () => {
    github.reactionFailure = Object.assign(new Error('502'), { name: 'GitHubUnavailable' });
    await expect(comment(`/approve 1 production ${SEEN}`, {}, 100)).rejects.toThrow('502');
    engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED }));
    github.reactionFailure = undefined;
    await comment(`/approve 1 production ${SEEN}`, {}, 100);
    expect([github.reactions, engine.changes.length]).toEqual([[{ comment: 100, reaction: '+1' }], 1]);
    expect(github.replied[0]?.body).toContain('Approved production of shop#1');
  });

  it('is done where GitHub refuses to tell of it', async () => {
    github.reactionFailure = Object.assign(new Error('403'), { name: 'GitHubRefused' });
    expect(await comment(`/approve 1 production ${SEEN}`)).toMatchObject({
      state: 'done',
      detail: expect.stringContaining('Nobody was told: 403'),
    });
    expect(engine.changes).toHaveLength(1);
  });

  it('is told what the workflow says no to, and how it is written', async () => {
    engine.refusal = new Refused('rita started the release: the rule excludes whoever did');
    await comment(`/approve 1 production ${SEEN}`);
    await comment('/approve production');
    expect(github.replied.map(({ body }) => body)).toEqual([
      expect.stringContaining('rita started the release'),
      expect.stringContaining('/approve RELEASE STAGE SEEN'),
    ]);
  });

  it('waits while Temporal does not answer, and nobody is told of anything meanwhile', async () => {
    engine.refusal = new TemporalUnavailable('127.0.0.1:7233');
    await expect(comment(`/approve 1 production ${SEEN}`)).rejects.toThrow(TemporalUnavailable);
    expect([github.replied, github.reactions]).toEqual([[], []]);
  });
});

describe('a comment that is to deceive', () => {
  const nothing = () => expect([engine.changes, github.replied, github.reactions]).toEqual([[], [], []]);

  it.each([
    ['quoted', `> /approve 1 production ${SEEN}`],
    ['shown as code', `\`\`\`\n/approve 1 production ${SEEN}\n\`\`\``],
    ['shown as indented code', `\n    /approve 1 production ${SEEN}`],
    ['shown as code by a tab', `\t/approve 1 production ${SEEN}`],
    ['hidden in a remark', `<!-- note -->\n/approve 1 production ${SEEN}`],
    ['within a line', `see /approve 1 production ${SEEN}`],
    ['with a letter that nobody sees', `/appr\u200bove 1 production ${SEEN}`],
    ['behind a letter that nobody sees', `\u200b/approve 1 production ${SEEN}`],
    ['in letters that look alike', `/\u0430pprove 1 production ${SEEN}`],
  ])('is no command where it is %s', async (_how, body) => {
    expect(await comment(body)).toMatchObject({ state: 'ignored' });
    nothing();
  });

  it.each([
    ['a release', `/approve shop\u200b#1 production ${SEEN}`],
    ['a stage', `/approve 1 production\u200b ${SEEN}`],
    ['a plan', `/approve 1 production \u200b${SEEN}`],
  ])('names no other thing by letters that nobody sees: %s', async (_what, body) => {
    await comment(body);
    expect([engine.changes, github.reactions]).toMatchObject([[], [{ reaction: 'confused' }]]);
  });

  it('of several commands is refused whole: nobody could say what becomes of the second', async () => {
    await comment(`/approve 1 production ${SEEN}\n/rollback production it fails`);
    expect(engine.changes).toEqual([]);
    expect(github.replied).toMatchObject([{ body: expect.stringContaining('several commands') }]);
  });

  it('of the greatest length that GitHub takes keeps a reason that the ledger can bear, with every kind of end of a line', async () => {
    const long = `/approve 1 production ${SEEN} because\r\nof this\n${'x\r\n'.repeat(30_000)}`.slice(0, 65_536);
    await comment(long);
    const reason = (engine.changes[0]?.message as { readonly comment: string } | undefined)?.comment ?? '';
    expect(reason.startsWith('because\nof this\nx\nx')).toBe(true);
    expect([reason.length, reason.includes('\r')]).toEqual([2_000, false]);
    await comment('/'.repeat(65_536));
    expect(engine.changes).toHaveLength(1);
  });

  it('by an account whose login looks like another’s is nobody’s: its id counts', async () => {
    for (const login of ['rita-codes', 'Rita-Codes', 'rita-c0des', 'r\u0456ta-codes'])
      expect(await comment(`/approve 1 production ${SEEN}`, { author: { id: 70, login, isPerson: true } })).toMatchObject({
        state: 'ignored',
      });
    nothing();
  });

  it('makes nobody else be named in the reply', async () => {
    for (const body of ['/explain shop#1 @everyone', '/reject 1 production 3f9a2c1b77aa.@everyone', '/reject 1 @everyone 3f9a2c1b77aa'])
      await comment(body);
    expect(github.replied.map(({ body }) => body.match(/@\w/g))).toEqual([['@r'], ['@r'], ['@r']]);
  });
});

describe('a form that an approval asks for', () => {
  const form = {
    type: 'object',
    required: ['ticket'],
    properties: {
      ticket: { type: 'string', pattern: '^CHG-\\d+$', title: 'The change' },
      risk: { enum: ['low', 'high'] },
      minutes: { type: 'integer', minimum: 1 },
    },
    additionalProperties: false,
  };
  const gate = { kind: 'approval', name: 'change', open: false, reason: 'Waiting', openedBy: ['rita'] } as const;
  const input = () => (engine.changes.at(-1)?.message as { readonly input?: unknown } | undefined)?.input;
  beforeEach(() => stands({ ...waiting, gates: [{ ...gate, form }] }));

  it('is filled in by lines below the command, whose others are the reason', async () => {
    await comment(`/approve 1 production ${SEEN} fine\r\nticket: CHG-7\r\nrisk=low\r\nminutes: 30\r\nnote: looked at it`);
    expect(engine.changes).toMatchObject([{ message: { comment: 'fine\nnote: looked at it', policyRevision: RULES } }]);
    expect(input()).toEqual({ ticket: 'CHG-7', risk: 'low', minutes: 30 });
  });

  it('is filled in by a block of JSON', async () => {
    await comment(`/approve 1 production ${SEEN}\n\n\`\`\`json\n{ "ticket": "CHG-8", "minutes": 5 }\n\`\`\`\nfine`);
    expect([input(), engine.changes.length]).toEqual([{ ticket: 'CHG-8', minutes: 5 }, 1]);
  });

  it.each([
    ['ticket: 7', 'ticket must match pattern'],
    ['risk: low', "must have required property 'ticket'"],
    ['ticket: CHG-7\nminutes: soon', 'minutes must be integer'],
    ['ticket: CHG-7\nrisk: none', 'risk must be equal to one of the allowed values'],
    ['```\n{ "ticket": "CHG-7", "tickets": 1 }\n```', 'must NOT have additional properties'],
    ['ticket: CHG-7\nticket: CHG-8', 'ticket is there twice'],
    ['fine', 'has to tell ticket (required, string): The change; risk (one of low, high); minutes (integer)'],
  ])('that is not filled in well is refused, and the reply says what is wrong: %j', async (below, said) => {
    await comment(`/approve 1 production ${SEEN}\n${below}`);
    expect([engine.changes, github.reactions]).toMatchObject([[], [{ reaction: 'confused' }]]);
    expect(github.replied[0]?.body.replaceAll('\\', '')).toContain(said);
  });

  it('is not asked of a no, nor where another gate asks for nothing', async () => {
    await comment('/reject 1 production 3f9a2c1b77aa ticket: none');
    stands({ ...waiting, gates: [{ ...gate, form }, gate] });
    await comment(`/approve 1 production ${SEEN}`);
    expect(engine.changes.map(({ message }) => message)).toMatchObject([{ decision: 'reject' }, { decision: 'approve' }]);
    expect(input()).toBeUndefined();
  });

  it('is told of by /explain, with the line that fills it in', async () => {
    await comment('/explain 1 production');
    expect(github.replied[0]?.body).toContain(`/approve shop#1 production ${SEEN}\`, with a line \`NAME: …\` below it for each of:`);
    expect(github.replied[0]?.body).toContain('- ticket (required, string): The change\n');
  });

  it('is beyond what a button can tell, and the delivery says what to write', async () => {
    const about = `shop/1/production/${PLAN}.${RULES}`;
    github.checkRuns.set(3, { externalId: about, app: APP });
    const told = { action: 'requested_action', requested_action: { identifier: 'approve' }, check_run: { id: 3, external_id: about } };
    expect(await deliver('check_run', told, 'github-app')).toMatchObject({ detail: expect.stringContaining('has to tell ticket') });
    expect(engine.changes).toEqual([]);
  });
});

describe('the button of a check run', () => {
  const about = `shop/1/production/${PLAN}.${RULES}`;
  const pressed = { action: 'requested_action', requested_action: { identifier: 'approve' }, check_run: { id: 3, external_id: about } };
  beforeEach(() => {
    github.checkRuns.set(3, { externalId: about, app: APP });
  });

  it.each(['approve', 'reject'] as const)('says %s to what the check run is about, for the account that pressed it', async (verb) => {
    const told = { ...pressed, requested_action: { identifier: verb } };
    expect(await deliver('check_run', told, 'github-app')).toMatchObject({ state: 'done' });
    expect(engine.changes).toMatchObject([{ method: 'vote', message: { person: 'rita', decision: verb, planHash: PLAN } }]);
    await deliver('check_run', { ...told, sender: { id: 666, login: 'rita-codes' } }, 'github-app');
    github.checkRuns.set(3, { externalId: `shop/1/production/sha256:another.${RULES}`, app: APP });
    await deliver('check_run', told, 'github-app');
    expect(engine.changes).toHaveLength(1);
  });

  it('counts for nothing where whoever knows the secret of a repository says that it was pressed', async () => {
    expect(await deliver('check_run', pressed)).toEqual({
      state: 'ignored',
      detail: `a button counts only where github.app.webhookSecret proves it; write as a comment: /approve shop#1 production ${SEEN}`,
    });
    expect(engine.changes).toEqual([]);
  });

  it('of another App is none of ours, whatever it says that it is about', async () => {
    github.checkRuns.set(3, { externalId: about, app: 666 });
    expect(await deliver('check_run', pressed, 'github-app')).toMatchObject({ state: 'ignored' });
    expect(engine.changes).toEqual([]);
  });
});
