import { folded, frontierNodes } from './frontier.ts';
import { consistencyRanges, inclusionRanges, type LeafRange, nodesUnder } from './shape.ts';
import { hashesOf, type ReadStored } from './stored-nodes.ts';
import type { Hash, TreeHash } from './tree-hash.ts';

/** The root of the tree when it had so many leaves. Throws TreeDamaged. */
export async function rootAt(size: number, read: ReadStored, tree: TreeHash): Promise<Hash> {
  return folded(await hashesOf(frontierNodes(size), read, tree), tree);
}

/** That a leaf (from 0) is in the tree of so many leaves. Throws RangeError, TreeDamaged. */
export function proveInclusion(index: number, size: number, read: ReadStored, tree: TreeHash): Promise<readonly Hash[]> {
  return hashesOfRanges(inclusionRanges(index, size), read, tree);
}

/** That the tree of `second` leaves begins with the one of `first`. Throws RangeError, TreeDamaged. */
export function proveConsistency(first: number, second: number, read: ReadStored, tree: TreeHash): Promise<readonly Hash[]> {
  return hashesOfRanges(consistencyRanges(first, second), read, tree);
}

async function hashesOfRanges(ranges: readonly LeafRange[], read: ReadStored, tree: TreeHash): Promise<readonly Hash[]> {
  const hashes: Hash[] = [];
  for (const range of ranges) hashes.push(folded(await hashesOf(nodesUnder(range), read, tree), tree));
  return hashes;
}
