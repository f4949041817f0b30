import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Transaction } from './database.ts';
import { RecordNeeded, RecordUnknown } from './errors.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { readRecord } from './rows.ts';

export interface Erasure {
  /** Who asked for it, and why. */
  readonly entry: LedgerEntry;
  /** What the keys of records begin with that something in force is checked by. */
  readonly needed: readonly string[];
}

interface Erased {
  readonly entries: readonly LedgerEntry[];
  readonly result: readonly number[];
}

/** Empties the personal parts that are still there, and records which they were: all or nothing. Throws RecordUnknown, RecordNeeded. */
export async function eraseIn(transaction: Transaction, sequences: readonly number[], { entry, needed }: Erasure): Promise<Erased> {
  const found: number[] = [];
  for (const sequence of new Set(sequences)) {
    const [row] = await transaction.read(RECORD_STATEMENTS.one(sequence));
    if (row === undefined) throw new RecordUnknown(sequence);
    const { personal } = readRecord(row);
    if (personal === undefined) continue;
    const use = needed.find((prefix) => personal.key.startsWith(prefix));
    if (use !== undefined) throw new RecordNeeded(sequence, use);
    found.push(sequence);
  }
  if (found.length === 0) return { entries: [], result: [] };
  await transaction.write(found.map(RECORD_STATEMENTS.erase));
  return { entries: [{ ...entry, action: 'personal-data-erased', names: found.map(String) }], result: found };
}
