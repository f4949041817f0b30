import type { PinnedImage } from '../../domain/image.ts';
import type { SelfDescription } from '../../domain/origin.ts';
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

/** What images say of themselves, under their own digest. */
export interface DescriptionReader {
  /** Undefined where the registry has no such image. Throws the registry's errors. */
  read(image: PinnedImage, options: { readonly signal: AbortSignal }): Promise<SelfDescription | undefined>;
}

/** What is needed to tell who said what of an image. */
export interface ClaimParts {
  readonly evidence: EvidenceSource;
  readonly verify: VerifySignature;
}

export interface TrustParts extends ClaimParts {
  /** A policy as the installation's file says it now. Throws UnknownTrustPolicy, and what reading the file throws. */
  readonly policy: (name: string) => Promise<TrustPolicy>;
  /** The addresses of an application's own repositories, as provenance may name them. */
  readonly addresses: (application: string) => Promise<readonly string[]>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
