import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Database, Taken } from './database.ts';
import { LedgerTooNew, LedgerUnavailable } from './errors.ts';
import type { LedgerStore } from './ledger-store.ts';
import { MIGRATIONS, VERSIONS } from './migrations.ts';
import { SqlLedger } from './sql-ledger.ts';
import { STATEMENTS } from './statements.ts';

export interface LedgerOptions {
  /** An SQLite file; it and its folder are made when they are not there. */
  readonly file: string;
  /** How long a call waits for other processes that write; 8 s. */
  readonly deadlineMs?: number;
  readonly now?: () => Date;
}

/** Opens the ledger, which server and workers may have open at once. Throws LedgerUnavailable and LedgerTooNew. */
export async function openLedger({ file, deadlineMs = 8_000, now = () => new Date() }: LedgerOptions): Promise<LedgerStore> {
  await makeFolder(file);
  const database = await Database.open(file, deadlineMs);
  try {
    await migrate(database, file);
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqlLedger(database, now);
}

async function makeFolder(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new LedgerUnavailable(file, 'its folder cannot be made', { cause: error });
  }
}

async function migrate(database: Database, file: string): Promise<void> {
  await database.write([VERSIONS]);
  for (let version = await versionOf(database); version !== MIGRATIONS.length; version = await versionOf(database)) {
    const migration = MIGRATIONS[version];
    if (migration === undefined) throw new LedgerTooNew(file, version, MIGRATIONS.length);
    await migrateOnce(database, version + 1, migration);
  }
}

/** Of several processes that begin together the first does it; the others find the version taken. */
async function migrateOnce(database: Database, version: number, migration: readonly string[]): Promise<void> {
  try {
    await database.write([STATEMENTS.insertVersion(version), ...migration]);
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
  }
}

async function versionOf(database: Database): Promise<number> {
  const [row] = await database.read(STATEMENTS.version);
  return Number(row?.version ?? 0);
}
