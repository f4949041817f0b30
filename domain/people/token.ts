import type { LedgerEntry } from '../ledger.ts';
import type { Holder } from './identity.ts';
import { PERMISSIONS, type Permission } from './permission.ts';
import { printRole, type Scope } from './person.ts';
import { printPlace } from './words.ts';

/** A token that somebody made: all of it but the token. Times are ISO 8601 in UTC. */
export interface KeptToken {
  /** Ten digits of its hash: for lists and records, and of no use to sign in. */
  readonly id: string;
  readonly person: string;
  /** Who that was when it was made: somebody else who takes the name later does not get the token with it. */
  readonly holder: Holder;
  /** What it is for, in its maker's words. */
  readonly note: string;
  readonly scope: Scope;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly revokedAt?: string;
  readonly revokedBy?: string;
  /** To the minute; absent while nobody used it. */
  readonly usedAt?: string;
}

/** Who does something to tokens, and how they and their request are known. */
export interface TokenActor {
  readonly person: string;
  readonly authentication: string;
  readonly requestId: string;
}

/** Why a token opens nothing; undefined for one that does. `now` is in milliseconds since the epoch. */
export function objectionToToken({ expiresAt, revokedAt }: KeptToken, now: number): string | undefined {
  if (revokedAt !== undefined) return `The token was revoked at ${revokedAt}`;
  return now >= Date.parse(expiresAt) ? `The token expired at ${expiresAt}` : undefined;
}

/** What one person alone can answer for: not whoever made a token for somebody else, and may have kept it. */
const IN_PERSON: readonly Permission[] = ['vote', 'ratify', 'break-glass'];

/** What a token may be used for: its scope, and nothing that needs the person where somebody else made it. */
export function usableScope({ scope, person, createdBy }: KeptToken): Scope | undefined {
  if (createdBy !== person) return narrowed(scope, (permission) => !IN_PERSON.includes(permission));
  return Object.keys(scope).length === 0 ? undefined : scope;
}

/** What a credential is good for while nobody can tell whether it was revoked: to see, and to go back. */
const MEANWHILE: readonly Permission[] = ['look', 'roll-back', 'raise-alarm', 'decide'];

export function meanwhileScope(scope: Scope | undefined): Scope {
  return narrowed(scope ?? {}, (permission) => MEANWHILE.includes(permission));
}

function narrowed(scope: Scope, fits: (permission: Permission) => boolean): Scope {
  const all = Object.keys(PERMISSIONS) as Permission[];
  return { ...scope, permissions: (scope.permissions ?? all).filter(fits) };
}

/** `role developer for "shop", promote and vote alone`; empty where nothing is limited. */
export function printScope({ role, permissions, ...place }: Scope): string {
  const limits = [
    ...(role === undefined ? [] : [`at most as ${printRole(role)}`]),
    ...(permissions === undefined ? [] : [`for ${permissions.join(', ')} alone`]),
  ];
  return `${limits.join(', ')}${printPlace(place)}`.trim();
}

/** What the ledger keeps of a new token. */
export function creationOf(token: KeptToken, { authentication, requestId }: TokenActor): LedgerEntry {
  const limits = printScope(token.scope);
  return {
    key: `token/${token.id}/created`,
    action: 'token-created',
    actor: token.createdBy,
    authentication,
    requestId,
    reason: `token ${token.id} of ${token.person} until ${token.expiresAt}${limits === '' ? '' : `, ${limits}`}${token.note === '' ? '' : `: ${token.note}`}`,
    at: token.createdAt,
  };
}

/** What the ledger keeps of a token's end. */
export function revocationOf(token: KeptToken, { person, authentication, requestId }: TokenActor, at: string): LedgerEntry {
  return {
    key: `token/${token.id}/revoked`,
    action: 'token-revoked',
    actor: person,
    authentication,
    requestId,
    reason: `token ${token.id} of ${token.person}`,
    at,
  };
}
