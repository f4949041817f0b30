import type { Digest } from '../../domain/digest.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { Platform } from '../../domain/oci-manifest.ts';

/** What is to be copied, and where to. */
export interface CopyOrder {
  readonly from: PinnedImage;
  /** A repository with its registry's address. */
  readonly to: string;
  /** Set at the target when all of it is there. */
  readonly tags: readonly string[];
  /** Copies the manifests of these platforms alone, each under its own digest, and not the index; undefined copies it whole. */
  readonly platforms?: readonly Platform[];
  /** Whether signatures, SBOMs and whatever else names it as their subject go with it. */
  readonly referrers: boolean;
}

/** What a copy did. Blobs and manifests are counted once however many platforms share them. */
export interface CopiedImage {
  /** The order's digest at the target; with chosen platforms one for each manifest that was copied. */
  readonly images: readonly PinnedImage[];
  readonly manifests: { readonly put: number; readonly present: number };
  readonly referrers: { readonly put: number; readonly present: number };
  /** `foreign` layers stay where their urls point. What a manifest names that was there already is not looked at, and not counted. */
  readonly blobs: { readonly mounted: number; readonly sent: number; readonly present: number; readonly foreign: number };
  readonly bytes: { readonly mounted: number; readonly sent: number; readonly present: number };
  readonly tags: readonly string[];
}

/** How a copy goes, as it goes. `order` counts the orders from 0. */
export type CopyProgress =
  | { readonly kind: 'planned'; readonly order: number; readonly blobs: number; readonly bytes: number }
  | {
      readonly kind: 'blob';
      readonly order: number;
      readonly digest: Digest;
      readonly size: number;
      readonly state: BlobState;
      readonly bytes: number;
    }
  | { readonly kind: 'manifest'; readonly order: number; readonly digest: Digest; readonly state: 'put' | 'present' }
  | { readonly kind: 'tag'; readonly order: number; readonly tag: string };

/** `sending` has `bytes` of its size over; the others are ends. */
export type BlobState = 'sending' | 'sent' | 'mounted' | 'present' | 'foreign';

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

/**
 * Copies images between repositories by digest, byte for byte. Can be called twice, and interrupted anywhere: what is there is found and
 * not sent again, and no tag is set before all that it names is there.
 */
export interface ImageCopier {
  /**
   * All orders as one run: a blob that several of them need goes over once. Throws the registry's errors, ManifestMissing,
   * PlatformMissing and CopyTooLarge.
   */
  copy(orders: readonly CopyOrder[], options: CopyOptions): Promise<readonly CopiedImage[]>;
}

export interface ListedTag {
  readonly tag: string;
  readonly digest: Digest;
}

export interface ImageTags {
  /** Points tags at an image that is there. A tag that does so already is left alone. Throws ManifestMissing and the registry's errors. */
  set(image: PinnedImage, tags: readonly string[], options: { readonly signal: AbortSignal }): Promise<void>;
  /** A repository's tags in the registry's order, at most `limit`, with what each names now. */
  list(repository: string, options: { readonly limit: number; readonly signal: AbortSignal }): Promise<readonly ListedTag[]>;
}
