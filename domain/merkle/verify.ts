import { type Hash, sameHash, type TreeHash } from './tree-hash.ts';

export interface Inclusion {
  /** From 0. */
  readonly index: number;
  readonly size: number;
  readonly leaf: Hash;
  readonly path: readonly Hash[];
  readonly root: Hash;
}

/** Whether a leaf is where an inclusion proof says (RFC 9162, section 2.1.3.2). */
export function verifyInclusion({ index, size, leaf, path, root }: Inclusion, tree: TreeHash): boolean {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = tree.node(sibling, hash);
      [node, last] = climbed(node, last);
    } else hash = tree.node(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(hash, root);
}

export interface Consistency {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Hash;
  readonly secondRoot: Hash;
  readonly path: readonly Hash[];
}

/** Whether the second tree is the first with more leaves after it (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(claim: Consistency, tree: TreeHash): boolean {
  const { first, second, firstRoot, secondRoot, path } = claim;
  if (!(Number.isSafeInteger(first) && Number.isSafeInteger(second) && first >= 0 && first <= second)) return false;
  if (first === second) return path.length === 0 && sameHash(firstRoot, secondRoot);
  if (first === 0) return path.length === 0 && sameHash(firstRoot, tree.empty);
  const hashes = isPowerOfTwo(first) ? [firstRoot, ...path] : path;
  const start = hashes.at(0);
  return start !== undefined && leadsToBoth(claim, start, hashes.slice(1), tree);
}

function leadsToBoth(
  { first, second, firstRoot, secondRoot }: Consistency,
  start: Hash,
  siblings: readonly Hash[],
  tree: TreeHash,
): boolean {
  let [node, last] = [first - 1, second - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let [one, other] = [start, start];
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      one = tree.node(sibling, one);
      other = tree.node(sibling, other);
      [node, last] = climbed(node, last);
    } else other = tree.node(other, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(one, firstRoot) && sameHash(other, secondRoot);
}

/** Up to where the node is a right one: above the end of a tree that is not full there are levels without a sibling. */
function climbed(node: number, last: number): [number, number] {
  let [at, end] = [node, last];
  while (!isOdd(at) && at !== 0) [at, end] = [half(at), half(end)];
  return [at, end];
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
