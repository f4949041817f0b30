import { hash } from 'node:crypto';
import type { HashFunction } from '../../domain/canonical.ts';
import { treeHash } from '../../domain/merkle/tree-hash.ts';

/** SHA-256, as the tree of the ledger has it. */
export const LEDGER_TREE = treeHash((bytes) => hash('sha256', bytes, 'buffer'));

/** SHA-256 of a text, as commitments and digests in leaves have it. */
export const ledgerHash: HashFunction = (text) => `sha256:${hash('sha256', text, 'hex')}`;
