/** A public key that signatures are checked with. */
export interface TrustKey {
  readonly name: string;
  readonly algorithm: 'ecdsa-p256' | 'ed25519';
  /** `sha256:` and the hash of the key itself, whatever it is called. */
  readonly fingerprint: string;
  readonly pem: string;
  /** From this moment on it counts no more, ISO 8601; absent means for ever. */
  readonly until?: string;
}

/** So many of these keys must have signed. */
export interface KeyQuorum {
  /** Names. */
  readonly keys: readonly string[];
  readonly count: number;
}

/** A statement about the image must be there, signed. */
export interface AttestationRule extends KeyQuorum {
  readonly predicateType: string;
}

/** What every image of a release must carry. */
export interface TrustPolicy {
  readonly name: string;
  /** The hash of all that it asks, keys included. */
  readonly revision: string;
  readonly signatures?: KeyQuorum;
  readonly attestations: readonly AttestationRule[];
  /** Repositories that a signature may name besides those in which the image is looked for. */
  readonly signedAs: readonly string[];
  /** Those that it names. */
  readonly keys: readonly TrustKey[];
  /** Why nothing meets it: a key that it names cannot be read. Absent where all can. */
  readonly unmeetable?: string;
}
