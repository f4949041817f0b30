/** The hash of a leaf or of a subtree: 32 bytes with SHA-256. */
export type Hash = Uint8Array;

/** Bytes to their digest; given by the caller, as the domain owns no hash function. */
export type BytesHash = (bytes: Uint8Array) => Uint8Array;

/** The hashes of RFC 6962, section 2.1: a leaf's can never be taken for a node's. */
export interface TreeHash {
  /** Of a tree without leaves. */
  readonly empty: Hash;
  leaf(content: Uint8Array): Hash;
  node(left: Hash, right: Hash): Hash;
}

export function treeHash(hash: BytesHash): TreeHash {
  return {
    empty: hash(new Uint8Array()),
    leaf: (content) => hash(joined(0, content)),
    node: (left, right) => hash(joined(1, left, right)),
  };
}

export function sameHash(one: Hash, other: Hash): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

function joined(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  bytes[0] = prefix;
  let end = 1;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}
