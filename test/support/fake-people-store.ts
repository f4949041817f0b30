import type { FoundIdentity, FoundToken, PeopleStore } from '../../adapters/ledger/people-store.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Identity } from '../../domain/people/identity.ts';
import type { KeptToken } from '../../domain/people/token.ts';

/** Keeps tokens and names in memory. */
export class FakePeopleStore implements PeopleStore {
  readonly kept = new Map<string, FoundToken>();
  readonly entries: LedgerEntry[] = [];
  /** Thrown by what is read while set. */
  failure: Error | undefined;
  /** Why nobody is whom a name says, by name. */
  readonly doubts = new Map<string, string>();
  readonly #identities: { readonly identity: Identity; readonly skeleton: string }[] = [];

  async keepToken(token: KeptToken, hash: string, entry: LedgerEntry): Promise<void> {
    this.kept.set(token.id, { token, hash });
    this.entries.push(entry);
  }

  async findToken(id: string) {
    if (this.failure) throw this.failure;
    return this.kept.get(id);
  }

  async tokens(person?: string): Promise<readonly KeptToken[]> {
    return [...this.kept.values()].map(({ token }) => token).filter((token) => person === undefined || token.person === person);
  }

  async revokeToken(id: string, by: string, at: string, entry: LedgerEntry): Promise<void> {
    const found = this.kept.get(id);
    if (found === undefined || found.token.revokedAt !== undefined) return;
    this.kept.set(id, { ...found, token: { ...found.token, revokedAt: at, revokedBy: by } });
    this.entries.push(entry);
  }

  async tokenUsed(id: string, at: string): Promise<void> {
    const found = this.kept.get(id);
    if (found !== undefined) this.kept.set(id, { ...found, token: { ...found.token, usedAt: at } });
  }

  async identity(issuer: string, subject: string): Promise<FoundIdentity | undefined> {
    if (this.failure) throw this.failure;
    return this.#found((identity) => identity.issuer === issuer && identity.subject === subject);
  }

  async identityNamed(name: string): Promise<FoundIdentity | undefined> {
    return this.#found((identity) => identity.name === name);
  }

  #found(is: (identity: Identity) => boolean): FoundIdentity | undefined {
    const found = this.#identities.find(({ identity }) => is(identity))?.identity;
    const doubt = found && this.doubts.get(found.name);
    return found && { ...found, ...(doubt !== undefined && { doubt }) };
  }

  async bindIdentity(identity: Identity, skeleton: string, entry: LedgerEntry): Promise<boolean> {
    if (this.#identities.some((one) => one.skeleton === skeleton)) return false;
    if ((await this.identity(identity.issuer, identity.subject)) !== undefined) return false;
    this.#identities.push({ identity, skeleton });
    this.entries.push(entry);
    return true;
  }
}
