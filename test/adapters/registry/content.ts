import { createHash } from 'node:crypto';
import type { Manifest, RepositoryClient } from '../../../adapters/registry/contents.ts';
import { type Digest, parseDigest } from '../../../domain/digest.ts';
import { type Descriptor, OCI_MANIFEST } from '../../../domain/oci-manifest.ts';

const { signal } = new AbortController();

export function digestOf(bytes: Buffer | string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

export function blobOf(bytes: Buffer): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length };
}

/** Bytes from an offset on, in pieces. */
export async function* piecesOf(bytes: Buffer, offset = 0, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = offset; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function upload(repository: RepositoryClient, bytes: Buffer): Promise<Descriptor> {
  const blob = blobOf(bytes);
  const mount = await repository.mountBlob(blob, undefined, { signal });
  if (mount.kind !== 'upload') throw new Error('an upload was expected, and nothing to mount from was given');
  await repository.writeBlob(blob, mount.location, { signal, content: (offset) => piecesOf(bytes, offset) });
  return blob;
}

export async function readAll(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of content) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A manifest in a form that nobody would write anew by chance. */
export function manifestOf(fields: object, mediaType = OCI_MANIFEST): Manifest {
  const bytes = Buffer.from(`${JSON.stringify({ schemaVersion: 2, mediaType, ...fields }, null, 3)}\n`);
  return { mediaType, digest: digestOf(bytes), bytes };
}

/** A manifest's entry in an index or as a subject. */
export function descriptorOf({ mediaType, digest, bytes }: Manifest): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

/** Pushes an image of one blob, which nobody else has. */
export async function pushImage(repository: RepositoryClient, more: object = {}): Promise<Manifest> {
  const config = await upload(repository, Buffer.from(JSON.stringify({ made: Math.random() })));
  const manifest = manifestOf({ config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' }, layers: [], ...more });
  await repository.putManifest(manifest, { signal });
  return manifest;
}
