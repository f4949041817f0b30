/** A complete subtree: `index` counts those of its level from the left, and level 0 are the leaves. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Leaves from `start` up to and without `end`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** The complete subtrees that a range consists of, the largest first. The range begins where a subtree of its width would. */
export function nodesUnder({ start, end }: LeafRange): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = start; at < end; ) {
    const width = largestPower(end - at);
    nodes.push({ level: Math.log2(width), index: at / width });
    at += width;
  }
  return nodes;
}

/** What an inclusion proof holds, from the leaf up: PATH of RFC 6962, section 2.1.1. Throws RangeError for a leaf outside of the tree. */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size))
    throw new RangeError(`A tree of ${size} leaves has no leaf ${index}`);
  return path(index, { start: 0, end: size });
}

function path(index: number, range: LeafRange): readonly LeafRange[] {
  if (range.end - range.start === 1) return [];
  const { left, right } = split(range);
  return index < right.start ? [...path(index, left), right] : [...path(index, right), left];
}

/** What a consistency proof holds: PROOF of RFC 6962, section 2.1.2. Throws RangeError where the first tree is the larger one. */
export function consistencyRanges(first: number, second: number): readonly LeafRange[] {
  if (!(Number.isSafeInteger(first) && Number.isSafeInteger(second) && first >= 0 && first <= second))
    throw new RangeError(`A tree of ${first} leaves cannot have become one of ${second}`);
  return first === 0 ? [] : subproof(first, { start: 0, end: second }, true);
}

function subproof(end: number, range: LeafRange, isKnown: boolean): readonly LeafRange[] {
  if (end === range.end) return isKnown ? [] : [range];
  const { left, right } = split(range);
  return end <= right.start ? [...subproof(end, left, isKnown), right] : [...subproof(end, right, false), left];
}

/** At the largest power of two that is smaller than its width. */
function split({ start, end }: LeafRange): { readonly left: LeafRange; readonly right: LeafRange } {
  const middle = start + largestPower(end - start - 1);
  return { left: { start, end: middle }, right: { start: middle, end } };
}

/** The largest power of two that is not larger. Sizes outgrow the 32 bits of bitwise operators. */
function largestPower(value: number): number {
  let power = 1;
  while (power * 2 <= value) power *= 2;
  return power;
}
