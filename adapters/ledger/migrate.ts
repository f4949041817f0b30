import type { Database, Dialect, Transaction } from './database.ts';
import { LedgerTooNew } from './errors.ts';

/** SQL that both databases share, or what differs between them or cannot be said in SQL. */
export type Step = string | ((transaction: Transaction, dialect: Dialect) => Promise<void>);

/** Steps to each version, and the table that says how far they were taken. */
export interface Migrations {
  readonly versions: 'ledger_versions' | 'inbox_versions' | 'word_versions';
  readonly steps: readonly (readonly Step[])[];
}

/** Of several processes that begin together the first does all of it; the others wait for it and find it done. Throws LedgerTooNew. */
export async function migrate(transaction: Transaction, { dialect, place }: Database, { versions, steps }: Migrations): Promise<void> {
  await transaction.write([`CREATE TABLE IF NOT EXISTS ${versions} (version BIGINT NOT NULL PRIMARY KEY)`]);
  const [row] = await transaction.read(`SELECT max(version) AS version FROM ${versions}`);
  const version = Number(row?.version ?? 0);
  if (version > steps.length) throw new LedgerTooNew(place, version, steps.length);
  for (const [index, some] of steps.entries()) {
    if (index < version) continue;
    for (const step of some) await (typeof step === 'string' ? transaction.write([step]) : step(transaction, dialect));
    await transaction.write([{ sql: `INSERT INTO ${versions} (version) VALUES (?)`, args: [index + 1] }]);
  }
}
