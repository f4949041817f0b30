import { describe, expect, it } from '@jest/globals';
import { ancestorsOf, findCycles, topologicalOrder } from '../../domain/graph.ts';

const node = (name: string, ...before: string[]) => ({ name, before });

describe('an order', () => {
  it('has each after those before it, and else as they were given; strangers count for nothing', () => {
    expect(topologicalOrder([node('c', 'b', 'x'), node('a'), node('b', 'a'), node('d')])).toEqual(['a', 'b', 'c', 'd']);
    expect(topologicalOrder([node('a', 'b'), node('b', 'a'), node('c', 'a'), node('d')])).toEqual(['d']);
  });
});

describe('cycles', () => {
  it('are told from the first of their members on, without what only leads to them', () => {
    expect(findCycles([node('z', 'a'), node('a', 'b'), node('b', 'c'), node('c', 'a'), node('ok')])).toEqual([['a', 'b', 'c']]);
    expect(findCycles([node('a', 'b'), node('b', 'a'), node('c', 'd', 'a'), node('d', 'c')])).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(findCycles([node('a', 'a')])).toEqual([['a']]);
    expect(findCycles([node('a'), node('b', 'a')])).toEqual([]);
  });
});

describe('what comes before a member', () => {
  it('is found at any distance, once, and round any cycle', () => {
    const nodes = [node('d', 'b', 'c'), node('b', 'a'), node('c', 'a'), node('a')];
    expect(ancestorsOf('d', nodes)).toEqual(new Set(['a', 'b', 'c']));
    expect(ancestorsOf('a', nodes)).toEqual(new Set());
    expect(ancestorsOf('none', nodes)).toEqual(new Set());
    expect(ancestorsOf('a', [node('a', 'b', 'x'), node('b', 'a')])).toEqual(new Set(['a', 'b', 'x']));
  });
});
