import { createHash } from 'node:crypto';
import type { HashFunction } from '../../domain/canonical.ts';
import { treeHash } from '../../domain/merkle/tree-hash.ts';

/** SHA-256, as the tree of the ledger has it. */
export const LEDGER_TREE = treeHash((bytes) => createHash('sha256').update(bytes).digest());

/** SHA-256 of a text, as commitments and digests in leaves have it. */
export const ledgerHash: HashFunction = (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
