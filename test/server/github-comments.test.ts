import { beforeEach, describe, expect, it } from '@jest/globals';
import { CommentDesk, PLAN, RULES, SEEN } from './comment-desk.ts';
import { APP, BY_APP } from './github-desk.ts';

let desk: CommentDesk;

beforeEach(() => {
  desk = new CommentDesk();
});

describe('a comment that is to deceive', () => {
  const nothing = () => expect([desk.engine.changes, desk.github.replied, desk.github.reactions]).toEqual([[], [], []]);

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
    expect(await desk.comment(body)).toMatchObject({ state: 'ignored' });
    nothing();
  });

  it.each([
    ['a release', `/approve shop\u200b#1 production ${SEEN}`],
    ['a stage', `/approve 1 production\u200b ${SEEN}`],
    ['a plan', `/approve 1 production \u200b${SEEN}`],
  ])('names no other thing by letters that nobody sees: %s', async (_what, body) => {
    await desk.comment(body);
    expect([desk.engine.changes, desk.github.reactions]).toMatchObject([[], [{ reaction: 'confused' }]]);
  });

  it('counts for nothing where somebody has put another one in its place, though in the very second in which it was written', async () => {
    const written = await desk.comment('/explain 1', { body: `/approve 1 production ${SEEN}` });
    expect(written).toMatchObject({ state: 'ignored', detail: expect.stringContaining('was edited') });
    expect(await desk.comment(`/approve 1 production ${SEEN}`, { body: '/explain 1' })).toMatchObject({ state: 'ignored' });
    nothing();
  });

  it('of several commands is refused whole: nobody could say what becomes of the second', async () => {
    await desk.comment(`/approve 1 production ${SEEN}\n/rollback production it fails`);
    expect(desk.engine.changes).toEqual([]);
    expect(desk.github.replied).toMatchObject([{ body: expect.stringContaining('several commands') }]);
  });

  it('of the greatest length that GitHub takes keeps a reason that the ledger can bear, with every kind of end of a line', async () => {
    const long = `/approve 1 production ${SEEN} because\r\nof this\n${'x\r\n'.repeat(30_000)}`.slice(0, 65_536);
    await desk.comment(long);
    const reason = (desk.engine.changes[0]?.message as { readonly comment: string } | undefined)?.comment ?? '';
    expect(reason.startsWith('because\nof this\nx\nx')).toBe(true);
    expect([reason.length, reason.includes('\r')]).toEqual([2_000, false]);
    await desk.comment('/'.repeat(65_536));
    expect(desk.engine.changes).toHaveLength(1);
  });

  it('by an account whose login looks like another’s is nobody’s: its id counts', async () => {
    for (const login of ['rita-codes', 'Rita-Codes', 'rita-c0des', 'r\u0456ta-codes'])
      expect(await desk.comment(`/approve 1 production ${SEEN}`, { author: { id: 70, login, isPerson: true } })).toMatchObject({
        state: 'ignored',
      });
    nothing();
  });

  it('makes nobody else be named in the reply', async () => {
    for (const body of ['/explain shop#1 @everyone', '/reject 1 production 3f9a2c1b77aa.@everyone', '/reject 1 @everyone 3f9a2c1b77aa'])
      await desk.comment(body);
    expect(desk.github.replied.map(({ body }) => body.match(/@\w/g))).toEqual([['@r'], ['@r'], ['@r']]);
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
  const input = () => (desk.engine.changes.at(-1)?.message as { readonly input?: unknown } | undefined)?.input;
  beforeEach(() => desk.stands({ ...desk.waiting, gates: [{ ...gate, form }] }));

  it('is filled in by lines below the command, whose others are the reason', async () => {
    await desk.comment(`/approve 1 production ${SEEN} fine\r\nticket: CHG-7\r\nrisk=low\r\nminutes: 30\r\nnote: looked at it`);
    expect(desk.engine.changes).toMatchObject([{ message: { comment: 'fine\nnote: looked at it', policyRevision: RULES } }]);
    expect(input()).toEqual({ ticket: 'CHG-7', risk: 'low', minutes: 30 });
  });

  it('is filled in by a block of JSON', async () => {
    await desk.comment(`/approve 1 production ${SEEN}\n\n\`\`\`json\n{ "ticket": "CHG-8", "minutes": 5 }\n\`\`\`\nfine`);
    expect([input(), desk.engine.changes.length]).toEqual([{ ticket: 'CHG-8', minutes: 5 }, 1]);
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
    await desk.comment(`/approve 1 production ${SEEN}\n${below}`);
    expect([desk.engine.changes, desk.github.reactions]).toMatchObject([[], [{ reaction: 'confused' }]]);
    expect(desk.github.replied[0]?.body.replaceAll('\\', '')).toContain(said);
  });

  it('is not asked of a no, nor where another gate asks for nothing', async () => {
    await desk.comment('/reject 1 production 3f9a2c1b77aa ticket: none');
    desk.stands({ ...desk.waiting, gates: [{ ...gate, form }, gate] });
    await desk.comment(`/approve 1 production ${SEEN}`);
    expect(desk.engine.changes.map(({ message }) => message)).toMatchObject([{ decision: 'reject' }, { decision: 'approve' }]);
    expect(input()).toBeUndefined();
  });

  it('is told of by /explain, with the line that fills it in', async () => {
    await desk.comment('/explain 1 production');
    expect(desk.github.replied[0]?.body).toContain(`/approve shop#1 production ${SEEN}\`, with a line \`NAME: …\` below it for each of:`);
    expect(desk.github.replied[0]?.body).toContain('- ticket (required, string): The change\n');
  });

  it('is beyond what a button can tell, and the delivery says what to write', async () => {
    const about = `shop/1/production/${PLAN}.${RULES}`;
    desk.github.checkRuns.set(3, { externalId: about, app: APP });
    const told = { action: 'requested_action', requested_action: { identifier: 'approve' }, check_run: { id: 3, external_id: about } };
    expect(await desk.deliver('check_run', told, BY_APP)).toMatchObject({ detail: expect.stringContaining('has to tell ticket') });
    expect(desk.engine.changes).toEqual([]);
  });
});
