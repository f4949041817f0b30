import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CheckpointKeeper, type CheckpointSettings } from './checkpoint-keeper.ts';
import type { Database } from './database.ts';
import { LedgerUnavailable } from './errors.ts';
import type { LedgerStore } from './ledger-store.ts';
import { type Migrations, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { type PostgresAccess, PostgresDatabase } from './postgres-database.ts';
import { SqlLedger } from './sql-ledger.ts';
import { SqliteDatabase } from './sqlite-database.ts';

/** Where the ledger is. */
export type LedgerPlace =
  /** An SQLite file; it and its folder are made when they are not there. */
  | { readonly file: string }
  /** A PostgreSQL database, which is there; its tables are made. */
  | { readonly postgres: PostgresAccess };

export type LedgerOptions = LedgerPlace & {
  /** How long a call waits for other processes that write; 8 s. */
  readonly deadlineMs?: number;
  readonly now?: () => Date;
  /** Without them nothing is kept of checkpoints: for whoever only tries. */
  readonly checkpoints?: CheckpointSettings;
};

/** Opens the ledger, which server and workers may have open at once. Throws LedgerUnavailable, LedgerTooNew, LedgerShorter, LedgerDiffers, LedgerKeyUnfit and TreeDamaged. */
export async function openLedger({
  deadlineMs = 8_000,
  now = () => new Date(),
  checkpoints,
  ...place
}: LedgerOptions): Promise<LedgerStore> {
  return openTables(await openDatabase(place, deadlineMs), { versions: 'ledger_versions', steps: MIGRATIONS }, async (database) => {
    const keeper =
      checkpoints === undefined ? CheckpointKeeper.ofThisProcess(database) : await CheckpointKeeper.open(database, checkpoints);
    return new SqlLedger(database, keeper, now);
  });
}

/** Brings a database's tables to this version and opens what uses them; the database is closed where that fails. Throws LedgerUnavailable, LedgerTooNew. */
export async function openTables<Store>(
  database: Database,
  tables: Migrations,
  open: (database: Database) => Promise<Store>,
): Promise<Store> {
  try {
    await database.transaction((transaction) => migrate(transaction, database, tables));
    return await open(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Throws LedgerUnavailable. */
export async function openDatabase(place: LedgerPlace, deadlineMs: number, writer?: string): Promise<Database> {
  if ('postgres' in place) return PostgresDatabase.open(place.postgres, deadlineMs, writer);
  await makeFolder(place.file);
  return SqliteDatabase.open(place.file, deadlineMs);
}

async function makeFolder(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new LedgerUnavailable(file, 'its folder cannot be made', { cause: error });
  }
}
