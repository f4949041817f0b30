import { describe, expect, it } from '@jest/globals';
import { seat } from '../../../domain/gates/matching.ts';

const place = (count: number, ...people: string[]) => ({ count, accepts: (person: string) => people.includes(person) });

describe('people at places', () => {
  it('sit where they fit, each once', () => {
    expect(seat(['a', 'b', 'a'], [place(2, 'a', 'b')])).toEqual([['a', 'b']]);
    expect(seat(['a', 'b'], [place(1, 'a', 'b')])).toEqual([['a']]);
    expect(seat(['a'], [place(0, 'a')])).toEqual([[]]);
    expect(seat([], [place(1, 'a')])).toEqual([[]]);
  });

  it('move where that makes room for one more, also one after the other', () => {
    expect(seat(['a', 'b'], [place(1, 'a', 'b'), place(1, 'a')])).toEqual([['b'], ['a']]);
    expect(seat(['a', 'b', 'c'], [place(1, 'a', 'c'), place(1, 'a', 'b'), place(1, 'b')])).toEqual([['c'], ['a'], ['b']]);
    expect(seat(['a', 'b', 'c'], [place(2, 'a', 'b', 'c'), place(1, 'b')])).toEqual([['a', 'c'], ['b']]);
  });

  it('are moved at most, and never sent away for others', () => {
    expect(
      seat(['a', 'b', 'c'], [place(1, 'a', 'b'), place(1, 'a', 'b', 'c')])
        .flat()
        .sort(),
    ).toEqual(['a', 'b']);
  });
});
