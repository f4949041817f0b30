import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, longestGap, outOfTurn, outside, p99, percentile, within } from '../../bench/switch/answers.ts';

const answer = (sentAt: number, more: Partial<Answer> = {}): Answer => ({
  sentAt,
  latencyMs: 1,
  host: 0,
  identity: 'old',
  outcome: 'well',
  ...more,
});

describe('a percentile', () => {
  it('is a value that was seen, with so many percent of all at or below it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (values, percent) => {
        const found = percentile(values, percent);
        expect(values).toContain(found);
        expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual((values.length * percent) / 100);
      }),
    );
  });

  it('of times is of those that were answered well', () => {
    expect(p99([answer(0), answer(1, { latencyMs: 9_999, outcome: 'lost' })])).toBe(1);
    expect(percentile([], 99)).toBe(0);
  });
});

it('every answer is within the windows or outside of them', () => {
  const [first, second] = [answer(10), answer(30)];
  expect(within([first, second], [{ from: 5, to: 20 }])).toEqual([first]);
  expect(outside([first, second], [{ from: 5, to: 20 }])).toEqual([second]);
});

it('the longest gap is between two good answers of one host, whatever others answer meanwhile', () => {
  const answers = [answer(0), answer(50, { host: 1 }), answer(60, { outcome: 'lost' }), answer(100), answer(110), answer(52, { host: 1 })];
  expect(longestGap(answers, 2)).toBe(100);
});

describe('an answer out of turn', () => {
  const turns = [
    { host: 0, to: 'new', window: { from: 100, to: 200 } },
    { host: 0, to: 'newer', window: { from: 300, to: 400 } },
  ];

  it('is one by the new version before its host had its turn', () => {
    const early = answer(50, { identity: 'new' });
    expect(outOfTurn([answer(50), early, answer(50, { identity: 'new', host: 1 })], turns)).toContain(early);
  });

  it('is one by another version to a request that was sent after the turn', () => {
    const late = answer(201);
    expect(outOfTurn([late], turns)).toEqual([late]);
  });

  it('is none while requests move, and none by a later version after its own turn', () => {
    expect(outOfTurn([answer(150), answer(150, { identity: 'new' }), answer(250, { identity: 'new' })], turns)).toEqual([]);
    expect(outOfTurn([answer(350, { identity: 'new' }), answer(450, { identity: 'newer' })], turns)).toEqual([]);
  });
});
