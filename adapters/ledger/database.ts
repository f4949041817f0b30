/** What a statement is given in place of a `?`. */
export type Value = string | number | null;

/** SQL that SQLite and PostgreSQL share: `?` for a value, columns of TEXT and BIGINT alone. */
export type Statement = string | { readonly sql: string; readonly args: readonly Value[] };

/** Numbers are numbers and texts are texts, whichever database it is. */
export type Row = Readonly<Record<string, unknown>>;

export type Dialect = 'sqlite' | 'postgres';

/** The only writer, from its beginning on: what it reads stays true until it ends. */
export interface Transaction {
  read(statement: Statement): Promise<readonly Row[]>;
  /** Throws Taken where something unique is there already: nothing of the transaction is written then. */
  write(statements: readonly Statement[]): Promise<void>;
}

/** A database that other processes use too. Everything throws LedgerUnavailable when it cannot be used. */
export interface Database {
  /** As messages name it; no secret is in it. */
  readonly place: string;
  readonly dialect: Dialect;
  read(statement: Statement): Promise<readonly Row[]>;
  /** All or nothing, and one after the other across all processes. What `work` throws is thrown, and nothing is written then. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** What was overwritten is gone from the files too, as far as that is in our hands. */
  forget(): Promise<void>;
  close(): void;
}

/** Something that must be unique is there already. */
export class Taken extends Error {
  override readonly name = 'Taken';
}
