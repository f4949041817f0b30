import type { LedgerEntry } from '../ledger.ts';

/** Somebody at a provider: their name here was given at their first sign-in, and stays whatever the provider calls them later. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What the ledger keeps of a first sign-in. */
export function bindingOf({ issuer, name, at }: Identity): LedgerEntry {
  return {
    key: `person/${name}/bound`,
    action: 'person-bound',
    actor: name,
    authentication: `sign-in at ${issuer}`,
    reason: 'first sign-in',
    at,
  };
}
