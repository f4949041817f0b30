import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client/sqlite3';
import postgres from 'postgres';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import { type LedgerOptions, type LedgerPlace, openLedger } from '../../adapters/ledger/open-ledger.ts';
import { findPostgres, type Postgres, startPostgres } from '../../lab/postgres.ts';

/** Databases of one kind, a new one for each test. */
export interface LedgerLab {
  readonly kind: string;
  start(): Promise<void>;
  /** An empty database; the one before may be gone then. */
  newPlace(): Promise<LedgerPlace>;
  /** Runs SQL of the database's own by hand, past the ledger. */
  byHand(place: LedgerPlace, ...statements: readonly string[]): Promise<void>;
  /** The same with what guards the records out of the way, as somebody who owns the database can. */
  unguarded(place: LedgerPlace, ...statements: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const GUARDED = ['records', 'nodes', 'checkpoints', 'standing', 'standing_changes', 'releases', 'passes', 'stage_turns', 'identities'];

class SqliteLab implements LedgerLab {
  readonly kind = 'SQLite';
  #folder = '';
  #count = 0;

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'tidegate-ledger-'));
  }

  async newPlace(): Promise<LedgerPlace> {
    this.#count += 1;
    const folder = join(this.#folder, String(this.#count));
    mkdirSync(folder);
    return { file: join(folder, 'ledger.db') };
  }

  async byHand(place: LedgerPlace, ...statements: readonly string[]): Promise<void> {
    const client = createClient({ url: pathToFileURL('file' in place ? place.file : '').href });
    try {
      for (const statement of statements) await client.execute(statement);
    } finally {
      client.close();
    }
  }

  unguarded(place: LedgerPlace, ...statements: readonly string[]): Promise<void> {
    const triggers = GUARDED.flatMap((table) => [`${table}_refuse_update`, `${table}_refuse_delete`]);
    return this.byHand(place, ...triggers.map((trigger) => `DROP TRIGGER IF EXISTS ${trigger}`), ...statements);
  }

  async stop(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
  }
}

class PostgresLab implements LedgerLab {
  readonly kind = 'PostgreSQL';
  readonly #programs: string;
  #server: Postgres | undefined;

  constructor(programs: string) {
    this.#programs = programs;
  }

  async start(): Promise<void> {
    this.#server = await startPostgres(this.#programs);
  }

  async newPlace(): Promise<LedgerPlace> {
    // A database of its own for each test would take a second each.
    await this.#asOwner('postgres', ['DROP SCHEMA public CASCADE', 'CREATE SCHEMA public']);
    const { host, port, user } = this.#running();
    return { postgres: { host, port, user, database: 'postgres', tls: 'off' } };
  }

  async byHand(place: LedgerPlace, ...statements: readonly string[]): Promise<void> {
    await this.#asOwner('postgres' in place ? place.postgres.database : '', statements);
  }

  unguarded(place: LedgerPlace, ...statements: readonly string[]): Promise<void> {
    return this.byHand(place, ...GUARDED.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`), ...statements);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async #asOwner(database: string, statements: readonly string[]): Promise<void> {
    const { host, port, user } = this.#running();
    const sql = postgres({ host, port, user, database, max: 1, onnotice: () => undefined });
    try {
      for (const statement of statements) await sql.unsafe(statement);
    } finally {
      await sql.end();
    }
  }

  #running(): Postgres {
    if (this.#server === undefined) throw new Error('The PostgreSQL of the tests was not started');
    return this.#server;
  }
}

const programs = await findPostgres(process.env);
if (programs === undefined)
  process.stderr.write("Left out: ledgers in PostgreSQL, as its programs are not there. 'npm test' installs them where it can\n");

/** Both kinds of databases, or SQLite alone, and why is printed. */
export const LEDGER_LABS: readonly LedgerLab[] = [new SqliteLab(), ...(programs === undefined ? [] : [new PostgresLab(programs)])];

/** Machines that run tests are busy. */
const PATIENT_MS = 60_000;

/** Opens ledgers, and closes them all at once. */
export class OpenLedgers {
  readonly #open: LedgerStore[] = [];

  async open(place: LedgerPlace, options: Omit<LedgerOptions, 'file' | 'postgres'> = {}): Promise<LedgerStore> {
    const ledger = await openLedger({ ...place, deadlineMs: PATIENT_MS, ...options });
    this.#open.push(ledger);
    return ledger;
  }

  closeAll(): void {
    for (const ledger of this.#open.splice(0)) ledger.close();
  }
}
