import type { HashFunction } from '../canonical.ts';
import { fromBase64 } from '../merkle/base64.ts';
import type { Hash, TreeHash } from '../merkle/tree-hash.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { isUnaltered, type LedgerRecord, leafText } from './record.ts';
import { isLedgerRecord } from './record-form.ts';
import type { NoteVerifier } from './signed-note.ts';

/** A record with all that proves it: nothing else of the ledger is needed. */
export interface ProofDocument {
  readonly format: typeof PROOF_FORMAT;
  readonly record: LedgerRecord;
  /** Hashes from the leaf up, in base64. */
  readonly inclusion: readonly string[];
  /** A signed note. */
  readonly checkpoint: string;
  readonly key: string;
}

export const PROOF_FORMAT = 'tidegate-proof/1';

export interface ProofTrust {
  verifier(key: string): NoteVerifier | undefined;
  readonly hash: HashFunction;
  readonly tree: TreeHash;
  readonly toBytes: (text: string) => Uint8Array;
}

export type ProofVerdict =
  | { readonly kind: 'whole'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'broken'; readonly reason: string };

/** Whether something that was read is a proof at all. */
export function isProof(value: unknown): value is ProofDocument {
  if (typeof value !== 'object' || value === null) return false;
  const { format, record, inclusion, checkpoint, key } = value as Partial<Record<keyof ProofDocument, unknown>>;
  const isPath = Array.isArray(inclusion) && inclusion.every((hash) => typeof hash === 'string');
  return format === PROOF_FORMAT && isLedgerRecord(record) && isPath && typeof checkpoint === 'string' && typeof key === 'string';
}

/** Whether a record is in the ledger that the checkpoint is of. */
export function verifyProof({ record, inclusion, checkpoint: note, key }: ProofDocument, trust: ProofTrust): ProofVerdict {
  const verifier = trust.verifier(key);
  if (verifier === undefined) return broken('its key is not the one that it is to be checked with');
  const checkpoint = openCheckpoint(note, verifier);
  if (checkpoint === undefined) return broken('its checkpoint is not signed by the key');
  if (!isUnaltered(record, trust.hash)) return broken('who did it, how they were known, or why, was changed');
  const path = inclusion.map(fromBase64).filter((hash): hash is Hash => hash !== undefined);
  const leaf = trust.tree.leaf(trust.toBytes(leafText(record, trust.hash)));
  const isIn = verifyInclusion({ index: record.sequence - 1, size: checkpoint.size, leaf, path, root: checkpoint.root }, trust.tree);
  return isIn && path.length === inclusion.length
    ? { kind: 'whole', checkpoint }
    : broken('the record is not in the ledger of that checkpoint');
}

function broken(reason: string): ProofVerdict {
  return { kind: 'broken', reason };
}
