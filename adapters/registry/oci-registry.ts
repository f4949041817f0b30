import { createHash } from 'node:crypto';
import { DigestMismatch, RegistryRefused } from '../../activities/hosts/errors.ts';
import type { Registry } from '../../activities/images.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { RegistryClient, type RegistryOptions } from './client.ts';
import type { Answer } from './fetch.ts';
import { parseReference, printRepository } from './reference.ts';

/** Manifests and indexes of OCI and of Docker's second schema; nothing older names its content by digest. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** A registry's manifests behind the port Registry. A digest is always that of bytes which were read, never of a header. */
export function createOciRegistry(options: RegistryOptions): Registry {
  const client = new RegistryClient(options);
  return {
    resolve: (repository, tag, { signal }) => readDigest(client, `${repository}:${tag}`, signal),
    has: async (image, { signal }) => (await readDigest(client, printImage(image), signal)) !== undefined,
  };
}

/**
 * Turns a reference into the image that it names now: a digest is taken at its word, a tag is resolved, and no tag is `latest`,
 * as Docker has it. Undefined when the registry holds no such tag. Throws MalformedReference and what Registry throws.
 */
export async function resolveReference(registry: Registry, text: string, signal: AbortSignal): Promise<PinnedImage | undefined> {
  const reference = parseReference(text);
  const repository = printRepository(reference);
  if (reference.digest !== undefined) return { repository, digest: reference.digest };
  const digest = await registry.resolve(repository, reference.tag ?? 'latest', { signal });
  return digest && { repository, digest };
}

/** The digest of the manifest that an image's tag or digest names; undefined when the registry says there is none. */
async function readDigest(client: RegistryClient, image: string, signal: AbortSignal): Promise<Digest | undefined> {
  const { tag, digest, ...repository } = parseReference(image);
  const path = `manifests/${digest ?? tag}`;
  const answer = await client.get({ repository, path, accept: MANIFEST_TYPES.join(', '), image, signal });
  if (answer.status === 404) return undefined;
  const seen = parseDigest(`sha256:${createHash('sha256').update(answer.body).digest('hex')}`);
  const expected = digest ?? answer.headers.get('docker-content-digest') ?? seen;
  if (expected !== seen)
    throw new DigestMismatch(
      { repository: printRepository(repository), digest: parseDigest(expected) },
      `registry ${repository.registry}`,
      seen,
    );
  requireManifest(answer, repository.registry, image);
  return seen;
}

function requireManifest(answer: Answer, registry: string, image: string): void {
  const type = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? 'none';
  if (MANIFEST_TYPES.includes(type)) return;
  throw new RegistryRefused({
    registry,
    image,
    by: 'tidegate',
    seen: `what it holds there is of type ${type}, not an image's manifest or index`,
  });
}
