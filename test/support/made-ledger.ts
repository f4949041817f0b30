import { LEDGER_TREE, ledgerHash } from '../../adapters/ledger/hashing.ts';
import { makeSigningKey, type NoteSigner, readSigningKey, readVerifierKey } from '../../adapters/ledger/note-keys.ts';
import { printCheckpoint } from '../../domain/audit/checkpoint.ts';
import { EXPORT_FORMAT, type ExportedRecord, printLine } from '../../domain/audit/export-lines.ts';
import { leafText, toRecord } from '../../domain/audit/record.ts';
import type { ExportTrust } from '../../domain/audit/verify-export.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { append, type Frontier, NO_LEAVES, rootOf } from '../../domain/merkle/frontier.ts';
import type { ReadStored } from '../../domain/merkle/stored-nodes.ts';

/** A signer of a ledger by this name, with a key of its own. */
export function newSigner(name: string): NoteSigner {
  const signer = readSigningKey(makeSigningKey(name));
  if (signer === undefined) throw new Error(`No key was made for ${name}`);
  return signer;
}

/** How an export is checked, by the key that it names itself. */
export const BY_ITS_OWN_KEY: ExportTrust = {
  verifier: readVerifierKey,
  hash: ledgerHash,
  tree: LEDGER_TREE,
  toHex: (hash) => Buffer.from(hash).toString('hex'),
  toBytes: (text) => Buffer.from(text),
};

/** The lines, with their ends, of an export of these entries, with a checkpoint after each so many records. */
export function madeExport(entries: readonly LedgerEntry[], signer: NoteSigner, every: number): string[] {
  let frontier = NO_LEAVES;
  const checkpoint = () => signer.sign(printCheckpoint({ origin: signer.name, size: frontier.size, root: rootOf(frontier, LEDGER_TREE) }));
  const lines: string[] = [];
  let checkpoints = 0;
  for (const [index, entry] of entries.entries()) {
    const record = exported(entry, index + 1);
    frontier = append(frontier, Buffer.from(record.hash, 'hex'), LEDGER_TREE).frontier;
    lines.push(printLine(record));
    if ((index + 1) % every !== 0) continue;
    lines.push(printLine({ checkpoint: checkpoint() }));
    checkpoints += 1;
  }
  return [printLine({ format: EXPORT_FORMAT, checkpoint: checkpoint(), key: signer.verifierKey, checkpoints }), ...lines];
}

/** The tree over these entries, as it was after each of them, and its leaves as a ledger keeps them; of fewer than 256. */
export function madeTree(entries: readonly LedgerEntry[]) {
  const leaves = entries.map((entry, index) => Buffer.from(exported(entry, index + 1).hash, 'hex'));
  const frontiers: Frontier[] = [NO_LEAVES];
  for (const leaf of leaves) frontiers.push(append(frontiers.at(-1) ?? NO_LEAVES, leaf, LEDGER_TREE).frontier);
  const read: ReadStored = async ({ start, count }) => leaves.slice(start, start + count);
  return { frontiers, read };
}

export function exported(entry: LedgerEntry, sequence: number): ExportedRecord {
  const record = toRecord(entry, sequence, `salt ${sequence}`, ledgerHash);
  return { ...record, hash: Buffer.from(LEDGER_TREE.leaf(Buffer.from(leafText(record, ledgerHash)))).toString('hex') };
}
