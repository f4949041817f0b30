import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '../domain/secret.ts';
import type { Authenticator, SignedIn } from './ports.ts';

const PREFIX = 'tdg_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** So many digits of base 62 hold 256 bits, and 32. */
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;

/** What secret scanners can look for. */
export const TOKEN_PATTERN = /^tdg_[0-9A-Za-z]{49}$/;

/** A new token: 32 random bytes behind a prefix and before a checksum, so that scanners and typos are recognised without asking anybody. */
export function makeToken(): Secret {
  const body = PREFIX + inDigits(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_DIGITS);
  return new Secret(body + checksumOf(body));
}

/** Whether a token is as it was made: not cut, and without a typing error. */
export function isWholeToken(token: string): boolean {
  return TOKEN_PATTERN.test(token) && checksumOf(token.slice(0, -CHECK_DIGITS)) === token.slice(-CHECK_DIGITS);
}

function checksumOf(body: string): string {
  return inDigits(BigInt(crc32(body)), CHECK_DIGITS);
}

function inDigits(number: bigint, length: number): string {
  let text = '';
  for (let rest = number; text.length < length; rest /= 62n) text = `${DIGITS[Number(rest % 62n)]}${text}`;
  return text;
}

/** What is kept of a token: with the installation's name in it, it is nobody's where the database was copied to another installation. */
export function keptHash(installation: string, token: string): string {
  return createHash('sha256').update(`tidegate token\0${installation}\0${token}`).digest('hex');
}

/** What is compared in place of a token. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** In the same time wherever they differ. */
export function sameHash(left: string, right: string): boolean {
  return timingSafeEqual(hashToken(left), hashToken(right));
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
