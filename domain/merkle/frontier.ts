import { nodesUnder, type TreeNode } from './shape.ts';
import type { Hash, TreeHash } from './tree-hash.ts';

/** All that must be known of a tree to append to it: the hashes of its complete subtrees, the largest first, as `nodesUnder` names them. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Hash[];
}

export const NO_LEAVES: Frontier = { size: 0, hashes: [] };

export interface HashedNode extends TreeNode {
  readonly hash: Hash;
}

/** The tree with one more leaf, and the nodes above it that it completes, the lowest first. */
export function append(
  { size, hashes }: Frontier,
  leaf: Hash,
  tree: TreeHash,
): { readonly frontier: Frontier; readonly completed: readonly HashedNode[] } {
  const left = [...hashes];
  const completed: HashedNode[] = [];
  let hash = leaf;
  let index = size;
  for (let level = 1; index % 2 === 1; level++) {
    hash = tree.node(left.pop() ?? tree.empty, hash);
    index = (index - 1) / 2;
    completed.push({ level, index, hash });
  }
  return { frontier: { size: size + 1, hashes: [...left, hash] }, completed };
}

/** The root hash (RFC 6962, section 2.1). */
export function rootOf({ hashes }: Frontier, tree: TreeHash): Hash {
  return folded(hashes, tree);
}

/** The hash of what complete subtrees stand for side by side, the largest first. */
export function folded(hashes: readonly Hash[], tree: TreeHash): Hash {
  const last = hashes.at(-1);
  return last === undefined ? tree.empty : hashes.slice(0, -1).reduceRight((right, left) => tree.node(left, right), last);
}

/** The hash of a complete subtree from those of its leaves, or of its nodes at one level; as many as a power of two. */
export function foldedWhole(hashes: readonly Hash[], tree: TreeHash): Hash {
  let level = hashes;
  while (level.length > 1) level = pairs(level, tree);
  return level[0] ?? tree.empty;
}

function pairs(hashes: readonly Hash[], tree: TreeHash): Hash[] {
  return Array.from({ length: hashes.length / 2 }, (_, index) =>
    tree.node(hashes[2 * index] ?? tree.empty, hashes[2 * index + 1] ?? tree.empty),
  );
}

/** The nodes whose hashes a frontier of this size holds. */
export function frontierNodes(size: number): readonly TreeNode[] {
  return nodesUnder({ start: 0, end: size });
}
