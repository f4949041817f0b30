import { createPublicKey, type KeyObject } from 'node:crypto';
import type { TrustKey } from '../domain/trust/policy.ts';
import { sha256 } from './hash.ts';
import type { Refusal } from './scalars.ts';

type PublicKey = Pick<TrustKey, 'algorithm' | 'fingerprint' | 'pem'>;

const LONGEST_PEM = 4_096;
const HINT = "write -----BEGIN PUBLIC KEY----- of an ECDSA P-256 or Ed25519 key, as 'cosign public-key' and 'openssl pkey -pubout' do";

/** Reads a public key in PEM (RFC 7468, SubjectPublicKeyInfo), or says why it is none that signatures are checked with. */
export function readPublicKey(pem: string): PublicKey | Refusal {
  if (pem.length > LONGEST_PEM) return { message: `has more than ${LONGEST_PEM} characters`, hint: HINT };
  if (/PRIVATE KEY/.test(pem)) return { message: 'is a private key, which belongs to whoever signs and nowhere else', hint: HINT };
  const blocks = pem.match(/-----BEGIN [A-Z ]+-----/g) ?? [];
  if (blocks.length !== 1 || blocks[0] !== '-----BEGIN PUBLIC KEY-----') return { message: 'is no public key in PEM', hint: HINT };
  const key = keyIn(pem);
  if (key === undefined) return { message: 'cannot be read as a public key', hint: HINT };
  const algorithm = algorithmOf(key);
  if (algorithm === undefined) return { message: `is of an algorithm that is not read: ${key.asymmetricKeyType}`, hint: HINT };
  return { algorithm, fingerprint: fingerprintOf(key), pem: key.export({ type: 'spki', format: 'pem' }).toString() };
}

/** The hash of the key itself, whatever form it was written in: a point of P-256 has several (RFC 7638 with a JWK's required members). */
function fingerprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return sha256(JSON.stringify({ crv, kty, x, y }));
}

function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: pem, format: 'pem', type: 'spki' });
  } catch {
    return undefined;
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): TrustKey['algorithm'] | undefined {
  if (asymmetricKeyType === 'ed25519') return 'ed25519';
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ecdsa-p256' : undefined;
}
