import { createHash } from 'node:crypto';
import type { Descriptor, Manifest, RepositoryClient } from '../../adapters/registry/contents.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { OCI_MANIFEST } from '../../domain/oci-manifest.ts';
import {
  DSSE_ENVELOPE,
  type EvidenceDocument,
  SIGNATURE_ANNOTATION,
  SIGSTORE_BUNDLE,
  SIMPLE_SIGNING,
} from '../../domain/trust/evidence.ts';

const { signal } = new AbortController();
const EMPTY = 'application/vnd.oci.empty.v1+json';

/** Pushes an image of one small blob, which nobody else has. */
export async function pushSmallImage(client: RepositoryClient, more: object = {}): Promise<Manifest> {
  const config = await send(client, 'application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify({ made: Math.random() })));
  const manifest = manifestOf({ config, layers: [], ...more });
  await client.putManifest(manifest, { signal });
  return manifest;
}

/** Attaches signatures as cosign did: under a tag that is made of the digest. */
export async function tagSignatures(
  client: RepositoryClient,
  subject: Digest,
  documents: readonly Extract<EvidenceDocument, { kind: 'simple-signing' }>[],
): Promise<void> {
  const config = await send(client, 'application/vnd.oci.image.config.v1+json', Buffer.from('{}'));
  const layers = await Promise.all(
    documents.map(async ({ payload, signature }) => ({
      ...(await send(client, SIMPLE_SIGNING, Buffer.from(payload))),
      annotations: { [SIGNATURE_ANNOTATION]: signature },
    })),
  );
  await client.putManifest(manifestOf({ config, layers }), { signal, tag: `${subject.replace(':', '-')}.sig` });
}

/** Attaches an envelope or a bundle as a referrer, as cosign does today. */
export function attach(client: RepositoryClient, subject: Manifest, document: EvidenceDocument): Promise<Manifest> {
  if (document.kind !== 'dsse' && document.kind !== 'bundle') throw new Error('this is attached by a tag');
  return attachBytes(client, subject, document.kind === 'dsse' ? DSSE_ENVELOPE : SIGSTORE_BUNDLE, Buffer.from(document.bytes));
}

/** Attaches anything as what it says to be. */
export async function attachBytes(client: RepositoryClient, subject: Manifest, type: string, bytes: Buffer): Promise<Manifest> {
  const referrer = referrerTo(subject, type, await send(client, type, bytes), await send(client, EMPTY, Buffer.from('{}')));
  await client.putReferrer(referrer, subject.digest, { signal });
  return referrer;
}

export function referrerTo(
  { mediaType, digest, bytes }: Manifest,
  artifactType: string,
  layer: Descriptor,
  config: Descriptor,
  annotations = {},
): Manifest {
  return manifestOf({ artifactType, annotations, config, layers: [layer], subject: { mediaType, digest, size: bytes.length } });
}

export async function send(client: RepositoryClient, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const blob = { mediaType, digest: digestOf(bytes), size: bytes.length };
  if (await client.hasBlob(blob, { signal })) return blob;
  const mount = await client.mountBlob(blob, undefined, { signal });
  if (mount.kind === 'upload') await client.writeBlob(blob, mount.location, { signal, content: (offset) => from(bytes, offset) });
  return blob;
}

async function* from(bytes: Buffer, offset: number): AsyncIterable<Buffer> {
  yield bytes.subarray(offset);
}

function manifestOf(fields: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...fields }));
  return { mediaType: OCI_MANIFEST, digest: digestOf(bytes), bytes };
}

function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}
