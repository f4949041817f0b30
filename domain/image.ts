import { type Digest, parseDigest } from './digest.ts';

/** One image and no other: a repository with its registry's address, and a digest. */
export interface PinnedImage {
  /** With the registry's address, `127.0.0.1:5000/shop/web`. */
  readonly repository: string;
  readonly digest: Digest;
}

/** The images of a release: component to image. */
export type Images = Readonly<Record<string, PinnedImage>>;

/** `repository@sha256:…`, as engines and registries take it. */
export function printImage(image: PinnedImage): string {
  return `${image.repository}@${image.digest}`;
}

/** True when both maps name the same components at the same digests. */
export function sameImages(left: Images, right: Images): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const a = left[name];
    const b = right[name];
    return a !== undefined && b !== undefined && printImage(a) === printImage(b);
  });
}

/** Reads `repository@sha256:…`. Throws MalformedDigest when there is no digest. */
export function parsePinnedImage(text: string): PinnedImage {
  const at = text.lastIndexOf('@');
  return { repository: text.slice(0, Math.max(0, at)), digest: parseDigest(text.slice(at + 1)) };
}
