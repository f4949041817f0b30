import type { Digest } from '../../domain/digest.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { Platform } from '../../domain/oci-manifest.ts';

/** One layer as its registry holds it. */
export interface ImageLayer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** The digest of its content, uncompressed: by this engines know it. */
  readonly diffId: Digest;
}

/** What of an image runs on one machine. */
export interface RunnableImage {
  /** Its configuration: these bytes, of this digest. */
  readonly config: { readonly digest: Digest; readonly bytes: Buffer };
  /** The lowest first. */
  readonly layers: readonly ImageLayer[];
}

interface Bounded {
  readonly signal: AbortSignal;
}

/** Where images can be read from. Whatever is handed over has the digest that it was asked by. */
export interface ImageSource {
  /**
   * What of an image runs on the first of these platforms that it was built for; undefined when its registry says that it has no such
   * image. Throws PlatformMissing, NotAnImage, ManifestMissing, ManifestMalformed and the registry's errors.
   */
  find(image: PinnedImage, platforms: readonly Platform[], options: Bounded): Promise<RunnableImage | undefined>;
  /** A layer's bytes; the last of them come only when all are the layer's. Throws DigestMismatch and the registry's errors. */
  readLayer(image: PinnedImage, layer: ImageLayer, options: Bounded): AsyncIterable<Buffer>;
}
