import { BlobMissing, DigestMismatch } from '../../activities/registry/content-errors.ts';
import { AnswerTooLarge } from '../../activities/registry/errors.ts';
import type { DescriptionReader } from '../../activities/trust/ports.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { type Descriptor, ManifestMalformed, SchemaOneUnsupported } from '../../domain/oci-manifest.ts';
import type { SelfDescription } from '../../domain/origin.ts';
import { unsignedProvenance } from '../../domain/trust/claim.ts';
import { PROVENANCE_TYPES, type Provenance } from '../../domain/trust/provenance.ts';
import type { Bounded, Manifest, OpenRepository, RepositoryClient } from './contents.ts';
import { labelsIn } from './image-labels.ts';
import { contentOf, readConfig } from './image-source.ts';
import { parseRepository } from './reference.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const PREDICATE_TYPE = 'in-toto.io/predicate-type';
const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';
/** Bytes: with every step of a large build it is a few million. */
const LARGEST_STATEMENT = 8 * 1024 * 1024;
const MOST_STATEMENTS = 4;

/** What images say of themselves under their own digest: labels, and the provenance that BuildKit puts into an index. */
export function createSelfDescriptions(open: OpenRepository): DescriptionReader {
  return { read: (image, options) => describe(open(parseRepository(image.repository)), image, options) };
}

async function describe(client: RepositoryClient, image: PinnedImage, options: Bounded): Promise<SelfDescription | undefined> {
  const root = await client.getManifest(image.digest, options);
  if (root === undefined) return undefined;
  const content = contentOf(root);
  if (content.kind !== 'index') return { labels: await labelsOf(client, image, root, options), provenance: [] };
  // The first image speaks for all: they are built in one.
  const first = content.manifests.find(({ platform }) => platform?.os !== 'unknown');
  const manifest = first === undefined ? undefined : await client.getManifest(first.digest, options);
  if (manifest === undefined) return undefined;
  const labels = await labelsOf(client, image, manifest, options);
  return { labels, provenance: await provenanceOf(client, manifest, content.manifests, options) };
}

async function labelsOf(client: RepositoryClient, image: PinnedImage, manifest: Manifest, options: Bounded) {
  const content = contentOf(manifest);
  if (content.kind !== 'image') return {};
  return labelsIn((await readConfig(client, printImage(image), content.config, options)).toString('utf8'));
}

/** https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
async function provenanceOf(client: RepositoryClient, { digest }: Manifest, listed: readonly Descriptor[], options: Bounded) {
  const attested = listed.find(({ annotations = {} }) => isAbout(annotations, digest));
  if (attested === undefined) return [];
  return (
    (await readable(async () => {
      const manifest = await client.getManifest(attested.digest, options);
      const content = manifest && contentOf(manifest);
      const statements = content?.kind === 'image' ? content.layers.filter(isProvenance).slice(0, MOST_STATEMENTS) : [];
      const found: Provenance[] = [];
      for (const layer of statements) found.push(...[unsignedProvenance(await bytesOf(client, layer, options), digest) ?? []].flat());
      return found;
    })) ?? []
  );
}

function isAbout(annotations: Readonly<Record<string, string>>, digest: string): boolean {
  return annotations[REFERENCE_TYPE] === 'attestation-manifest' && annotations[REFERENCE_DIGEST] === digest;
}

function isProvenance({ mediaType, size, annotations = {} }: Descriptor): boolean {
  return mediaType === IN_TOTO && size <= LARGEST_STATEMENT && PROVENANCE_TYPES.includes(annotations[PREDICATE_TYPE] ?? '');
}

async function bytesOf(client: RepositoryClient, layer: Descriptor, options: Bounded): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of client.readBlob(layer, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What is the matter with a statement is no matter of the image's; what is the matter with the registry is thrown. */
async function readable<Read>(read: () => Promise<Read>): Promise<Read | undefined> {
  try {
    return await read();
  } catch (error) {
    const isItsOwn = [BlobMissing, DigestMismatch, AnswerTooLarge, ManifestMalformed, SchemaOneUnsupported].some(
      (Fault) => error instanceof Fault,
    );
    if (isItsOwn) return undefined;
    throw error;
  }
}
