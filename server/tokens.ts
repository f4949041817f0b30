import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../domain/secret.ts';
import type { Authenticator, Person } from './ports.ts';

const PREFIX = 'tdg_';

/** A new token: 32 random bytes behind a prefix that secret scanners can look for. */
export function makeToken(): Secret {
  return new Secret(PREFIX + randomBytes(32).toString('base64url'));
}

/** What is kept and compared in place of a token. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Who has which token; only hashes stay in memory. Every hash is compared, whichever fits. */
export function createAuthenticator(holders: readonly { readonly person: Person; readonly token: Secret }[]): Authenticator {
  const hashed = holders.map(({ person, token }) => ({ person, hash: hashToken(token.reveal()) }));
  return (token) => {
    const hash = hashToken(token);
    const fitting = hashed.filter((holder) => timingSafeEqual(holder.hash, hash));
    return fitting[0]?.person;
  };
}
