import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Client, createClient, type InStatement, LibsqlError, type Transaction as LibsqlTransaction } from '@libsql/client/sqlite3';
import { type Database, type Row, type Statement, Taken, type Transaction } from './database.ts';
import { LedgerUnavailable } from './errors.ts';

/** SQLite waits in the thread of the caller: a short wait there, and the long one without holding up anything else. */
const BUSY_WAIT_MS = 50;
const RETRY_MS = 20;

/** One connection to a database file that other processes use too. Calls take turns, so that two transactions of one process cannot wait for each other. */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly place: string;
  readonly #deadlineMs: number;
  #client: Client;
  #turn: Promise<unknown> = Promise.resolve();
  #stuck = false;
  #closed = false;

  private constructor(client: Client, file: string, deadlineMs: number) {
    this.#client = client;
    this.place = file;
    this.#deadlineMs = deadlineMs;
  }

  /** Throws LedgerUnavailable. */
  static async open(file: string, deadlineMs: number): Promise<SqliteDatabase> {
    const database = new SqliteDatabase(connect(file), file, deadlineMs);
    // With write-ahead logging readers never wait for writers.
    await database.read('PRAGMA journal_mode = WAL');
    for (const setting of SETTINGS) await database.read(setting);
    await requireWholePages(database, file);
    return database;
  }

  async read(statement: Statement): Promise<readonly Row[]> {
    return (await this.#inTurn(() => this.#client.execute(toLibsql(statement)))).rows;
  }

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      // BEGIN IMMEDIATE: whoever has begun is the only writer.
      const transaction = await this.#client.transaction('write');
      try {
        const result = await work(within(transaction));
        await transaction.commit();
        return result;
      } finally {
        transaction.close();
      }
    });
  }

  /** The log still has what stood in the pages that were overwritten. */
  async forget(): Promise<void> {
    await this.read('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#closed = true;
    this.#client.close();
  }

  #inTurn<Result>(operation: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + this.#deadlineMs;
    const result = this.#turn.then(() => this.#patiently(operation, deadline));
    // Whoever asked is told of a failure; the next one has its turn all the same.
    this.#turn = result.then(done, done);
    return result;
  }

  async #patiently<Result>(operation: () => Promise<Result>, deadline: number): Promise<Result> {
    for (;;) {
      try {
        if (this.#stuck && !this.#closed) await this.#reconnect();
        return await operation();
      } catch (error) {
        if (!(error instanceof LibsqlError)) throw error;
        this.#stuck = error.code === 'SQLITE_BUSY' && !this.#closed;
        if (!this.#stuck || Date.now() >= deadline) throw translate(error, this.place);
      }
      await setTimeout(RETRY_MS);
    }
  }

  /** libsql leaves a statement that met SQLITE_BUSY in progress, and its connection can commit nothing until that is collected. */
  async #reconnect(): Promise<void> {
    this.#client.close();
    this.#client = connect(this.place);
    this.#stuck = false;
    for (const setting of SETTINGS) await this.#client.execute(setting);
  }
}

/** A commit has reached the disk when it returns, and what is overwritten there is no longer in the file. */
const SETTINGS = ['PRAGMA synchronous = FULL', 'PRAGMA secure_delete = ON'];

/** SQLite takes a last page that was cut off for one that ends with zeros, and would write on. */
async function requireWholePages(database: SqliteDatabase, file: string): Promise<void> {
  const [row] = await database.read('PRAGMA page_size');
  const { size } = await stat(file);
  if (size % Number(row?.page_size) !== 0) throw new LedgerUnavailable(file, 'it is damaged: its end is cut off. Restore it from a backup');
}

function within(transaction: LibsqlTransaction): Transaction {
  return {
    read: async (statement) => (await transaction.execute(toLibsql(statement))).rows,
    write: async (statements) => {
      for (const statement of statements) await transaction.execute(toLibsql(statement));
    },
  };
}

function toLibsql(statement: Statement): InStatement {
  return typeof statement === 'string' ? statement : { sql: statement.sql, args: [...statement.args] };
}

function done(): void {
  // Nothing follows from how the call before ended.
}

function connect(file: string): Client {
  try {
    return createClient({ url: pathToFileURL(file).href, concurrency: 1, timeout: BUSY_WAIT_MS });
  } catch (error) {
    if (error instanceof LibsqlError) throw translate(error, file);
    throw new LedgerUnavailable(file, 'it cannot be opened. Look at the mode and the owner of the file and its folder', { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'another process has been writing to it for too long. See which one holds it open',
  SQLITE_FULL: 'the disk is full. Free some space',
  SQLITE_IOERR: 'the disk refuses to read or write it. Look at the disk',
  SQLITE_READONLY: 'it may not be written. Look at the mode and the owner of the file and its folder',
  SQLITE_CANTOPEN: 'it cannot be opened. Look at the mode and the owner of the file and its folder',
  SQLITE_NOTADB: 'it is not a ledger. Move it away, or name another data folder',
  SQLITE_CORRUPT: 'it is damaged. Restore it from a backup',
  CLIENT_CLOSED: 'it has been closed',
};

function translate(error: LibsqlError, file: string): Error {
  const extended = error.extendedCode ?? '';
  if (extended === 'SQLITE_CONSTRAINT_UNIQUE' || extended === 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return new Taken(error.message, { cause: error });
  return new LedgerUnavailable(file, REASONS[error.code] ?? error.message, { cause: error });
}
