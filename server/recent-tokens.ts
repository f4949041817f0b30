import type { KeptToken } from '../domain/people/token.ts';

/** Ten minutes: long enough to go back in an outage, and not for a revocation to wait much longer than the outage does. */
const KEPT_MS = 600_000;
const MOST = 1_000;

/** Tokens that were good a moment ago, for while nobody can be asked. */
export class RecentTokens {
  readonly #seen = new Map<string, { readonly token: KeptToken; readonly at: number }>();

  keep(hash: string, token: KeptToken, now: number): void {
    this.#seen.delete(hash);
    this.#seen.set(hash, { token, at: now });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST && oldest !== undefined) this.#seen.delete(oldest);
  }

  find(hash: string, now: number): KeptToken | undefined {
    const found = this.#seen.get(hash);
    return found !== undefined && now - found.at < KEPT_MS ? found.token : undefined;
  }

  /** Known to be good no longer. */
  forget(id: string): void {
    for (const [hash, { token }] of this.#seen) if (token.id === id) this.#seen.delete(hash);
  }
}
