import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../adapters/ledger/database.ts';
import type { LedgerPlace } from '../../adapters/ledger/open-ledger.ts';
import { PostgresDatabase } from '../../adapters/ledger/postgres-database.ts';
import { SqliteDatabase } from '../../adapters/ledger/sqlite-database.ts';
import { findPostgres, startPostgres } from '../../lab/postgres.ts';

const PATIENT_MS = 60_000;

/** A kind of database that a ledger can be in. */
export interface BenchDatabase {
  readonly name: string;
  start(): Promise<StartedDatabase>;
}

export interface StartedDatabase {
  readonly place: LedgerPlace;
  /** The same kind, as somebody would use it who wants no proof. */
  openPlain(): Promise<Database>;
  /** Of the ledger's database on the disk. */
  bytes(): Promise<number>;
  stop(): Promise<void>;
}

/** SQLite, and PostgreSQL where its programs are. Both wait for the disk at each commit. */
export async function benchDatabases(environment: NodeJS.ProcessEnv): Promise<readonly BenchDatabase[]> {
  const programs = await findPostgres(environment);
  const postgres = programs === undefined ? [] : [{ name: 'PostgreSQL', start: () => inPostgres(programs) }];
  return [{ name: 'SQLite', start: inSqlite }, ...postgres];
}

async function inSqlite(): Promise<StartedDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-ledger-'));
  const file = join(folder, 'ledger.db');
  return {
    place: { file },
    openPlain: () => SqliteDatabase.open(join(folder, 'plain.db'), PATIENT_MS),
    bytes: async () => (await stat(file)).size,
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function inPostgres(programs: string): Promise<StartedDatabase> {
  const server = await startPostgres(programs, { safe: true });
  const { host, port, user } = server;
  const access = { host, port, user, database: 'postgres', tls: 'off' } as const;
  const openPlain = () => PostgresDatabase.open(access, PATIENT_MS);
  return {
    place: { postgres: access },
    openPlain,
    bytes: async () => {
      const database = await openPlain();
      const [row] = await database.read("SELECT pg_total_relation_size('records') + pg_total_relation_size('nodes') AS bytes");
      database.close();
      return Number(row?.bytes);
    },
    stop: () => server.stop(),
  };
}
