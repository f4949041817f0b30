import type { PinnedImage } from '../../domain/image.ts';
import type { EvidenceDocument } from '../../domain/trust/evidence.ts';
import type { TrustKey, TrustPolicy } from '../../domain/trust/policy.ts';

/** Where what is attached to images is read. */
export interface EvidenceSource {
  /**
   * All that is attached to an image and may be a signature; nothing where its registry says that there is nothing. What is too large, or of
   * a form that is not read, is told as `unread`. Throws the registry's errors and EvidenceFlood.
   */
  read(image: PinnedImage, options: EvidenceOptions): Promise<readonly EvidenceDocument[]>;
}

export interface EvidenceOptions {
  readonly signal: AbortSignal;
  /** Those that are asked for: what says to be of another type need not be read. */
  readonly predicateTypes: readonly string[];
}

/** Whether a key made a signature over a message. What is no signature at all is made by nobody. */
export type VerifySignature = (key: TrustKey, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

export interface TrustParts {
  /** A policy as the installation's file says it now. Throws UnknownTrustPolicy, and what reading the file throws. */
  readonly policy: (name: string) => Promise<TrustPolicy>;
  readonly evidence: EvidenceSource;
  readonly verify: VerifySignature;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
