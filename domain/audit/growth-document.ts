import { fromBase64 } from '../merkle/base64.ts';
import { type Hash, sameHash, type TreeHash } from '../merkle/tree-hash.ts';
import { verifyConsistency } from '../merkle/verify.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import type { NoteVerifier } from './signed-note.ts';

/** That a ledger has only grown since it had `size` records: a consistency proof of RFC 6962, and nothing else of the ledger is needed. */
export interface GrowthDocument {
  readonly format: typeof GROWTH_FORMAT;
  readonly size: number;
  /** Of the first `size` records, in base64. */
  readonly root: string;
  /** Hashes in base64, in the order of RFC 6962. */
  readonly consistency: readonly string[];
  /** What it has become: a signed note. */
  readonly checkpoint: string;
  readonly key: string;
}

export const GROWTH_FORMAT = 'tidegate-growth/1';

export interface GrowthTrust {
  verifier(key: string): NoteVerifier | undefined;
  /** A checkpoint that was kept elsewhere: the one that the ledger is to have grown from. */
  readonly kept?: Checkpoint;
  readonly tree: TreeHash;
}

export type GrowthVerdict =
  | { readonly kind: 'whole'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'broken'; readonly reason: string };

/** Whether something that was read is such a document at all. */
export function isGrowth(value: unknown): value is GrowthDocument {
  if (typeof value !== 'object' || value === null) return false;
  const { format, size, root, consistency, checkpoint, key } = value as Partial<Record<keyof GrowthDocument, unknown>>;
  const isPath = Array.isArray(consistency) && consistency.every((hash) => typeof hash === 'string');
  const texts = [root, checkpoint, key].every((text) => typeof text === 'string');
  return format === GROWTH_FORMAT && Number.isSafeInteger(size) && isPath && texts;
}

/** Whether the ledger of the checkpoint begins with the records that it had then. */
export function verifyGrowth(document: GrowthDocument, { verifier: verifierOf, kept, tree }: GrowthTrust): GrowthVerdict {
  const { size: first, consistency } = document;
  const verifier = verifierOf(document.key);
  if (verifier === undefined) return broken('its key is not the one that it is to be checked with');
  const checkpoint = openCheckpoint(document.checkpoint, verifier);
  if (checkpoint === undefined) return broken('its checkpoint is not signed by the key');
  const firstRoot = fromBase64(document.root);
  if (kept !== undefined && (kept.size !== first || firstRoot === undefined || !sameHash(kept.root, firstRoot)))
    return broken(`it does not begin at the checkpoint that you kept, which is of ${kept.size} records`);
  const path = consistency.map(fromBase64).filter((hash): hash is Hash => hash !== undefined);
  const claim = { first, second: checkpoint.size, firstRoot: firstRoot ?? tree.empty, secondRoot: checkpoint.root, path };
  const holds = firstRoot !== undefined && path.length === consistency.length && verifyConsistency(claim, tree);
  return holds ? { kind: 'whole', checkpoint } : broken(`the ledger does not begin with the ${first} records that it had then`);
}

function broken(reason: string): GrowthVerdict {
  return { kind: 'broken', reason };
}
