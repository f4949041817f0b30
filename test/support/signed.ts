import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { preAuthentication } from '../../domain/trust/envelope.ts';
import { type EvidenceDocument, SIGSTORE_BUNDLE } from '../../domain/trust/evidence.ts';
import type { KeyQuorum, TrustKey, TrustPolicy } from '../../domain/trust/policy.ts';

/** Somebody who signs, as other tools do: with Node's own cryptography. */
export class Signer {
  readonly #secret: KeyObject;
  readonly key: TrustKey;

  constructor(name: string, algorithm: TrustKey['algorithm'] = 'ecdsa-p256', more: Partial<TrustKey> = {}) {
    const pair = algorithm === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#secret = pair.privateKey;
    const { crv, kty, x, y } = pair.publicKey.export({ format: 'jwk' });
    const fingerprint = digestOf(Buffer.from(JSON.stringify({ crv, kty, x, y })));
    this.key = { name, algorithm, fingerprint, pem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(), ...more };
  }

  sign(message: Uint8Array): Buffer {
    return sign(this.key.algorithm === 'ed25519' ? null : 'sha256', message, this.#secret);
  }

  /** cosign's first format. */
  simple(digest: string, repository: string, change: (payload: object) => object = (payload) => payload): SimpleSigning {
    const image = { 'docker-manifest-digest': digest };
    const critical = { identity: { 'docker-reference': repository }, image, type: 'cosign container image signature' };
    const payload = Buffer.from(JSON.stringify(change({ critical, optional: null })));
    return { kind: 'simple-signing', source: digestOf(payload), payload, signature: this.sign(payload).toString('base64') };
  }

  /** A statement of in-toto about a digest, in an envelope. */
  dsse(digest: string, predicateType: string, change: (envelope: Envelope) => Envelope = (envelope) => envelope): EvidenceDocument {
    const bytes = Buffer.from(JSON.stringify(change(this.envelope(statement(digest, predicateType)))));
    return { kind: 'dsse', source: digestOf(bytes), bytes };
  }

  /** Any statement, in an envelope. */
  statement(of: object): EvidenceDocument {
    const bytes = Buffer.from(JSON.stringify(this.envelope(of)));
    return { kind: 'dsse', source: digestOf(bytes), bytes };
  }

  bundle(digest: string, predicateType = 'https://sigstore.dev/cosign/sign/v1', more: object = {}): EvidenceDocument {
    const verificationMaterial = { publicKey: { hint: 'whatever it says' }, tlogEntries: [] };
    const dsseEnvelope = this.envelope(statement(digest, predicateType));
    const bytes = Buffer.from(JSON.stringify({ mediaType: SIGSTORE_BUNDLE, verificationMaterial, dsseEnvelope, ...more }));
    return { kind: 'bundle', source: digestOf(bytes), bytes };
  }

  envelope(of: object): Envelope {
    const payloadType = 'application/vnd.in-toto+json';
    const payload = Buffer.from(JSON.stringify(of));
    const sig = this.sign(preAuthentication(payloadType, payload)).toString('base64');
    return { payloadType, payload: payload.toString('base64'), signatures: [{ keyid: '', sig }] };
  }
}

export type SimpleSigning = Extract<EvidenceDocument, { kind: 'simple-signing' }>;

export interface Envelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export function statement(digest: string, predicateType: string, more: object = {}) {
  const subject = [{ name: 'an image', digest: { sha256: digest.replace('sha256:', '') } }];
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate: {}, ...more };
}

export function policyOf(signers: readonly Signer[], more: Partial<TrustPolicy> = {}): TrustPolicy {
  const keys = signers.map(({ key }) => key);
  return { name: 'signed', revision: 'r1', signatures: quorum(signers), attestations: [], signedAs: [], keys, ...more };
}

export function quorum(signers: readonly Signer[], count = 1): KeyQuorum {
  return { keys: signers.map(({ key }) => key.name), count };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
