import { describe, expect, it } from '@jest/globals';
import { LEDGER_TREE } from '../../../adapters/ledger/hashing.ts';
import { fromBase64, toBase64 } from '../../../domain/merkle/base64.ts';
import { NO_LEAVES, rootOf } from '../../../domain/merkle/frontier.ts';
import { consistencyRanges, inclusionRanges } from '../../../domain/merkle/shape.ts';
import { hashesOf, isStored, storedUnder, TreeDamaged } from '../../../domain/merkle/stored-nodes.ts';
import type { Hash } from '../../../domain/merkle/tree-hash.ts';
import { verifyConsistency, verifyInclusion } from '../../../domain/merkle/verify.ts';

const leaf = (content: string): Hash => LEDGER_TREE.leaf(Buffer.from(content));
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(leaf) as [Hash, Hash, Hash, Hash];
const node = (left: Hash, right: Hash): Hash => LEDGER_TREE.node(left, right);

const isIncluded = (index: number, size: number, path: readonly Hash[], root: Hash) =>
  verifyInclusion({ index, size, leaf: a, path, root }, LEDGER_TREE);
const isContinued = (first: number, second: number, firstRoot: Hash, secondRoot: Hash, path: readonly Hash[]) =>
  verifyConsistency({ first, second, firstRoot, secondRoot, path }, LEDGER_TREE);

describe('a proof of inclusion', () => {
  it.each([
    [-1, 1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, Number.NaN],
    [1, 1],
    [0, 0],
    [2 ** 53, 2 ** 54],
  ])('of leaf %p in a tree of %p proves nothing, whatever it holds', (index, size) => {
    expect(isIncluded(index, size, [], a)).toBe(false);
  });

  it('with more in it than the tree is high proves nothing, also where a root would fit', () => {
    expect(isIncluded(0, 1, [], a)).toBe(true);
    expect(isIncluded(0, 1, [b], node(b, a))).toBe(false);
    expect(isIncluded(0, 2, [b], node(a, b))).toBe(true);
    expect(isIncluded(0, 2, [b, c], node(c, node(a, b)))).toBe(false);
  });

  it('with less in it than the tree is high proves nothing', () => {
    expect(isIncluded(0, 2, [], a)).toBe(false);
  });
});

describe('a proof of consistency', () => {
  it.each([
    [2, 1, []],
    [-1, 1, [a]],
    [-1, -1, []],
    [0.5, 1, [a]],
    [1.5, 1.5, []],
    [2 ** 53, 2 ** 53, []],
    [Number.NaN, 1, [a]],
    [2, 4, []],
  ])('of %p leaves and %p proves nothing, also where the roots are the same', (first, second, path) => {
    expect(isContinued(first, second, a, a, path)).toBe(false);
  });

  it('without what it has to begin with proves nothing', () => {
    expect(isContinued(3, 4, a, b, [])).toBe(false);
  });

  it('with more in it than the trees are high proves nothing, also where both roots would fit', () => {
    const first = node(node(a, b), c);
    const second = node(node(a, b), node(c, d));
    expect(isContinued(3, 4, first, second, [c, d, node(a, b)])).toBe(true);
    expect(isContinued(3, 4, node(d, first), node(d, second), [c, d, node(a, b), d])).toBe(false);
  });
});

describe('a proof that nobody can make', () => {
  it.each([
    [-1, 1],
    [1, 1],
    [0.5, 1],
    [0, 1.5],
    [0, Number.NaN],
  ])('of leaf %p of %p is refused by name', (index, size) => {
    expect(() => inclusionRanges(index, size)).toThrow(new RangeError(`A tree of ${size} leaves has no leaf ${index}`));
  });

  it.each([
    [2, 1],
    [-1, 1],
    [0.5, 1],
    [1, 1.5],
    [0.5, 2],
    [Number.NaN, 1],
  ])('of a tree of %p that grew to %p is refused by name', (first, second) => {
    expect(() => consistencyRanges(first, second)).toThrow(new RangeError(`A tree of ${first} leaves cannot have become one of ${second}`));
  });
});

describe('a tree', () => {
  it('without leaves has the root of the specification', () => {
    expect(rootOf(NO_LEAVES, LEDGER_TREE)).toEqual(LEDGER_TREE.empty);
    expect(NO_LEAVES).toEqual({ size: 0, hashes: [] });
  });

  it('keeps every eighth level, and makes what lies between of it', () => {
    expect([0, 1, 7, 8, 9, 16].filter((level) => isStored({ level, index: 0 }))).toEqual([0, 8, 16]);
    expect(storedUnder({ level: 10, index: 3 })).toEqual({ level: 8, start: 12, count: 4 });
  });

  it('that lacks a node says which, and what to do', async () => {
    const missing = hashesOf([{ level: 1, index: 2 }], async () => [a], LEDGER_TREE);
    await expect(missing).rejects.toThrow(TreeDamaged);
    await expect(missing).rejects.toMatchObject({
      name: 'TreeDamaged',
      message:
        "The ledger's tree is damaged: of 2 nodes from 4 at level 0 it has 1. Restore the ledger from a backup that is newer than its last checkpoint",
    });
  });
});

describe('base64', () => {
  it('is read only as it is written', () => {
    const bytes = Uint8Array.from([0, 255, 62, 63]);
    expect(toBase64(bytes)).toBe('AP8+Pw==');
    expect(fromBase64('AP8+Pw==')).toEqual(bytes);
    for (const text of ['A', 'AP8+Pw', 'AP8+Pw=', 'AP8-Pw==', 'AP8+Px==', '=AP8', 'AP8+Pw==\n', ' AP8'])
      expect(fromBase64(text)).toBeUndefined();
  });
});
