import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSameOnGitHub } from '../../../domain/guard/environment-name.ts';
import type { Guard } from '../../../domain/guard/guard.ts';
import { answerEntry, untoldEntry } from '../../../domain/guard/record.ts';
import { answerText, waitingText } from '../../../domain/guard/text.ts';
import { GUARD_LIFE_MS, guardLooksAfter, isNews } from '../../../domain/guard/timing.ts';

const GUARD: Guard = {
  repository: { id: 101, name: 'acme/shop' },
  run: 42,
  environment: 'Production',
  places: [{ application: 'shop', environment: 'production' }],
};
const OF = { name: 'run-1/0', at: '2026-03-02T09:30:00.000Z' };

describe('what GitHub is told', () => {
  it('of an answer is why, and who gave it where a person did', () => {
    expect(answerText({ kind: 'approved', reason: 'Stage production has passed' })).toBe(
      'Tidegate lets it through. Stage production has passed',
    );
    expect(answerText({ kind: 'rejected', reason: 'not today', by: 'rita' })).toBe(
      'Tidegate does not let it through. rita ended it: not today',
    );
  });

  it('while it waits is what for, and which comments say more or open it', () => {
    const waiting = {
      kind: 'waiting',
      reason: 'Stage production waits',
      commands: ['/explain shop#2', '/approve shop#2 production 01234567'],
    } as const;
    expect(waitingText(waiting)).toBe(
      'Tidegate waits. Stage production waits\n- `/explain shop#2`\n- `/approve shop#2 production 01234567`',
    );
    expect(waitingText({ kind: 'waiting', reason: 'none yet' })).toBe('Tidegate waits. none yet');
  });

  it('mentions nobody, and is no longer than GitHub takes', () => {
    expect(answerText({ kind: 'rejected', reason: '@everybody `rm`' })).toBe('Tidegate does not let it through. @\u200beverybody \\`rm\\`');
    expect(answerText({ kind: 'rejected', reason: 'no\r\n\n  and no' })).toBe('Tidegate does not let it through. no and no');
    expect(answerText({ kind: 'rejected', reason: 'a'.repeat(2_000) })).toHaveLength(1_024);
    const begun = 'Tidegate does not let it through. ';
    const whole = 'a'.repeat(1_024 - begun.length);
    expect(answerText({ kind: 'rejected', reason: whole })).toBe(`${begun}${whole}`);
    expect(answerText({ kind: 'rejected', reason: `${whole}a` })).toBe(`${begun}${whole.slice(1)}…`);
    const long = waitingText({ kind: 'waiting', reason: 'a'.repeat(2_000), commands: ['/explain shop#2'] });
    expect([long.length, long.endsWith('…\n- `/explain shop#2`')]).toEqual([1_024, true]);
    const many = waitingText({ kind: 'waiting', reason: 'so', commands: Array.from({ length: 40 }, () => '/explain shop#2 production') });
    expect(many).toBe('Tidegate waits. so');
    const command = 'c'.repeat(507);
    expect(waitingText({ kind: 'waiting', reason: 'so', commands: [command] })).toBe(`Tidegate waits. so\n- \`${command}\``);
    expect(waitingText({ kind: 'waiting', reason: 'so', commands: [`${command}c`] })).toBe('Tidegate waits. so');
  });
});

describe('what the ledger is told', () => {
  it('of an answer names the run, the environment and its application, with a key of its own for each', () => {
    expect(answerEntry(GUARD, { kind: 'approved', reason: 'it passed' }, OF)).toEqual({
      key: 'guard/101/42/production/run-1/0/approved',
      action: 'run-let-through',
      actor: 'tidegate',
      application: 'shop',
      environment: 'production',
      reason: 'Run 42 of acme/shop into Production: it passed',
      at: OF.at,
    });
    const known = { authentication: 'token 1', requestId: 'request-1' };
    expect(answerEntry(GUARD, { kind: 'rejected', reason: 'no', by: 'rita' }, { ...OF, known })).toMatchObject({
      key: 'guard/101/42/production/run-1/0/rejected',
      action: 'run-turned-away',
      actor: 'rita',
      ...known,
    });
    expect(answerEntry({ ...GUARD, places: [] }, { kind: 'rejected', reason: 'no' }, OF)).not.toHaveProperty('application');
  });

  it('of one that came to nothing says why', () => {
    expect(untoldEntry(GUARD, { kind: 'approved', reason: 'it passed' }, { ...OF, reason: 'olga has frozen everything' })).toEqual({
      key: 'guard/101/42/production/run-1/0/approved/untold',
      action: 'run-answer-untold',
      actor: 'tidegate',
      application: 'shop',
      environment: 'production',
      reason: 'Run 42 of acme/shop into Production: GitHub was not told that it is approved: olga has frozen everything',
      at: OF.at,
    });
  });

  it('of one that GitHub may have taken says that this is not known', () => {
    const unsure = { ...OF, reason: 'no job waits any more', isUnsure: true };
    expect(untoldEntry(GUARD, { kind: 'approved', reason: 'it passed' }, unsure)).toMatchObject({
      key: 'guard/101/42/production/run-1/0/approved/untold',
      action: 'run-answer-unsure',
      reason: 'Run 42 of acme/shop into Production: whether GitHub heard that it is approved is not known: no job waits any more',
    });
  });
});

describe('how often it is looked', () => {
  it('is rarer from time to time, and every five minutes at least', () => {
    const waits = Array.from({ length: 200 }, (_, looks) => guardLooksAfter(looks));
    expect([waits[0], waits[1], waits[199]]).toEqual([5_000, 5_500, 300_000]);
    expect(waits.every((wait, index) => wait >= (waits[index - 1] ?? 0))).toBe(true);
    expect(GUARD_LIFE_MS).toBe(30 * 24 * 3_600_000);
  });

  it.each([
    ['errors is 0.0123, and must be at most 1 %', 'errors is 12, and must be at most 1 %'],
    ['has number 3 in the line of production', 'has number 2 in the line of production'],
    ['the same', 'the same'],
  ])('is no oftener where nothing but numbers is another by now: %s', (before, now) => {
    expect(isNews(before, now)).toBe(false);
  });

  it.each([
    ['has number 1 in the line of production', 'is under way: 1 of 3 hosts'],
    ['', 'waits: 2 approvals'],
    ['p95 is 12, and must be at most 9', 'p95 is not known: nobody answers'],
  ])('is often again where something else is seen: %s', (before, now) => {
    expect(isNews(before, now)).toBe(true);
  });
});

describe('an environment of GitHub', () => {
  it('has one name in large and small letters, and no other', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{1,8}$/), fc.stringMatching(/^[A-Za-z]{1,8}$/), (one, other) => {
        expect(isSameOnGitHub(one.toUpperCase(), one.toLowerCase())).toBe(true);
        expect(isSameOnGitHub(one, `${one}${other}`)).toBe(false);
        expect(isSameOnGitHub(one, other)).toBe(new RegExp(`^${one}$`, 'i').test(other));
      }),
    );
  });
});
