declare const digestBrand: unique symbol;

/** The identity of an image's manifest bytes, `sha256:…`. Tags move; digests do not. */
export type Digest = string & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Reads a digest as the OCI image specification writes it; sha256 only. Throws MalformedDigest. */
export function parseDigest(text: string): Digest {
  if (!DIGEST.test(text)) throw new MalformedDigest(text);
  return text as Digest;
}

/** `sha256:` and the first twelve digits: for people to read, never to decide by. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

export class MalformedDigest extends Error {
  override readonly name = 'MalformedDigest';

  constructor(readonly text: string) {
    super(`Expected a digest, sha256: and 64 hexadecimal digits in lower case, and saw ${JSON.stringify(text)}`);
  }
}
