import { describe, expect, it } from '@jest/globals';
import { evaluateGates } from '../../../domain/gates/evaluate.ts';
import type { GateQuestion } from '../../../domain/gates/question.ts';
import type { ApprovalRule } from '../../../domain/gates/rules.ts';
import { isNoVoter, objectionToVote, votesLent } from '../../../domain/gates/voters.ts';
import type { Vote } from '../../../domain/gates/votes.ts';
import type { Delegation } from '../../../domain/standing.ts';
import { at, delegation, facts, known, rule, SINCE, SUBJECT, question as stage, unknown, vote } from './questions.ts';

/** Each rule by itself: the first is the environment's, the others are the pipeline's. */
function question(
  votes: readonly Vote[],
  rules: readonly ApprovalRule[] = [rule()],
  initiator = 'dev',
  more: Partial<GateQuestion> = {},
): GateQuestion {
  const [own, ...others] = rules;
  const asked = stage(
    {},
    {
      initiator,
      rules: [
        { origin: 'environment', ...(own && { approvals: [own] }) },
        { origin: 'pipeline', approvals: others },
      ],
      ...more,
    },
  );
  // As the workflow keeps them: with what was lent at that moment.
  return { ...asked, votes: votes.map((one) => ({ ...one, lent: votesLent(one.person, asked, Date.parse(one.at)) })) };
}

const verdict = (asked: GateQuestion, now = SINCE) => evaluateGates(asked, now).kind;
const objectionToVoter = (person: string, asked: GateQuestion) => objectionToVote({ person, decision: 'approve' }, asked, SINCE);

describe('an approval gate', () => {
  it('is open where no rule asks for anything', () => {
    expect(evaluateGates(question([], []), Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'open', gates: [] });
  });

  it('says why it is closed, who can open it and when it changes by itself', () => {
    expect(evaluateGates(question([vote('ana')], [rule({ count: 2 })]), SINCE)).toEqual({
      kind: 'closed',
      gates: [
        {
          kind: 'approval',
          id: 'environment/approval',
          open: false,
          reason: 'Waiting for 1 of 2 approvals',
          openedBy: ['bo', 'cy'],
          changesAt: '2026-01-01T00:00:01.000Z',
        },
      ],
    });
  });

  it('names who opened it', () => {
    const together = evaluateGates(question([vote('bo'), vote('ana')], [rule({ count: 2 })]), SINCE);
    expect(together.gates[0]?.reason).toBe('Approved by bo, ana');
    const { gates } = evaluateGates(question([vote('bo')]), SINCE);
    expect(gates).toStrictEqual([
      { kind: 'approval', id: 'environment/approval', open: true, reason: 'Approved by bo', openedBy: ['ana', 'cy'] },
    ]);
  });

  it.each([
    ['release', 3],
    ['stage', 'staging'],
    ['planHash', 'other'],
    ['policyRevision', 'other'],
  ])('takes no vote that was given for another %s', (member, value) => {
    const stale = { subject: { ...SUBJECT, [member]: value } };
    expect(verdict(question([vote('ana', stale)]))).toBe('closed');
    expect(verdict(question([vote('ana', { ...stale, decision: 'reject' })]))).toBe('closed');
    expect(verdict(question([vote('ana', stale), vote('ana')]))).toBe('open');
  });

  it('says that earlier votes were reset by a changed plan', () => {
    const old = { subject: { ...SUBJECT, planHash: 'old' } };
    const { gates } = evaluateGates(question([vote('ana', old), vote('bo', old)]), SINCE);
    expect(gates[0]?.reason).toBe('Waiting for 1 of 1 approval; 2 earlier votes no longer count, as the plan or the rules changed');
    const one = evaluateGates(question([vote('ana', old)]), SINCE);
    expect(one.gates[0]?.reason).toBe('Waiting for 1 of 1 approval; 1 earlier vote no longer counts, as the plan or the rules changed');
    const elsewhere = evaluateGates(question([vote('ana', { subject: { ...SUBJECT, stage: 'staging' } })]), SINCE);
    expect(elsewhere.gates[0]?.reason).toBe('Waiting for 1 of 1 approval');
  });

  it('counts one person once, however often they vote or are listed', () => {
    expect(verdict(question([vote('ana'), vote('ana')], [rule({ count: 2 })]))).toBe('closed');
    expect(verdict(question([vote('ana')], [rule({ approvers: ['ana', 'ana', 'bo'], count: 2 })]))).toBe('closed');
    expect(verdict(question([vote('ana'), vote('bo')], [rule({ approvers: ['ana', 'ana', 'bo'], count: 2 })]))).toBe('open');
  });

  it('takes no vote from who started the release, where the rule excludes them, nor from a stranger', () => {
    expect(verdict(question([vote('ana')], [rule()], 'ana'))).toBe('closed');
    expect(verdict(question([vote('ana')], [rule({ excludeInitiator: false })], 'ana'))).toBe('open');
    expect(verdict(question([vote('eve')]))).toBe('closed');
    expect(verdict(question([vote('eve', { decision: 'reject' })]))).toBe('closed');
    expect(verdict(question([vote('ana', { decision: 'reject' })], [rule()], 'ana'))).toBe('closed');
  });

  it('says so when too few people are left to open it', () => {
    const alone = evaluateGates(question([], [rule({ approvers: ['ana'] })], 'ana'), SINCE);
    expect(alone.gates[0]?.reason).toBe(
      'Waiting for 1 of 1 approval, and nobody may still give one: add approvers to the rule and promote again',
    );
    expect(alone.gates[0]?.openedBy).toEqual([]);
    const two = evaluateGates(question([], [rule({ count: 3 })], 'ana'), SINCE);
    expect(two.gates[0]?.reason).toContain('and only 2 may still give one');
  });

  it('says nothing of the kind while just enough people are left', () => {
    const reason = (asked: GateQuestion) => evaluateGates(asked, SINCE).gates[0]?.reason;
    expect(reason(question([vote('ana')], [rule({ count: 3 })]))).toBe('Waiting for 2 of 3 approvals');
    expect(reason(question([vote('bo')], [rule({ count: 2 })], 'ana'))).toBe('Waiting for 1 of 2 approvals');
  });

  it('takes no no for an approval', () => {
    expect(evaluateGates(question([vote('ana', { decision: 'reject' })]), SINCE).gates[0]).toMatchObject({
      open: false,
      reason: 'Waiting for 1 of 1 approval',
    });
  });

  it('is met by the environment and by the pipeline, each for itself', () => {
    const rules = [rule({ approvers: ['ana', 'bo'] }), rule({ approvers: ['bo', 'cy'] })];
    expect(verdict(question([vote('ana')], rules))).toBe('closed');
    expect(verdict(question([vote('cy')], rules))).toBe('closed');
    expect(verdict(question([vote('ana'), vote('cy')], rules))).toBe('open');
    expect(verdict(question([vote('bo')], rules))).toBe('open');
    expect(verdict(question([vote('ana'), vote('cy', { decision: 'reject' })], rules))).toBe('rejected');
  });

  it('lets a no win over every yes, before and after it', () => {
    const no = vote('bo', { decision: 'reject', comment: 'freeze' });
    for (const votes of [
      [vote('ana'), no, vote('cy')],
      [no, vote('ana')],
      [vote('bo'), no],
      [no, vote('bo')],
    ])
      expect(evaluateGates(question(votes), SINCE)).toMatchObject({ kind: 'rejected', by: 'bo', comment: 'freeze' });
  });
});

describe('the deadline of a gate', () => {
  it('closes it for good at that very moment, and a vote just before it still counts', () => {
    const deadline = SINCE + 1_000;
    expect(verdict(question([]), deadline - 1)).toBe('closed');
    expect(verdict(question([]), deadline)).toBe('expired');
    expect(verdict(question([vote('ana', { at: new Date(deadline - 1).toISOString() })]), deadline + 5)).toBe('open');
    expect(verdict(question([vote('ana', { at: new Date(deadline).toISOString() })]), deadline + 5)).toBe('expired');
    expect(verdict(question([vote('ana', { at: 'some time' })]))).toBe('closed');
  });

  it('is that of the rules which are not met yet', () => {
    const rules = [rule({ approvers: ['ana'], deadlineMs: 10 }), rule({ approvers: ['bo'], deadlineMs: 1_000 })];
    expect(verdict(question([vote('ana')], rules), SINCE + 10)).toBe('closed');
    expect(verdict(question([vote('bo')], rules), SINCE + 10)).toBe('expired');
  });
});

describe('who may vote', () => {
  it('is told what to do instead', () => {
    const asked = question([], [rule()], 'ana');
    expect(objectionToVoter('bo', asked)).toBeUndefined();
    expect(objectionToVoter('ana', asked)).toBe('ana started release 2 and cannot judge it; ask bo or cy');
    expect(objectionToVoter('eve', asked)).toBe('eve is no approver of stage production; ask bo or cy');
    expect(objectionToVoter('ana', question([], []))).toBe('Stage production needs no approval');
    expect(objectionToVoter('dev', asked)).toBe('dev is no approver of stage production; ask bo or cy');
    const isNobody = (person: string, among: GateQuestion, decision: 'approve' | 'reject' | 'withdraw' = 'approve') =>
      isNoVoter({ person, decision }, among, SINCE);
    expect(['bo', 'ana', 'eve', 'dev'].map((person) => isNobody(person, asked))).toEqual([false, true, true, true]);
    expect([isNobody('eve', asked, 'reject'), isNobody('eve', asked, 'withdraw'), isNobody('ana', question([], []))]).toEqual([
      true,
      false,
      false,
    ]);
    // Who has voted could have.
    expect(isNobody('bo', question([vote('bo')], [rule()], 'ana'))).toBe(false);
    expect(objectionToVoter('eve', question([], [rule()], 'eve'))).toBe('eve is no approver of stage production; ask ana or bo or cy');
  });
});

const RELEASE_AND_OPS = rule({
  approvers: [],
  count: 0,
  groups: [
    { group: 'release', count: 2 },
    { group: 'ops', count: 1 },
  ],
});
const of = (...groups: string[]) => ({ groups });

describe('a rule that asks groups', () => {
  it('needs so many of each', () => {
    const votes = [vote('ana', of('release')), vote('bo', of('release'))];
    expect(evaluateGates(question(votes, [RELEASE_AND_OPS]), SINCE).gates).toEqual([
      {
        kind: 'approval',
        id: 'environment/approval',
        open: false,
        reason: 'Waiting for 1 of 1 approval of group ops',
        openedBy: ['group ops'],
        changesAt: '2026-01-01T00:00:01.000Z',
      },
    ]);
    expect(verdict(question([...votes, vote('cy', of('ops'))], [RELEASE_AND_OPS]))).toBe('open');
    expect(evaluateGates(question([], [RELEASE_AND_OPS]), SINCE).gates[0]).toMatchObject({
      reason: 'Waiting for 2 of 2 approvals of group release and 1 of 1 approval of group ops',
      openedBy: ['group release', 'group ops'],
    });
  });

  it('counts a person of two groups for one of them, whichever lets it open', () => {
    const both = of('release', 'ops');
    expect(verdict(question([vote('ana', both), vote('bo', both)], [RELEASE_AND_OPS]))).toBe('closed');
    const votes = [vote('ana', both), vote('bo', of('release')), vote('cy', of('release'))];
    expect(verdict(question(votes, [RELEASE_AND_OPS]))).toBe('open');
    expect(verdict(question([...votes].reverse(), [RELEASE_AND_OPS]))).toBe('open');
  });

  it('asks named people besides, and nobody for both', () => {
    const mixed = rule({ approvers: ['ana'], groups: [{ group: 'ops', count: 1 }] });
    expect(verdict(question([vote('ana', of('ops'))], [mixed]))).toBe('closed');
    expect(verdict(question([vote('ana', of('ops')), vote('bo', of('ops'))], [mixed]))).toBe('open');
    expect(verdict(question([vote('bo', of('ops')), vote('cy', of('ops'))], [mixed]))).toBe('closed');
  });

  it('excludes who started the release also as one of a group, and says so', () => {
    const ops = rule({ approvers: [], count: 0, groups: [{ group: 'ops', count: 1 }] });
    const asked = question([vote('ana', of('ops'))], [ops], 'ana');
    expect(verdict(asked)).toBe('closed');
    const wish = { person: 'ana', decision: 'approve', groups: ['ops'] } as const;
    expect(objectionToVote(wish, question([], [ops], 'ana'), SINCE)).toBe('ana started release 2 and cannot judge it; ask group ops');
    expect(objectionToVote({ ...wish, groups: [] }, question([], [ops]), SINCE)).toBe(
      'ana is no approver of stage production; ask group ops',
    );
    expect(objectionToVote(wish, question([], [ops]), SINCE)).toBeUndefined();
  });

  it('says so to who started the release and is in one of its groups', () => {
    const wish = { person: 'ana', decision: 'approve', groups: ['ops'] } as const;
    expect(objectionToVote(wish, question([], [RELEASE_AND_OPS], 'ana'), SINCE)).toBe(
      'ana started release 2 and cannot judge it; ask group release or group ops',
    );
  });

  it('is never open where nobody is named at all', () => {
    const nobody = rule({ approvers: [], count: 0 });
    const asked = question([vote('ana')], [nobody]);
    expect(evaluateGates(asked, SINCE).gates[0]).toMatchObject({ open: false, reason: 'Nobody is named who could approve', openedBy: [] });
    expect(objectionToVoter('ana', asked)).toBe('ana is no approver of stage production, and nobody else is named who could');
  });

  it('is told by its name', () => {
    const gates = evaluateGates(question([], [rule({ name: 'security' })]), SINCE).gates;
    expect(gates[0]).toMatchObject({ kind: 'approval', id: 'environment/approval/security', name: 'security' });
  });
});

describe('who promoted a release by hand', () => {
  it.each([{ promoters: ['ana'] }, { promoters: ['eve', 'ana', 'dev'] }, { promotedBy: 'ana' }])(
    'judges it as little as who made it: %j',
    (more) => {
      expect(verdict(question([vote('ana')], [rule()], 'dev', more))).toBe('closed');
      expect(verdict(question([vote('bo')], [rule()], 'dev', more))).toBe('open');
    },
  );
});

describe('a rule that excludes authors', () => {
  const strict = rule({ excludeAuthors: true });
  const written = (authors: ReturnType<typeof known<string[]>> | ReturnType<typeof unknown>) => ({ facts: facts({ authors }) });

  it('counts nobody who wrote the release', () => {
    const asked = question([vote('ana')], [strict], 'dev', written(known(['ana', 'cy'])));
    expect(verdict(asked)).toBe('closed');
    expect(evaluateGates(asked, SINCE).gates[0]?.openedBy).toEqual(['bo']);
    expect(verdict(question([vote('bo')], [strict], 'dev', written(known(['ana']))))).toBe('open');
    expect(objectionToVoter('cy', asked)).toBe('cy wrote release 2 and cannot judge it; ask bo');
    expect(verdict(question([vote('ana')], [rule()], 'dev', written(known(['ana']))))).toBe('open');
  });

  it('counts nobody while it is not known who wrote it', () => {
    const asked = question([vote('bo')], [strict], 'dev', written(unknown('git does not answer')));
    expect(evaluateGates(asked, SINCE)).toMatchObject({
      kind: 'closed',
      gates: [{ reason: 'Waiting for 1 of 1 approval; no vote counts while it is not known who wrote the release: git does not answer' }],
    });
    const unread = question([vote('bo')], [strict]);
    expect(evaluateGates(unread, SINCE).gates[0]?.reason).toContain('who wrote the release: it has not been read yet');
  });
});

describe('a vote that is withdrawn', () => {
  const withdrawn = (person: string) => vote(person, { decision: 'withdraw' });

  it('counts no more, whatever it was, until it is given again', () => {
    expect(verdict(question([vote('ana'), withdrawn('ana')]))).toBe('closed');
    expect(verdict(question([vote('ana', { decision: 'reject' }), withdrawn('ana')]))).toBe('closed');
    expect(verdict(question([vote('ana'), withdrawn('ana'), vote('ana')]))).toBe('open');
    expect(verdict(question([vote('ana'), withdrawn('bo')]))).toBe('open');
    expect(verdict(question([withdrawn('ana'), vote('ana')]))).toBe('open');
  });

  it('is one of exactly this plan', () => {
    const other = { ...withdrawn('ana'), subject: { ...SUBJECT, planHash: 'other' } };
    const asked = question([vote('ana'), other]);
    expect(verdict(asked)).toBe('open');
    expect(evaluateGates(question([other]), SINCE).gates[0]?.reason).toBe('Waiting for 1 of 1 approval');
  });

  it('can be withdrawn by who gave it alone, and only once', () => {
    const objection = (votes: readonly Vote[], person: string) => objectionToVote({ person, decision: 'withdraw' }, question(votes), SINCE);
    expect(objection([vote('ana')], 'ana')).toBeUndefined();
    expect(objection([vote('ana')], 'bo')).toBe('bo has given no vote on stage production that counts');
    expect(objection([vote('ana'), withdrawn('ana')], 'ana')).toBe('ana has given no vote on stage production that counts');
  });
});

describe('a vote that was given', () => {
  it('is not taken a second time, and can be turned into a no', () => {
    const asked = question([vote('ana')], [rule({ count: 2 })]);
    expect(objectionToVote({ person: 'ana', decision: 'approve' }, asked, SINCE)).toBe('ana has approved stage production already');
    expect(objectionToVote({ person: 'ana', decision: 'reject' }, asked, SINCE)).toBeUndefined();
    const refused = question([vote('ana', { decision: 'reject' })]);
    expect(objectionToVote({ person: 'ana', decision: 'reject' }, refused, SINCE)).toBe('ana has rejected stage production already');
  });
});

describe('a rule with a form', () => {
  const form = { type: 'object', required: ['ticket'] };
  const filled = rule({ form });

  it('shows it, and counts only an approval that fills it in', () => {
    expect(evaluateGates(question([], [filled]), SINCE).gates[0]).toMatchObject({ form });
    expect(verdict(question([vote('ana')], [filled]))).toBe('closed');
    expect(verdict(question([vote('ana', { input: { ticket: 7 } })], [filled]))).toBe('open');
    expect(verdict(question([vote('ana', { decision: 'reject' })], [filled]))).toBe('rejected');
  });

  it('refuses an approval without it, and takes a no without it', () => {
    const asked = question([], [filled]);
    expect(objectionToVoter('ana', asked)).toBe(
      "An approval of stage production has to fill in its form; 'tidegate explain' shows what it asks",
    );
    expect(objectionToVote({ person: 'ana', decision: 'approve', input: {} }, asked, SINCE)).toBeUndefined();
    expect(objectionToVote({ person: 'ana', decision: 'reject' }, asked, SINCE)).toBeUndefined();
  });

  it('asks for it also where another rule has none', () => {
    expect(objectionToVoter('ana', question([], [rule(), filled]))).toContain('has to fill in its form');
  });
});

describe('a vote in the place of another', () => {
  const lends = (from: string, to: string, more = {}) => ({ facts: facts({}, { delegations: [delegation(from, to, more)] }) });
  const onlyAna = rule({ approvers: ['ana'] });

  it('counts as that of who lent it, while it is lent', () => {
    expect(verdict(question([vote('eve')], [onlyAna], 'dev', lends('ana', 'eve')))).toBe('open');
    expect(verdict(question([vote('eve')], [onlyAna], 'dev', lends('bo', 'eve')))).toBe('closed');
    expect(verdict(question([vote('bo')], [onlyAna], 'dev', lends('ana', 'eve')))).toBe('closed');
    const times = (from: number, until: number) => ({
      at: new Date(SINCE + from).toISOString(),
      until: new Date(SINCE + until).toISOString(),
    });
    const given = (ms: number, more: object) =>
      verdict(
        question([vote('eve', { at: new Date(SINCE + ms).toISOString() })], [onlyAna], 'dev', lends('ana', 'eve', more)),
        SINCE + 500,
      );
    expect(given(10, times(10, 20))).toBe('open');
    expect(given(19, times(10, 20))).toBe('open');
    expect(given(9, times(10, 20))).toBe('closed');
    expect(given(20, times(10, 20))).toBe('closed');
  });

  it('counts for nobody else once it is lent no more by what was read last', () => {
    const cast = question([vote('eve')], [onlyAna], 'dev', lends('ana', 'eve'));
    const ended = { ...cast, facts: facts() };
    expect(evaluateGates(ended, SINCE)).toMatchObject({
      kind: 'closed',
      gates: [{ reason: expect.stringMatching(/^Waiting for 1 of 1 approval.*; eve votes for ana no more$/) }],
    });
    const anew = delegation('ana', 'eve', { id: 'another' });
    expect(verdict({ ...cast, facts: facts({}, { delegations: [anew] }) })).toBe('closed');
    expect(evaluateGates({ ...cast, facts: facts({ standing: unknown('the ledger is down') }) }, SINCE).kind).toBe('closed');
    const own = question([vote('eve')], [rule({ approvers: ['eve'] })], 'dev', lends('ana', 'eve'));
    expect(verdict({ ...own, facts: facts() })).toBe('open');
  });

  it('counts for the groups of who lent it', () => {
    const ops = rule({ approvers: [], count: 0, groups: [{ group: 'ops', count: 1 }] });
    expect(verdict(question([vote('eve')], [ops], 'dev', lends('ana', 'eve', { groups: ['ops'] })))).toBe('open');
    expect(verdict(question([vote('eve')], [ops], 'dev', lends('ana', 'eve')))).toBe('closed');
  });

  it('makes no two of one person', () => {
    const two = rule({ count: 2 });
    expect(verdict(question([vote('bo')], [two], 'dev', lends('ana', 'bo')))).toBe('closed');
    expect(verdict(question([vote('bo'), vote('ana')], [two], 'dev', lends('ana', 'bo')))).toBe('open');
  });

  it('counts for nothing once the person has spoken', () => {
    const two = rule({ count: 2 });
    expect(verdict(question([vote('eve'), vote('ana')], [two], 'dev', lends('ana', 'eve')))).toBe('closed');
    const twice = facts({}, { delegations: [delegation('ana', 'eve'), delegation('ana', 'fay', { at: '2025-12-31T23:59:59.500Z' })] });
    expect(verdict(question([vote('eve'), vote('fay')], [two], 'dev', { facts: twice }))).toBe('closed');
  });

  it('is that of the last one to whom it was lent', () => {
    const later = delegation('ana', 'fay', { at: '2025-12-31T23:59:59.500Z' });
    const both = { facts: facts({}, { delegations: [later, delegation('ana', 'eve')] }) };
    expect(verdict(question([vote('eve')], [onlyAna], 'dev', both))).toBe('closed');
    expect(verdict(question([vote('fay')], [onlyAna], 'dev', both))).toBe('open');
  });

  it('that two gave one after the other is counted once', () => {
    const moments = (from: number, until: number) => ({
      at: new Date(SINCE + from).toISOString(),
      until: new Date(SINCE + until).toISOString(),
    });
    const lent = {
      facts: facts({}, { delegations: [delegation('ana', 'eve', moments(0, 10)), delegation('ana', 'fay', moments(10, 20))] }),
    };
    const votes = [vote('eve', { at: new Date(SINCE + 5).toISOString() }), vote('fay', { at: new Date(SINCE + 15).toISOString() })];
    expect(verdict(question(votes, [rule({ approvers: ['ana', 'bo'], count: 2 })], 'dev', lent), SINCE + 20)).toBe('closed');
    expect(verdict(question(votes, [onlyAna], 'dev', lent), SINCE + 20)).toBe('open');
  });

  it('is given by the first of two who hold it, so that the second speaks for themselves', () => {
    const moments = (from: number, until: number) => ({ at: at(from), until: at(until) });
    const lent = (...more: Delegation[]) => ({
      facts: facts({}, { delegations: [delegation('ana', 'eve', moments(0, 10)), delegation('ana', 'fay', moments(10, 20)), ...more] }),
    });
    const votes = [vote('eve', { at: at(5) }), vote('fay', { at: at(15) })];
    const anaAndFay = rule({ approvers: ['ana', 'fay'], count: 2 });
    expect(verdict(question(votes, [anaAndFay], 'dev', lent()), SINCE + 20)).toBe('open');
    expect(verdict(question([...votes].reverse(), [anaAndFay], 'dev', lent()), SINCE + 20)).toBe('open');
    expect(verdict(question(votes, [anaAndFay], 'dev', lent(delegation('bo', 'eve'))), SINCE + 20)).toBe('open');
    const anaAndEve = rule({ approvers: ['ana', 'eve'], count: 2 });
    expect(verdict(question(votes, [anaAndEve], 'dev', lent()), SINCE + 20)).toBe('closed');
  });

  it('counts beside one that somebody else lent to somebody else', () => {
    const lent = { facts: facts({}, { delegations: [delegation('ana', 'eve'), delegation('bo', 'fay', { at: at(-500) })] }) };
    expect(verdict(question([vote('fay'), vote('eve')], [onlyAna], 'dev', lent))).toBe('open');
    expect(verdict(question([vote('eve')], [onlyAna], 'dev', lent))).toBe('open');
  });

  it('is not taken back by lending it to oneself', () => {
    const lent = { facts: facts({}, { delegations: [delegation('ana', 'eve'), delegation('ana', 'ana', { at: at(-500) })] }) };
    expect(verdict(question([vote('eve')], [onlyAna], 'dev', lent))).toBe('open');
  });

  it('is that of the last one named, where both were lent at one moment', () => {
    const lent = { facts: facts({}, { delegations: [delegation('ana', 'eve'), delegation('ana', 'fay')] }) };
    expect(verdict(question([vote('eve')], [onlyAna], 'dev', lent))).toBe('closed');
    expect(verdict(question([vote('fay')], [onlyAna], 'dev', lent))).toBe('open');
  });

  it('is said to have lapsed for each who lent it and took it back, and for nobody else', () => {
    const delegations = [delegation('ana', 'eve'), delegation('bo', 'eve'), delegation('cy', 'eve')];
    const cast = question([vote('eve')], [rule({ count: 3 })], 'dev', { facts: facts({}, { delegations }) });
    const reason = (left: readonly Delegation[]) =>
      evaluateGates({ ...cast, facts: facts({}, { delegations: left }) }, SINCE).gates[0]?.reason;
    expect(reason(delegations)).toBe('Waiting for 2 of 3 approvals');
    expect(reason(delegations.slice(2))).toBe('Waiting for 2 of 3 approvals; eve votes for ana no more; eve votes for bo no more');
  });

  it('is not lent on', () => {
    const chain = { facts: facts({}, { delegations: [delegation('ana', 'eve'), delegation('eve', 'fay')] }) };
    expect(verdict(question([vote('fay')], [onlyAna], 'dev', chain))).toBe('closed');
    expect(verdict(question([vote('ana')], [onlyAna], 'dev', { facts: facts({}, { delegations: [delegation('ana', 'ana')] }) }))).toBe(
      'open',
    );
  });

  it('does not lead around the separation of duties', () => {
    expect(verdict(question([vote('eve')], [onlyAna], 'ana', lends('ana', 'eve')))).toBe('closed');
    expect(verdict(question([vote('eve')], [onlyAna], 'eve', lends('ana', 'eve')))).toBe('closed');
    expect(objectionToVote({ person: 'eve', decision: 'approve' }, question([], [onlyAna], 'ana', lends('ana', 'eve')), SINCE)).toBe(
      'eve is no approver of stage production, and nobody else is named who could',
    );
    expect(
      objectionToVote({ person: 'eve', decision: 'approve' }, question([], [onlyAna], 'dev', lends('ana', 'eve')), SINCE),
    ).toBeUndefined();
  });

  it('can be a no', () => {
    const no = vote('eve', { decision: 'reject', comment: 'not today' });
    expect(evaluateGates(question([no], [onlyAna], 'dev', lends('ana', 'eve')), SINCE)).toMatchObject({ kind: 'rejected', by: 'eve' });
    expect(verdict(question([no], [onlyAna]))).toBe('closed');
  });
});

describe('a rule that says no after its deadline', () => {
  it('rejects where others expire', () => {
    const asked = question([], [rule({ afterDeadline: 'reject' })]);
    expect(evaluateGates(asked, SINCE + 1_000)).toMatchObject({
      kind: 'rejected',
      by: 'tidegate',
      comment: 'Nobody opened the approval gate before its deadline',
    });
    expect(verdict(asked, SINCE + 999)).toBe('closed');
  });
});
