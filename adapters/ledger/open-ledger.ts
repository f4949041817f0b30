import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CheckpointKeeper, type CheckpointSettings } from './checkpoint-keeper.ts';
import type { Database, Transaction } from './database.ts';
import { LedgerTooNew, LedgerUnavailable } from './errors.ts';
import type { LedgerStore } from './ledger-store.ts';
import { MIGRATIONS, VERSIONS } from './migrations.ts';
import { type PostgresAccess, PostgresDatabase } from './postgres-database.ts';
import { SqlLedger } from './sql-ledger.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { STATEMENTS } from './statements.ts';

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
  const database = await openDatabase(place, deadlineMs);
  try {
    await database.transaction((transaction) => migrate(transaction, database));
    const keeper =
      checkpoints === undefined ? CheckpointKeeper.ofThisProcess(database) : await CheckpointKeeper.open(database, checkpoints);
    return new SqlLedger(database, keeper, now);
  } catch (error) {
    database.close();
    throw error;
  }
}

async function openDatabase(place: LedgerPlace, deadlineMs: number): Promise<Database> {
  if ('postgres' in place) return PostgresDatabase.open(place.postgres, deadlineMs);
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

/** Of several processes that begin together the first does all of it; the others wait for it and find it done. */
async function migrate(transaction: Transaction, { dialect, place }: Database): Promise<void> {
  await transaction.write([VERSIONS]);
  const [row] = await transaction.read(STATEMENTS.version);
  const version = Number(row?.version ?? 0);
  if (version > MIGRATIONS.length) throw new LedgerTooNew(place, version, MIGRATIONS.length);
  for (const [index, steps] of MIGRATIONS.entries()) {
    if (index < version) continue;
    for (const step of steps) await (typeof step === 'string' ? transaction.write([step]) : step(transaction, dialect));
    await transaction.write([STATEMENTS.insertVersion(index + 1)]);
  }
}
