import { types } from 'node:util';
import postgres from 'postgres';
import type { Secret } from '../../domain/secret.ts';
import { type Database, type Row, type Statement, Taken, type Transaction } from './database.ts';
import { LedgerUnavailable } from './errors.ts';
import { onOneConnection, type Runner } from './postgres-transaction.ts';

/** How a PostgreSQL database is reached. */
export interface PostgresAccess {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Undefined where the server asks for none. */
  readonly password?: Secret;
  /** The server's certificate is checked, by the machine's authorities or by these (PEM); `off` speaks in the clear. */
  readonly tls: 'off' | { readonly ca?: string };
}

/** `tidegate` in ASCII: whoever holds this lock is the ledger's only writer. */
const WRITER = '8388065778049086565';
/** Who writes to what is beside the ledger neither waits for its writer nor holds it up. */
export const INBOX_WRITER = '8388065778049086566';
export const WORDS_WRITER = '8388065778049086567';
/** Beyond the server's own time-outs: for a server that says nothing at all. */
const SILENCE_MS = 2_000;
const CONNECTIONS = 4;

/** A PostgreSQL database (12 or later) that other processes use too. */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly place: string;
  readonly #access: PostgresAccess;
  readonly #deadlineMs: number;
  readonly #writer: string;
  #sql: Client;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(access: PostgresAccess, deadlineMs: number, writer: string) {
    this.place = `postgres://${access.host}:${access.port}/${access.database}`;
    this.#access = access;
    this.#writer = writer;
    this.#sql = connect(access, deadlineMs);
    this.#deadlineMs = deadlineMs;
  }

  /** Of all that name one `writer`, one has a transaction under way. Throws LedgerUnavailable. */
  static async open(access: PostgresAccess, deadlineMs: number, writer: string = WRITER): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(access, deadlineMs, writer);
    try {
      await database.read('SELECT 1 AS answer');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  read(statement: Statement): Promise<readonly Row[]> {
    return this.#bounded((sql) => run(sql, statement));
  }

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    // One after the other: each would only hold a connection while it waits for the lock.
    const result = this.#turn.then(() => this.#bounded((sql) => begin(sql, this.#writer, work)));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Its own cleaning removes what was overwritten, and its log keeps it for as long as it is told to. */
  async forget(): Promise<void> {
    return undefined;
  }

  close(): void {
    this.#closed = true;
    void this.#sql.end({ timeout: 1 });
  }

  /** A transaction that we no longer wait for may still be committed: whoever tries again finds it by its keys. */
  async #bounded<Result>(operation: (sql: Client) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new LedgerUnavailable(this.place, 'it has been closed');
    const sql = this.#sql;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#leave(sql);
        reject(new LedgerUnavailable(this.place, 'it does not answer. Look at the server and the network'));
      }, this.#deadlineMs + SILENCE_MS);
    });
    try {
      return await Promise.race([operation(sql), silence]);
    } catch (error) {
      throw translate(error, this.place);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Connections that say nothing would keep their places for as long as the system waits for them; what else is under way on them is tried again. */
  #leave(silent: Client): void {
    if (this.#closed || this.#sql !== silent) return;
    this.#sql = connect(this.#access, this.#deadlineMs);
    void silent.end({ timeout: 0 });
  }
}

async function begin<Result>(client: Client, writer: string, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
  const holder: { result?: Result } = {};
  await onOneConnection(client, async (sql) => {
    await sql.unsafe(`SELECT pg_advisory_xact_lock(${writer})`);
    holder.result = await work(within(sql));
  });
  return holder.result as Result;
}

type Client = ReturnType<typeof connect>;

function connect({ host, port, database, user, password, tls }: PostgresAccess, deadlineMs: number) {
  return postgres({
    host,
    port,
    database,
    username: user,
    ...(password !== undefined && { password: () => password.reveal() }),
    ssl: tls === 'off' ? false : { rejectUnauthorized: true, ...(tls.ca !== undefined && { ca: tls.ca }) },
    max: CONNECTIONS,
    connect_timeout: Math.max(1, Math.ceil(deadlineMs / 1_000)),
    backoff: () => 0.1,
    connection: {
      application_name: 'tidegate',
      lock_timeout: deadlineMs,
      statement_timeout: deadlineMs + SILENCE_MS / 2,
      // A writer that stopped in the middle gives up the lock.
      idle_in_transaction_session_timeout: deadlineMs,
      // Whoever has waited for the lock must see what was written meanwhile, whatever the database has as its default.
      default_transaction_isolation: 'read committed',
    },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    onnotice: () => undefined,
  });
}

function within(sql: Runner): Transaction {
  return {
    read: (statement) => run(sql, statement),
    write: async (statements) => {
      for (const statement of statements) await run(sql, statement);
    },
  };
}

function run(runner: Runner, statement: Statement): Promise<readonly Row[]> {
  return typeof statement === 'string' ? runner.unsafe(statement) : runner.unsafe(numbered(statement.sql), [...statement.args]);
}

const NUMBERED = new Map<string, string>();

/** `?` as PostgreSQL has it: `$1`, `$2`, … */
function numbered(sql: string): string {
  const known = NUMBERED.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql.replaceAll('?', () => `$${++count}`);
  NUMBERED.set(sql, text);
  return text;
}

/** By SQLSTATE, and by what a connection fails with. */
const REASONS: Readonly<Record<string, string>> = {
  '55P03': 'another process has been writing to it for too long. See which one holds the lock in pg_locks',
  '57014': 'it took too long. Look at what else the server does',
  '25P03': 'a transaction has stood still for too long. Look whether this process was stopped, and try again',
  '53100': "the server's disk is full. Free some space",
  '25006': 'it may only be read. Name the primary server, not a replica',
  '28P01': 'the password is wrong. Look at ledger.database.password in tidegate.yaml',
  '28000': "the user may not sign in. Look at ledger.database.user in tidegate.yaml and the server's pg_hba.conf",
  '3D000': 'there is no such database. Make it with createdb',
  '42501': 'the user lacks a right. Let it own the database',
  ECONNREFUSED: 'nothing listens there. Start the server, or look at ledger.database.address in tidegate.yaml',
  ENOTFOUND: 'there is no such host. Look at ledger.database.address in tidegate.yaml',
  CONNECT_TIMEOUT: 'it does not answer. Look at the server and the network',
  CONNECTION_DESTROYED: 'it does not answer. Look at the server and the network',
  CONNECTION_CLOSED: 'it ended the connection. Look at its log',
  CONNECTION_ENDED: 'it has been closed',
};

function translate(error: unknown, place: string): unknown {
  if (!types.isNativeError(error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === '23505') return new Taken(error.message, { cause: error });
  return new LedgerUnavailable(place, REASONS[error.code] ?? error.message, { cause: error });
}
