import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AnsweredRollback, answerTo, withAnswer } from '../../domain/answered-rollbacks.ts';

const answer = (number: number) => ({ deployment: `deployment/shop/production/${number}`, from: number + 1, to: number });

it('remembers the answers to the last hundred rollbacks, and of no other request', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 250 }), (count) => {
      const numbers = Array.from({ length: count }, (_, index) => index);
      const answered = numbers.reduce<readonly AnsweredRollback[]>((known, number) => withAnswer(known, `${number}`, answer(number)), []);
      const expected = numbers.map((number) => (number >= count - 100 ? answer(number) : undefined));
      expect(numbers.map((number) => answerTo(answered, `${number}`))).toEqual(expected);
      expect(answerTo(answered, `${count}`)).toBeUndefined();
    }),
  );
});
