import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluateGates, type GateQuestion, type GateSubject, gateDeadline, objectionToVoter, type Vote } from '../../domain/gate.ts';
import type { ApprovalRule } from '../../domain/pipeline.ts';
import { RULE } from './arbitraries.ts';

const SINCE = Date.parse('2026-01-01T00:00:00Z');
const SUBJECT: GateSubject = { release: 2, stage: 'production', planHash: 'plan', policyRevision: 'policy' };

const rule = (more: Partial<ApprovalRule> = {}): ApprovalRule => ({
  approvers: ['ana', 'bo', 'cy'],
  count: 1,
  excludeInitiator: true,
  deadlineMs: 1_000,
  ...more,
});

const vote = (person: string, more: Partial<Vote> = {}): Vote => ({
  subject: SUBJECT,
  person,
  decision: 'approve',
  comment: '',
  at: new Date(SINCE).toISOString(),
  ...more,
});

const question = (votes: readonly Vote[], rules: readonly ApprovalRule[] = [rule()], initiator = 'dev'): GateQuestion => ({
  subject: SUBJECT,
  rules,
  votes,
  initiator,
  waitingSince: SINCE,
});

const verdict = (asked: GateQuestion, now = SINCE) => evaluateGates(asked, now).kind;

describe('an approval gate', () => {
  it('is open where no rule asks for anything', () => {
    expect(evaluateGates(question([], []), Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'open', gates: [] });
    expect(gateDeadline(question([], []))).toBe(Number.POSITIVE_INFINITY);
  });

  it('says why it is closed, who can open it and when it changes by itself', () => {
    expect(evaluateGates(question([vote('ana')], [rule({ count: 2 })]), SINCE)).toEqual({
      kind: 'closed',
      gates: [
        {
          kind: 'approval',
          open: false,
          reason: 'Waiting for 1 of 2 approvals',
          openedBy: ['bo', 'cy'],
          changesAt: '2026-01-01T00:00:01.000Z',
        },
      ],
    });
  });

  it('names who opened it', () => {
    const { gates } = evaluateGates(question([vote('bo')]), SINCE);
    expect(gates).toEqual([{ kind: 'approval', open: true, reason: 'Approved by bo', openedBy: ['ana', 'cy'] }]);
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
    expect(gateDeadline(question([]))).toBe(deadline);
    expect(verdict(question([]), deadline - 1)).toBe('closed');
    expect(verdict(question([]), deadline)).toBe('expired');
    expect(verdict(question([vote('ana', { at: new Date(deadline - 1).toISOString() })]), deadline + 5)).toBe('open');
    expect(verdict(question([vote('ana', { at: new Date(deadline).toISOString() })]), deadline + 5)).toBe('expired');
    expect(verdict(question([vote('ana', { at: 'some time' })]))).toBe('closed');
  });

  it('is that of the rules which are not met yet', () => {
    const rules = [rule({ approvers: ['ana'], deadlineMs: 10 }), rule({ approvers: ['bo'], deadlineMs: 1_000 })];
    expect(gateDeadline(question([], rules))).toBe(SINCE + 10);
    expect(gateDeadline(question([vote('ana')], rules))).toBe(SINCE + 1_000);
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
  });
});

const PEOPLE = ['ana', 'bo', 'cy', 'dev', 'eve'] as const;
const ANY_VOTE: fc.Arbitrary<Vote> = fc.record({
  subject: fc.record({
    release: fc.constantFrom(2, 2, 3),
    stage: fc.constantFrom('production', 'production', 'staging'),
    planHash: fc.constantFrom('plan', 'plan', 'other'),
    policyRevision: fc.constantFrom('policy', 'policy', 'other'),
  }),
  person: fc.constantFrom(...PEOPLE),
  decision: fc.constantFrom('approve', 'approve', 'reject'),
  comment: fc.constant(''),
  at: fc.nat(1_200).map((ms) => new Date(SINCE + ms).toISOString()),
});
const ANY_QUESTION: fc.Arbitrary<GateQuestion> = fc.record({
  subject: fc.constant(SUBJECT),
  rules: fc.array(RULE, { maxLength: 2 }),
  votes: fc.array(ANY_VOTE, { maxLength: 6 }),
  initiator: fc.constantFrom(...PEOPLE),
  waitingSince: fc.constant(SINCE),
});
const MOMENT = fc.nat(1_500).map((ms) => SINCE + ms);

/** The rule as the design tells it, with nothing of how the gate is written. */
function mayOpen({ rules, votes, initiator }: GateQuestion): boolean {
  return rules.every((each) => {
    const people = votes
      .filter((one) => JSON.stringify(one.subject) === JSON.stringify(SUBJECT) && one.decision === 'approve')
      .filter((one) => Date.parse(one.at) - SINCE < each.deadlineMs)
      .map((one) => one.person);
    const allowed = people.filter((person) => each.approvers.includes(person) && !(each.excludeInitiator && person === initiator));
    return new Set(allowed).size >= each.count;
  });
}

describe('a gate, whatever was voted', () => {
  it('opens exactly when every rule has its people and nobody who may said no', () => {
    fc.assert(
      fc.property(ANY_QUESTION, MOMENT, (asked, now) => {
        const kind = verdict(asked, now);
        if (kind === 'rejected') expect(asked.votes.some((one) => one.decision === 'reject')).toBe(true);
        else expect(kind === 'open').toBe(mayOpen(asked));
      }),
    );
  });

  it('is never closed by one more yes', () => {
    fc.assert(
      fc.property(ANY_QUESTION, ANY_VOTE, MOMENT, (asked, one, now) => {
        const more = { ...asked, votes: [...asked.votes, { ...one, decision: 'approve' as const }] };
        if (verdict(asked, now) === 'open') expect(verdict(more, now)).toBe('open');
      }),
    );
  });

  it('does not depend on the order of the votes', () => {
    fc.assert(
      fc.property(ANY_QUESTION, MOMENT, (asked, now) => {
        expect(verdict({ ...asked, votes: [...asked.votes].reverse() }, now)).toBe(verdict(asked, now));
      }),
    );
  });

  it('once expired is not opened by a vote that comes later', () => {
    fc.assert(
      fc.property(ANY_QUESTION, ANY_VOTE, MOMENT, (asked, one, now) => {
        const late = { ...one, at: new Date(now).toISOString() };
        if (verdict(asked, now) === 'expired') expect(verdict({ ...asked, votes: [...asked.votes, late] }, now)).not.toBe('open');
      }),
    );
  });

  it('counts no vote of somebody who is told that they may not vote', () => {
    fc.assert(
      fc.property(ANY_QUESTION, MOMENT, (asked, now) => {
        const allowed = { ...asked, votes: asked.votes.filter((one) => objectionToVoter(one.person, asked) === undefined) };
        expect(verdict(allowed, now)).toBe(verdict(asked, now));
      }),
    );
  });
});
