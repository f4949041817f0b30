import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../domain/secret.ts';
import type { Authenticator, SignedIn } from './ports.ts';

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
export function createAuthenticator(holders: readonly (SignedIn & { readonly token: Secret })[]): Authenticator {
  const hashed = holders.map(({ token, ...signedIn }) => ({ signedIn, hash: hashToken(token.reveal()) }));
  return async (token) => {
    const hash = hashToken(token);
    const fitting = hashed.filter((holder) => timingSafeEqual(holder.hash, hash));
    return fitting[0]?.signedIn;
  };
}
