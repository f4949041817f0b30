import type { LedgerEntry } from '../ledger.ts';

/** Who somebody is: issuer and subject of a provider, or LISTED with the subject that the file says, empty where it says none. */
export interface Holder {
  readonly issuer: string;
  readonly subject: string;
}

/** In place of a provider, for those whom tidegate.yaml names. */
export const LISTED = 'tidegate.yaml';

/** Somebody at a provider: their name here was given at their first sign-in, and stays whatever the provider calls them later. */
export interface Identity extends Holder {
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
    reason: issuer === LISTED ? 'named by tidegate.yaml' : `first sign-in at ${issuer}`,
    at,
  };
}
