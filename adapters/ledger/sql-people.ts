import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Identity } from '../../domain/people/identity.ts';
import type { KeptToken } from '../../domain/people/token.ts';
import { type Database, type Statement, Taken } from './database.ts';
import { checkIdentities, contentOfIdentity, identityDifferences, isRecordedName } from './identity-check.ts';
import { PEOPLE_STATEMENTS } from './people-statements.ts';
import type { FoundIdentity, FoundToken, PeopleStore } from './people-store.ts';
import type { RecordWriter } from './record-writer.ts';
import { checkTokens, contentOfToken, readToken } from './token-check.ts';
import { type Difference, vouchingFor } from './vouching.ts';

/** Tokens and names in the ledger's own database: a change is there together with its record, or neither is. */
export class SqlPeople implements PeopleStore {
  readonly #database: Database;
  readonly #writer: RecordWriter;

  constructor(database: Database, writer: RecordWriter) {
    this.#database = database;
    this.#writer = writer;
  }

  async keepToken(token: KeptToken, hash: string, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([PEOPLE_STATEMENTS.keepToken(token, hash)], [vouchingFor(entry, contentOfToken(canonicalJson(token), hash))]);
  }

  async findToken(id: string): Promise<FoundToken | undefined> {
    const [row] = await this.#database.read(PEOPLE_STATEMENTS.token(id));
    const [found] = row === undefined ? [] : await checkTokens(this.#database, [row]);
    return found;
  }

  /** Tokens in force, and names, whose rows are not as they were recorded. */
  async differences(now: string): Promise<readonly Difference[]> {
    const tokens = await checkTokens(this.#database, await this.#database.read(PEOPLE_STATEMENTS.tokens(undefined)));
    const doubtful = tokens.filter(({ doubt, token }) => doubt !== undefined && token.revokedAt === undefined && token.expiresAt > now);
    const found = doubtful.map(({ token: { id }, doubt = '' }) => ({ what: `token ${id}`, reason: `${doubt}, so it opens nothing` }));
    return [...found, ...(await identityDifferences(this.#database))];
  }

  /** What the keys of the records begin with of tokens that have not expired. */
  async keysInForce(now: string): Promise<readonly string[]> {
    return (await this.tokens()).filter(({ expiresAt }) => expiresAt > now).map(({ id }) => `token/${id}/`);
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

  async identity(issuer: string, subject: string): Promise<FoundIdentity | undefined> {
    return this.#checked(PEOPLE_STATEMENTS.identity(issuer, subject));
  }

  async identityNamed(name: string): Promise<FoundIdentity | undefined> {
    return this.#checked(PEOPLE_STATEMENTS.identityNamed(name));
  }

  async bindIdentity(identity: Identity, skeleton: string, entry: LedgerEntry): Promise<boolean> {
    try {
      return await this.#writer.transaction(async (transaction) => {
        if (await isRecordedName(transaction, skeleton)) return { entries: [], result: false };
        const body = canonicalJson({ ...identity, salt: randomBytes(16).toString('hex') });
        await transaction.write([PEOPLE_STATEMENTS.bindIdentity(identity, skeleton, body)]);
        return { entries: [vouchingFor(entry, contentOfIdentity(body))], result: true };
      });
    } catch (error) {
      if (error instanceof Taken) return false;
      throw error;
    }
  }

  async #checked(statement: Statement): Promise<FoundIdentity | undefined> {
    const [found] = await checkIdentities(this.#database, await this.#database.read(statement));
    return found;
  }
}
