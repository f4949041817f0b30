import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { append, type Frontier, NO_LEAVES, rootOf } from '../../../domain/merkle/frontier.ts';
import { proveConsistency, proveInclusion, rootAt } from '../../../domain/merkle/proofs.ts';
import { consistencyRanges, inclusionRanges } from '../../../domain/merkle/shape.ts';
import { isStored, type ReadStored, TreeDamaged } from '../../../domain/merkle/stored-nodes.ts';
import { type Hash, sameHash, treeHash } from '../../../domain/merkle/tree-hash.ts';
import { verifyConsistency, verifyInclusion } from '../../../domain/merkle/verify.ts';

const tree = treeHash((bytes) => createHash('sha256').update(bytes).digest());
const hex = (hash: Hash) => Buffer.from(hash).toString('hex');
const leafOf = (index: number) => tree.leaf(Buffer.from(`record ${index}`));

/** MTH as RFC 6962 words it, without anything kept. */
function plainRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length <= 1) return leaves[0] ?? tree.empty;
  let middle = 1;
  while (middle * 2 < leaves.length) middle *= 2;
  return tree.node(plainRoot(leaves.slice(0, middle)), plainRoot(leaves.slice(middle)));
}

interface Grown {
  readonly frontier: Frontier;
  readonly leaves: readonly Hash[];
  readonly read: ReadStored;
}

function grown(size: number): Grown {
  const kept = new Map<string, Hash>();
  const leaves = Array.from({ length: size }, (_, index) => leafOf(index));
  let frontier = NO_LEAVES;
  for (const [index, leaf] of leaves.entries()) {
    kept.set(`0/${index}`, leaf);
    const next = append(frontier, leaf, tree);
    for (const node of next.completed) if (isStored(node)) kept.set(`${node.level}/${node.index}`, node.hash);
    frontier = next.frontier;
  }
  const read: ReadStored = async ({ level, start, count }) =>
    Array.from({ length: count }, (_, index) => kept.get(`${level}/${start + index}`)).filter((hash) => hash !== undefined);
  return { frontier, leaves, read };
}

const LARGE = grown(1_100);

describe('the tree of RFC 6962', () => {
  it('has the roots of the test vectors that Certificate Transparency implementations share', () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    let frontier = NO_LEAVES;
    expect(hex(rootOf(frontier, tree))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    for (const [index, input] of inputs.entries()) {
      frontier = append(frontier, tree.leaf(Buffer.from(input, 'hex')), tree).frontier;
      expect(hex(rootOf(frontier, tree))).toBe(roots[index]);
    }
  });

  it('has at each size the root that the definition gives, appended one by one and read back', async () => {
    for (const size of [0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1_024, 1_099]) {
      const expected = hex(plainRoot(LARGE.leaves.slice(0, size)));
      expect(hex(await rootAt(size, LARGE.read, tree))).toBe(expected);
      expect(hex(rootOf(grown(size).frontier, tree))).toBe(expected);
    }
  });

  it('proves each leaf of each small tree, and nothing else', async () => {
    const wronglyTaken: string[] = [];
    for (let size = 1; size <= 20; size++) {
      const root = await rootAt(size, LARGE.read, tree);
      for (let index = 0; index < size; index++) {
        const path = await proveInclusion(index, size, LARGE.read, tree);
        const claim = { index, size, leaf: leafOf(index), path, root };
        expect(verifyInclusion(claim, tree)).toBe(true);
        for (let other = 0; other < size; other++) {
          if (other === index) continue;
          const forged = [
            { ...claim, index: other },
            { ...claim, leaf: leafOf(other) },
          ];
          if (forged.some((one) => verifyInclusion(one, tree))) wronglyTaken.push(`${other} for ${index} of ${size}`);
        }
        expect(verifyInclusion({ ...claim, path: path.slice(1) }, tree)).toBe(size === 1);
        expect(verifyInclusion({ ...claim, path: [...path, root] }, tree)).toBe(false);
      }
    }
    expect(wronglyTaken).toEqual([]);
  });

  it('proves for each pair of small sizes that one grew from the other, and nothing else', async () => {
    for (let second = 0; second <= 24; second++)
      for (let first = 0; first <= second; first++) {
        const [firstRoot, secondRoot] = [await rootAt(first, LARGE.read, tree), await rootAt(second, LARGE.read, tree)];
        const path = await proveConsistency(first, second, LARGE.read, tree);
        const claim = { first, second, firstRoot, secondRoot, path };
        expect(verifyConsistency(claim, tree)).toBe(true);
        const wrong = leafOf(9_999);
        expect(verifyConsistency({ ...claim, firstRoot: wrong }, tree)).toBe(false);
        if (first > 0) expect(verifyConsistency({ ...claim, secondRoot: wrong }, tree)).toBe(false);
        expect(verifyConsistency({ ...claim, path: [...path, wrong] }, tree)).toBe(false);
        if (path.length > 0) expect(verifyConsistency({ ...claim, path: path.slice(0, -1) }, tree)).toBe(false);
      }
  });

  it('proves in large trees too, and a changed byte of a proof never passes', async () => {
    const sizes = fc.integer({ min: 1, max: LARGE.leaves.length });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, at, bit) => {
        const index = at % size;
        const [path, root] = [await proveInclusion(index, size, LARGE.read, tree), await rootAt(size, LARGE.read, tree)];
        const claim = { index, size, leaf: leafOf(index), path, root };
        expect(verifyInclusion(claim, tree)).toBe(true);
        const place = bit % (path.length + 1);
        const flipped = (hash: Hash) => hash.map((byte, byteAt) => (byteAt === at % 32 ? byte ^ (1 << (bit % 8)) : byte));
        const forged =
          place === path.length
            ? { ...claim, root: flipped(root) }
            : { ...claim, path: path.map((hash, one) => (one === place ? flipped(hash) : hash)) };
        expect(verifyInclusion(forged, tree)).toBe(false);
        const first = (bit % size) + 1;
        const grew = { first, second: size, firstRoot: await rootAt(first, LARGE.read, tree), secondRoot: root };
        const consistency = await proveConsistency(first, size, LARGE.read, tree);
        expect(verifyConsistency({ ...grew, path: consistency }, tree)).toBe(true);
        if (first < size) expect(verifyConsistency({ ...grew, firstRoot: flipped(grew.firstRoot), path: consistency }, tree)).toBe(false);
      }),
    );
  });

  it('refuses sizes and places that are none', async () => {
    for (const [index, size] of [
      [0, 0],
      [1, 1],
      [-1, 3],
      [0.5, 3],
      [Number.NaN, 3],
    ] as const) {
      expect(() => inclusionRanges(index, size)).toThrow(RangeError);
      expect(verifyInclusion({ index, size, leaf: leafOf(0), path: [], root: leafOf(0) }, tree)).toBe(false);
    }
    expect(() => consistencyRanges(3, 2)).toThrow('A tree of 3 leaves cannot have become one of 2');
    const hash = leafOf(0);
    expect(verifyConsistency({ first: 3, second: 2, firstRoot: hash, secondRoot: hash, path: [] }, tree)).toBe(false);
    expect(sameHash(hash, hash.slice(1))).toBe(false);
  });

  it('says what is missing of a tree that lost nodes', async () => {
    const gaping: ReadStored = async (run) => (await LARGE.read(run)).slice(1);
    await expect(rootAt(3, gaping, tree)).rejects.toThrow(TreeDamaged);
    await expect(rootAt(3, gaping, tree)).rejects.toThrow('of 2 nodes from 0 at level 0 it has 1');
  });

  it('reads at most 128 kept nodes for a node, and few runs for a proof of a million', () => {
    expect(inclusionRanges(123_456, 1_000_000)).toHaveLength(20);
    expect(consistencyRanges(123_456, 1_000_000).length).toBeLessThanOrEqual(21);
  });
});
