import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AskedCheck,
  answerPath,
  type CheckAnswer,
  type CheckQuestion,
  checkFacts,
  checksOf,
  objectionToAnswer,
  reasonFrom,
} from '../../../domain/gates/check-question.ts';
import { evaluateGates } from '../../../domain/gates/evaluate.ts';
import type { OwnedRules } from '../../../domain/gates/rules.ts';
import type { BreakGlass } from '../../../domain/standing.ts';
import { digestNumber } from '../arbitraries.ts';
import { at, facts, question, SINCE, SUBJECT } from './questions.ts';

const RULES: readonly OwnedRules[] = [
  { origin: 'environment', checks: [{ name: 'itsm', deadlineMs: 100 }] },
  { origin: 'pipeline', checks: [{ name: 'itsm', deadlineMs: 50 }] },
];
const QUESTION: CheckQuestion = {
  ...{ id: 'q1', check: 'itsm', application: 'shop', environment: 'production', subject: SUBJECT, digests: [digestNumber(2)] },
  ...{ askedAt: at(0), deadline: at(50) },
};
const ASKED: AskedCheck = { question: QUESTION };
const ANSWERED: AskedCheck = { ...ASKED, answer: { verdict: 'yes', reason: 'CHG-7', at: at(10) } };
const YES: CheckAnswer = { stage: 'production', check: 'itsm', question: 'q1', verdict: 'yes', reason: 'CHG-7' };
const objection = (answer: Partial<CheckAnswer>, asked: readonly AskedCheck[] = [ASKED], now = 10) =>
  objectionToAnswer({ ...YES, ...answer }, asked, SINCE + now);

/** The verdict of the gates by what came of the questions. */
const judge = (asked: readonly AskedCheck[], now = 10, subject = SUBJECT) =>
  evaluateGates(question({}, { rules: RULES, subject, facts: facts({ checks: checkFacts(RULES, subject, asked) }) }), SINCE + now);

describe('a question to an external check', () => {
  it('is one where both files ask it, with the shorter deadline', () => {
    expect([...checksOf(RULES)]).toEqual([['itsm', 50]]);
    expect(checksOf([{ origin: 'pipeline' }]).size).toBe(0);
  });

  it('holds the gates of both until it is answered', () => {
    expect(judge([]).gates.map(({ reason }) => reason)).toEqual(
      Array(2).fill('itsm was not asked: it is asked when the release has come to the stage'),
    );
    expect(judge([ASKED]).kind).toBe('closed');
    expect(judge([ASKED], 50)).toMatchObject({ kind: 'expired', reason: 'itsm did not answer before its deadline' });
    expect(judge([ANSWERED], 60).kind).toBe('open');
    const other: AskedCheck = { ...ANSWERED, question: { ...QUESTION, check: 'other' } };
    expect(judge([other], 60).kind).toBe('closed');
    expect(checkFacts([{ origin: 'pipeline' }, ...RULES], SUBJECT, [ASKED])).toStrictEqual({
      'environment/itsm': { kind: 'known', value: { kind: 'asked', at: at(0) } },
      'pipeline/itsm': { kind: 'known', value: { kind: 'asked', at: at(0) } },
    });
    const no: AskedCheck = { ...ASKED, answer: { verdict: 'no', reason: 'no window', at: at(10) } };
    expect(judge([no])).toMatchObject({ kind: 'rejected', by: 'itsm', comment: 'itsm said no: no window' });
  });

  it('is one that broken glass can skip, also when it was answered no', () => {
    const glass: BreakGlass = {
      ...{ kind: 'break-glass', id: 'g', application: 'shop', environment: 'production', release: 2, digests: [digestNumber(2)] },
      ...{ skips: ['check'], incident: 'INC-1', expiresAt: at(1_000), ratifyBy: at(1_000), consequence: 'freeze' },
      ...{ reason: 'nobody can pay', by: 'olga', at: at(0) },
    };
    const no: AskedCheck = { ...ASKED, answer: { verdict: 'no', reason: 'no window', at: at(10) } };
    for (const asked of [[], [ASKED], [no]]) {
      const read = facts({ checks: checkFacts(RULES, SUBJECT, asked) }, { breakGlass: [glass] });
      expect(evaluateGates(question({}, { rules: RULES, facts: read }), SINCE + 60).kind).toBe('open');
    }
  });

  it('says why it was not taken, for as long as it is asked again', () => {
    expect(judge([{ ...ASKED, trouble: 'connect ECONNREFUSED' }]).gates[0]).toMatchObject({
      open: false,
      reason: 'Waiting for the answer of itsm, which is asked again until its deadline: connect ECONNREFUSED',
      changesAt: at(100),
    });
  });

  it('has the place for its answer in its address', () => {
    expect(answerPath(QUESTION)).toBe('/webhooks/checks/shop/2/production/itsm');
  });
});

describe('an answer', () => {
  it('counts for the question that it names, and for what it believes that to be about', () => {
    expect(objection({})).toBeUndefined();
    expect(objection({ release: 2, planHash: 'plan', policyRevision: 'policy' })).toBeUndefined();
  });

  it.each<readonly [Partial<CheckAnswer>, string]>([
    [{ question: 'q2' }, 'The release has asked no question q2 since it was started last'],
    [{ check: 'other' }, 'Question q1 was asked of itsm, and not of other'],
    [{ stage: 'staging' }, 'Question q1 is about stage production, and not about staging'],
    [{ release: 1 }, 'Question q1 is about release 2, and not about release 1'],
    [{ planHash: 'old' }, 'Question q1 is about the plan plan, and not about old'],
    [{ policyRevision: 'old' }, 'Question q1 was asked by the rules policy, and not by old'],
  ])('to something else is refused: %j', (answer, reason) => {
    expect(objection(answer)).toBe(reason);
  });

  it('is refused from its deadline on, and when the stage asks it no more', () => {
    expect(objection({}, [ASKED], 49)).toBeUndefined();
    expect(objection({}, [ASKED], 50)).toBe(`The answer to question q1 comes after its deadline, ${at(50)}`);
    expect(objection({}, [{ ...ASKED, isOver: true }])).toBe(
      'Question q1 is asked no more: stage production has ended, or asks anew about another plan',
    );
  });

  it('is given once: again it is the same, and another one is refused, also while the first is being written down', () => {
    const writing: AskedCheck = { ...ASKED, writing: { verdict: 'yes', reason: '' } };
    for (const asked of [ANSWERED, writing]) {
      expect(objection({}, [asked], 60)).toBe('repeated');
      expect(objection({ verdict: 'no' }, [asked])).toBe('itsm has answered yes already, and an answer is not changed');
    }
    // What is being written down opens nothing yet.
    expect(judge([writing]).kind).toBe('closed');
  });

  it('opens no gate of another release, stage, plan or policy revision, whatever was answered before', () => {
    const text = fc.constantFrom('a', 'b');
    const subjects = fc.record({ release: fc.constantFrom(1, 2), stage: text, planHash: text, policyRevision: text });
    const answered = fc.record({ subject: subjects, verdict: fc.constantFrom<'yes' | 'no'>('yes', 'no'), isOver: fc.boolean() });
    fc.assert(
      fc.property(subjects, fc.array(answered), (subject, past) => {
        const asked = past.map(({ verdict, isOver, ...of }, index) => ({
          question: { ...QUESTION, ...of, id: `q${index}` },
          answer: { verdict, reason: '', at: at(0) },
          ...(isOver && { isOver: true as const }),
        }));
        const same = asked.filter((one) => JSON.stringify(one.question.subject) === JSON.stringify(subject) && one.isOver !== true);
        const last = same.at(-1)?.answer.verdict;
        const expected = last === undefined ? 'closed' : last === 'yes' ? 'open' : 'rejected';
        expect(judge(asked, 10, subject).kind).toBe(expected);
      }),
    );
  });

  it('is a sentence, whatever was sent', () => {
    expect(reasonFrom('one\r\n\u001b[31mtwo')).toBe('one [31mtwo');
    expect(reasonFrom('x'.repeat(1_000))).toHaveLength(300);
  });
});
