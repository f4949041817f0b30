import { type Digest, MalformedDigest, parseDigest } from './digest.ts';
import type { Platform } from './oci-manifest.ts';

/** What an image's configuration says that decides whether, and how, an engine can take it. */
export interface ImageConfig {
  /** Absent where it does not say. */
  readonly platform?: Platform;
  /** The digests of its layers' content, uncompressed, the lowest first: by these engines know layers. */
  readonly diffIds: readonly Digest[];
}

/** Reads an image's configuration (OCI image-spec, "Image Configuration"); `image` is its name in messages. Throws NotAnImage. */
export function readImageConfig(text: string, image: string): ImageConfig {
  const { os, architecture, variant, rootfs } = fieldsOf(text, image);
  const { diff_ids: diffIds } = Object(rootfs);
  if (!Array.isArray(diffIds)) throw new NotAnImage(image, 'its configuration names no layers (rootfs.diff_ids)');
  const platform = isWord(os) && isWord(architecture) ? { platform: { os, architecture, ...(isWord(variant) && { variant }) } } : undefined;
  return { ...platform, diffIds: diffIds.map((diffId) => digestIn(diffId, image)) };
}

function fieldsOf(text: string, image: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new NotAnImage(image, 'its configuration is no JSON');
  }
}

function digestIn(value: unknown, image: string): Digest {
  try {
    return parseDigest(String(value));
  } catch (error) {
    if (error instanceof MalformedDigest) throw new NotAnImage(image, 'its configuration names a layer by something else than sha256');
    throw error;
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
}

/** What a digest names is there, and is nothing that an engine could run. Terminal. */
export class NotAnImage extends Error {
  override readonly name = 'NotAnImage';

  constructor(image: string, reason: string) {
    super(`Expected ${image} to be an image that engines can run, and ${reason}. Push it again with a current tool, or name another`);
  }
}
