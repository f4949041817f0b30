import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Identity } from '../../domain/people/identity.ts';
import type { KeptToken } from '../../domain/people/token.ts';

export interface FoundToken {
  readonly token: KeptToken;
  readonly hash: string;
  /** Why it must open nothing, in a sentence: its row is not as the ledger recorded it. */
  readonly doubt?: string;
}

export interface FoundIdentity extends Identity {
  /** Why nobody is who it says, in a sentence: its row is not as the ledger recorded it. */
  readonly doubt?: string;
}

/** Tokens by their hashes, and the names of those who signed in. Everything throws LedgerUnavailable when the database cannot be used. */
export interface PeopleStore {
  /** Together with its record. */
  keepToken(token: KeptToken, hash: string, entry: LedgerEntry): Promise<void>;
  findToken(id: string): Promise<FoundToken | undefined>;
  /** Newest first; of everybody where nobody is named. */
  tokens(person?: string): Promise<readonly KeptToken[]>;
  /** Together with its record; what was revoked before stays as it was. */
  revokeToken(id: string, by: string, at: string, entry: LedgerEntry): Promise<void>;
  tokenUsed(id: string, at: string): Promise<void>;
  identity(issuer: string, subject: string): Promise<FoundIdentity | undefined>;
  identityNamed(name: string): Promise<FoundIdentity | undefined>;
  /** Whether the name was still free, as was every name that looks like it (`skeleton`), by rows and by records. Together with its record. */
  bindIdentity(identity: Identity, skeleton: string, entry: LedgerEntry): Promise<boolean>;
}
