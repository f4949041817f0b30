import { randomBytes } from 'node:crypto';
import { leafText, type PersonalPart, toRecord } from '../../domain/audit/record.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { append, type Frontier, type HashedNode } from '../../domain/merkle/frontier.ts';
import { isStored } from '../../domain/merkle/stored-nodes.ts';
import type { Transaction } from './database.ts';
import { LEDGER_TREE, ledgerHash } from './hashing.ts';
import { RECORD_STATEMENTS, type RecordRow, TREE_STATEMENTS } from './record-statements.ts';
import { type LedgerEnd, readEnd, readFrontier } from './tree-rows.ts';

const SALT_BYTES = 16;

/** The tree at the end of a ledger, as whoever wrote last remembers it. */
export interface Head extends LedgerEnd {
  readonly frontier: Frontier;
}

/**
 * Writes entries as the next records, each once for its key, with the nodes of the tree that they complete. `remembered` spares reading the
 * tree, where nobody else has written since. Returns the end. Throws TreeDamaged.
 */
export async function sealEntries(transaction: Transaction, entries: readonly LedgerEntry[], remembered?: Head): Promise<Head> {
  let head = await readHead(transaction, remembered);
  const rows: RecordRow[] = [];
  const nodes: HashedNode[] = [];
  const fresh = await withoutKnown(transaction, entries);
  // Asked for at once: each question of the system's randomness takes as long as a hash.
  const salts = randomBytes(SALT_BYTES * fresh.length);
  for (const [index, entry] of fresh.entries()) {
    const salt = salts.toString('hex', index * SALT_BYTES, (index + 1) * SALT_BYTES);
    const row = seal(entry, head.size + 1, salt);
    const { frontier, completed } = append(head.frontier, Buffer.from(row.leaf, 'hex'), LEDGER_TREE);
    rows.push(row);
    nodes.push(...completed.filter(isStored));
    head = { size: frontier.size, leaf: row.leaf, frontier };
  }
  await transaction.write([...RECORD_STATEMENTS.insert(rows), ...TREE_STATEMENTS.insertNodes(nodes)]);
  return head;
}

async function readHead(transaction: Transaction, remembered: Head | undefined): Promise<Head> {
  const end = await readEnd(transaction);
  if (remembered?.size === end.size && remembered.leaf === end.leaf) return remembered;
  return { ...end, frontier: await readFrontier(transaction, end.size) };
}

async function withoutKnown(transaction: Transaction, entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
  const keys = new Set<string>();
  for (const statement of RECORD_STATEMENTS.keys(entries.map(({ key }) => key)))
    for (const row of await transaction.read(statement)) keys.add(String(row.key));
  return entries.filter(({ key }) => {
    const isNew = !keys.has(key);
    keys.add(key);
    return isNew;
  });
}

function seal(entry: LedgerEntry, sequence: number, salt: string): RecordRow {
  const record = toRecord(entry, sequence, salt, ledgerHash);
  const { facts, personal, commitment } = record;
  return {
    sequence,
    key: entry.key,
    application: entry.application ?? '',
    number: entry.release ?? 0,
    action: entry.action,
    actor: entry.actor,
    at: entry.at,
    leaf: Buffer.from(LEDGER_TREE.leaf(Buffer.from(leafText(record, ledgerHash)))).toString('hex'),
    commitment,
    facts: canonicalJson(facts),
    personal: canonicalJson(personal satisfies PersonalPart),
    content: entry.content ?? '',
  };
}
