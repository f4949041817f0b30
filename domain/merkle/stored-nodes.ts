import { foldedWhole } from './frontier.ts';
import type { TreeNode } from './shape.ts';
import type { Hash, TreeHash } from './tree-hash.ts';

/**
 * Of the nodes above the leaves, those of each eighth level are kept: one for 256 below it, as in tiles (C2SP tlog-tiles). What lies
 * between is made from at most 128 that are kept, so that an append writes little and a proof reads little.
 */
const EACH = 8;

export function isStored({ level }: TreeNode): boolean {
  return level % EACH === 0;
}

/** Neighbours of one level. */
export interface StoredRun {
  readonly level: number;
  readonly start: number;
  readonly count: number;
}

/** The kept nodes that a node is made of. */
export function storedUnder({ level, index }: TreeNode): StoredRun {
  const above = level % EACH;
  const count = 2 ** above;
  return { level: level - above, start: index * count, count };
}

/** Reads hashes that are kept, in order. */
export type ReadStored = (run: StoredRun) => Promise<readonly Hash[]>;

/** The hashes of nodes, whether kept or not. Throws TreeDamaged where one that must be kept is missing. */
export async function hashesOf(nodes: readonly TreeNode[], read: ReadStored, tree: TreeHash): Promise<readonly Hash[]> {
  const hashes: Hash[] = [];
  for (const node of nodes) {
    const run = storedUnder(node);
    const found = await read(run);
    if (found.length !== run.count) throw new TreeDamaged(run, found.length);
    hashes.push(foldedWhole(found, tree));
  }
  return hashes;
}

/** Nodes of the tree that must be there are not. */
export class TreeDamaged extends Error {
  override readonly name = 'TreeDamaged';

  constructor({ level, start, count }: StoredRun, found: number) {
    super(
      `The ledger's tree is damaged: of ${count} nodes from ${start} at level ${level} it has ${found}. Restore the ledger from a backup that is newer than its last checkpoint`,
    );
  }
}
