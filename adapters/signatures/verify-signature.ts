import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { VerifySignature } from '../../activities/trust/ports.ts';
import type { TrustKey } from '../../domain/trust/policy.ts';

/** The key decides the algorithm, and never what is signed: ECDSA P-256 over SHA-256 in DER (SEC 1), or Ed25519 (RFC 8032). */
export function createVerifier(): VerifySignature {
  const known = new Map<string, KeyObject>();
  const keyOf = ({ fingerprint, pem }: TrustKey): KeyObject => {
    const key = known.get(fingerprint) ?? createPublicKey(pem);
    known.set(fingerprint, key);
    return key;
  };
  return (key, message, signature) =>
    new Promise((resolve) => {
      const hash = key.algorithm === 'ed25519' ? null : 'sha256';
      // With a callback it is done beside the event loop: a large statement holds up no heartbeat.
      verify(hash, message, keyOf(key), signature, (error, made) => resolve(error === null && made === true));
    });
}
