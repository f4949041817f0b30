import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Identity } from '../../domain/people/identity.ts';
import type { KeptToken } from '../../domain/people/token.ts';
import { type Database, type Row, Taken } from './database.ts';
import { NOT_YET, PEOPLE_STATEMENTS } from './people-statements.ts';
import type { PeopleStore } from './people-store.ts';
import type { RecordWriter } from './record-writer.ts';

/** Tokens and names in the ledger's own database: a change is there together with its record, or neither is. */
export class SqlPeople implements PeopleStore {
  readonly #database: Database;
  readonly #writer: RecordWriter;

  constructor(database: Database, writer: RecordWriter) {
    this.#database = database;
    this.#writer = writer;
  }

  async keepToken(token: KeptToken, hash: string, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([PEOPLE_STATEMENTS.keepToken(token, hash)], [entry]);
  }

  async findToken(id: string) {
    const [row] = await this.#database.read(PEOPLE_STATEMENTS.token(id));
    return row && { token: readToken(row), hash: String(row.hash) };
  }

  async tokens(person?: string): Promise<readonly KeptToken[]> {
    return (await this.#database.read(PEOPLE_STATEMENTS.tokens(person))).map(readToken);
  }

  async revokeToken(id: string, by: string, at: string, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([PEOPLE_STATEMENTS.revokeToken(id, by, at)], [entry]);
  }

  async tokenUsed(id: string, at: string): Promise<void> {
    await this.#database.transaction((transaction) => transaction.write([PEOPLE_STATEMENTS.tokenUsed(id, at)]));
  }

  async identity(issuer: string, subject: string): Promise<Identity | undefined> {
    const [row] = await this.#database.read(PEOPLE_STATEMENTS.identity(issuer, subject));
    return row && readIdentity(row);
  }

  async identityNamed(name: string): Promise<Identity | undefined> {
    const [row] = await this.#database.read(PEOPLE_STATEMENTS.identityNamed(name));
    return row && readIdentity(row);
  }

  async bindIdentity(identity: Identity, skeleton: string, entry: LedgerEntry): Promise<boolean> {
    try {
      await this.#writer.write([PEOPLE_STATEMENTS.bindIdentity(identity, skeleton)], [entry]);
      return true;
    } catch (error) {
      if (error instanceof Taken) return false;
      throw error;
    }
  }
}

function readToken(row: Row): KeptToken {
  const { body, revoked_at, revoked_by, used_at } = row;
  return {
    ...(JSON.parse(String(body)) as KeptToken),
    ...(revoked_at !== NOT_YET && { revokedAt: String(revoked_at), revokedBy: String(revoked_by) }),
    ...(used_at !== NOT_YET && { usedAt: String(used_at) }),
  };
}

function readIdentity(row: Row): Identity {
  return JSON.parse(String(row.body)) as Identity;
}
