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

/** The images of what the ledger keeps as text. Throws MalformedDigest and MalformedImage. */
export function imagesOfPass({ images }: { readonly images: Readonly<Record<string, string>> }): Images {
  return Object.fromEntries(Object.entries(images).map(([component, image]) => [component, parsePinnedImage(image)]));
}

/** Reads `repository@sha256:…`. Throws MalformedDigest when there is no digest, and MalformedImage when there is no repository. */
export function parsePinnedImage(text: string): PinnedImage {
  const at = text.lastIndexOf('@');
  const digest = parseDigest(text.slice(at + 1));
  if (at < 1) throw new MalformedImage(text);
  return { repository: text.slice(0, at), digest };
}

export class MalformedImage extends Error {
  override readonly name = 'MalformedImage';

  constructor(readonly text: string) {
    super(`Expected a repository before the digest, as in registry/repository@sha256:…, and saw ${JSON.stringify(text)}`);
  }
}
