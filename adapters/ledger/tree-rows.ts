import { type Frontier, frontierNodes } from '../../domain/merkle/frontier.ts';
import { hashesOf, type ReadStored } from '../../domain/merkle/stored-nodes.ts';
import type { Row, Statement } from './database.ts';
import { LEDGER_TREE } from './hashing.ts';
import { TREE_STATEMENTS } from './record-statements.ts';

/** Whatever reads: a database, or a transaction of it. */
export interface Reader {
  read(statement: Statement): Promise<readonly Row[]>;
}

/** The nodes that the database keeps: leaves with their records, each eighth level above in a table of its own. */
export function storedNodes(reader: Reader): ReadStored {
  return async (run) => {
    const rows = await reader.read(run.level === 0 ? TREE_STATEMENTS.leaves(run.start, run.count) : TREE_STATEMENTS.nodes(run));
    return rows.map((row) => Buffer.from(String(row.hash), 'hex'));
  };
}

/** The end of the ledger: how many records it has, and the last one's leaf. */
export interface LedgerEnd {
  readonly size: number;
  /** In hexadecimal digits; empty without records. */
  readonly leaf: string;
}

export async function readEnd(reader: Reader): Promise<LedgerEnd> {
  const [row] = await reader.read(TREE_STATEMENTS.end);
  return { size: Number(row?.sequence ?? 0), leaf: String(row?.leaf ?? '') };
}

/** Throws TreeDamaged. */
export async function readFrontier(reader: Reader, size: number): Promise<Frontier> {
  return { size, hashes: await hashesOf(frontierNodes(size), storedNodes(reader), LEDGER_TREE) };
}
