import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differsFrom, seenWord } from '../../../domain/gates/seen.ts';

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const plain = { planHash: hash('a'), policyRevision: hash('b') };
const double = { planHash: hash('a'), policyRevision: `${hash('b')}+${hash('c')}` };
const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(12)) as [string, string, string];

describe('what somebody saw of a stage that waits', () => {
  it('is a word of the beginnings of the plan’s hash and of the rules’', () => {
    expect(seenWord(plain)).toBe(`${A}.${B}`);
    expect(seenWord(double)).toBe(`${A}.${B}+${C}`);
    expect(seenWord({ planHash: 'x', policyRevision: 'y' })).toBe('x.y');
    expect(seenWord({ planHash: 'a-sha256:', policyRevision: 'y' })).toBe('a-sha256:.y');
  });

  it.each([
    ['the word itself', `${A}.${B}`, plain],
    ['shorter, with eight letters', 'aaaaaaaa.bbbbbbbb', plain],
    ['longer', `${'a'.repeat(64)}.${'b'.repeat(64)}`, plain],
    ['whole hashes, as a button has them', `${hash('a')}.${hash('b')}+${hash('c')}`, double],
    ['of the rules of two', `${A}.${B}+${C}`, double],
    ['of hashes that are short', 'x.y', { planHash: 'x', policyRevision: 'y' }],
  ])('is the same where it is %s', (_what, word, subject) => {
    expect(differsFrom(word, subject)).toBeUndefined();
  });

  it.each([
    ['another plan', `${'c'.repeat(12)}.${B}`, plain, 'plan'],
    ['too few letters of the plan', `aaaaaaa.${B}`, plain, 'plan'],
    ['nothing but the name of the algorithm', `sha256:.${B}`, plain, 'plan'],
    ['the name of the algorithm and too few letters', `sha256:aaaaa.${B}`, plain, 'plan'],
    ['more letters than the hash has', `${'a'.repeat(65)}.${B}`, plain, 'plan'],
    ['nothing', '', plain, 'plan'],
    ['a third part', `${A}.${B}.@acme/all`, plain, 'plan'],
    ['a third part that is empty', `${A}.${B}.`, plain, 'plan'],
    ['no rules', A, plain, 'rules'],
    ['no rules behind a point', `${A}.`, plain, 'rules'],
    ['other rules', `${A}.${C}`, plain, 'rules'],
    ['too few letters of the rules', `${A}.bbbbbbb`, plain, 'rules'],
    ['fewer rules', `${A}.${B}`, double, 'rules'],
    ['more rules', `${A}.${B}+${C}`, plain, 'rules'],
    ['other rules besides', `${A}.${B}+${A}`, double, 'rules'],
    ['nothing of the other rules', `${A}.${B}+`, double, 'rules'],
  ] as const)('is another one where it is of %s', (_what, word, subject, other) => {
    expect(differsFrom(word, subject)).toBe(other);
  });

  it('is that of one plan and one set of rules alone', () => {
    const text = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
    const subject = fc.record({
      planHash: text,
      policyRevision: fc.oneof(
        text,
        fc.tuple(text, text).map((both) => both.join('+')),
      ),
    });
    fc.assert(
      fc.property(subject, subject, (one, other) => {
        expect(differsFrom(seenWord(one), one)).toBeUndefined();
        if (one.planHash !== other.planHash || one.policyRevision !== other.policyRevision)
          expect(differsFrom(seenWord(one), other)).toBe(one.planHash === other.planHash ? 'rules' : 'plan');
      }),
    );
  });
});
