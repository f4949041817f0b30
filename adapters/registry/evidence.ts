import { BlobMissing, DigestMismatch } from '../../activities/registry/content-errors.ts';
import { AnswerTooLarge } from '../../activities/registry/errors.ts';
import { EvidenceFlood } from '../../activities/trust/errors.ts';
import type { EvidenceOptions, EvidenceSource } from '../../activities/trust/ports.ts';
import type { PinnedImage } from '../../domain/image.ts';
import { type Descriptor, type ManifestContent, ManifestMalformed, readManifest, SchemaOneUnsupported } from '../../domain/oci-manifest.ts';
import {
  DSSE_ENVELOPE,
  type EvidenceDocument,
  isForeignSignature,
  mayBeEvidence,
  PREDICATE_ANNOTATIONS,
  SIGNATURE_ANNOTATION,
  SIGSTORE_BUNDLE,
  SIMPLE_SIGNING,
} from '../../domain/trust/evidence.ts';
import type { Bounded, Manifest, OpenRepository, RepositoryClient } from './contents.ts';
import { atOnce } from './library/at-once.ts';
import { parseRepository } from './reference.ts';

/** Whoever can push can attach; more than these are read of no image. */
const MOST_DOCUMENTS = 200;
/** Bytes: the bill of materials of a large image, signed, has a few million. */
const LARGEST_DOCUMENT = 8 * 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 8;

/** cosign keeps its first format under tags that are made of the digest. */
const COSIGN_TAGS = ['sig', 'att'];

/**
 * What may be signatures of an image: its referrers (distribution-spec, "Listing Referrers", or the fallback tag) and cosign's tags. An index
 * is an image like any other: it names what runs by digest, so that its signature is one of all that it holds.
 */
export function createEvidenceSource(open: OpenRepository): EvidenceSource {
  return {
    async read(image, options) {
      const client = open(parseRepository(image.repository));
      const [referrers, tagged] = await Promise.all([referrersOf(client, image, options), taggedWith(client, image, options)]);
      const layers = [...tagged, ...referrers].flatMap(layersOf).filter((one) => !('layer' in one) || isAsked(one.layer, options));
      requireFew(image, layers);
      return atOnce(AT_ONCE, layers, (layer) => read(client, layer, options));
    },
  };
}

/** A manifest that is attached, or why there is none though it is listed. */
type Attached = { readonly source: string; readonly manifest: Manifest } | { readonly source: string; readonly unread: string };

/** What says to be of a type that nobody asks for is not read. It is a stranger's word: it may leave out, and decides nothing. */
function isAsked({ annotations = {} }: Pick<Descriptor, 'annotations'>, { predicateTypes }: EvidenceOptions): boolean {
  const said = PREDICATE_ANNOTATIONS.flatMap((name) => annotations[name] ?? []);
  return said.length === 0 || said.some((type) => predicateTypes.includes(type));
}

async function referrersOf(client: RepositoryClient, image: PinnedImage, options: EvidenceOptions): Promise<readonly Attached[]> {
  const all = await client.referrers(image.digest, options);
  const listed = all.filter((one) => mayBeEvidence(one.artifactType) && isAsked(one, options));
  if (listed.length > MOST_DOCUMENTS) throw new EvidenceFlood(image, `${listed.length}`, `${MOST_DOCUMENTS} documents`);
  return atOnce(AT_ONCE, listed, async ({ digest: source }) => {
    const manifest = await orUnread(client.getManifest(source, options));
    if (manifest === undefined) return { source, unread: 'it is listed and not there' };
    return 'unread' in manifest ? { source, ...manifest } : { source, manifest };
  });
}

/** What is the matter with one document hides no other; what is the matter with the registry does, and is thrown. */
function orUnread<Read>(reading: Promise<Read>): Promise<Read | { readonly unread: string }> {
  return reading.catch(unreadFor);
}

function unreadFor(error: unknown): { readonly unread: string } {
  const isItsOwn = [BlobMissing, DigestMismatch, AnswerTooLarge, ManifestMalformed, SchemaOneUnsupported].some(
    (Fault) => error instanceof Fault,
  );
  if (isItsOwn && error instanceof Error) return { unread: `it cannot be read: ${error.message}` };
  throw error;
}

async function taggedWith(client: RepositoryClient, { digest }: PinnedImage, options: Bounded): Promise<readonly Attached[]> {
  const tags = COSIGN_TAGS.map((suffix) => `${digest.replace(':', '-')}.${suffix}`);
  const found = await Promise.all(tags.map(async (tag) => ({ tag, found: await orUnread(client.getManifest(tag, options)) })));
  return found.flatMap(({ tag, found: manifest }): Attached[] => {
    if (manifest === undefined) return [];
    return 'unread' in manifest ? [{ source: tag, ...manifest }] : [{ source: manifest.digest, manifest }];
  });
}

type Layer = { readonly source: string; readonly layer: Descriptor } | { readonly source: string; readonly unread: string };

function layersOf(attached: Attached): readonly Layer[] {
  if ('unread' in attached) return [attached];
  const { source, manifest } = attached;
  const content = contentOf(manifest);
  if ('unread' in content) return [{ source, ...content }];
  if (content.kind === 'index') return [{ source, unread: 'it is an index and no signature' }];
  const layers = content.kind === 'image' ? content.layers : content.blobs;
  return layers.flatMap((layer) => layerOf(source, layer));
}

function contentOf({ mediaType, bytes }: Manifest): ManifestContent | { readonly unread: string } {
  try {
    return readManifest(mediaType, bytes.toString('utf8'));
  } catch (error) {
    return unreadFor(error);
  }
}

/** What is no signature at all, such as a bill of materials, is none of ours. */
function layerOf(source: string, layer: Descriptor): Layer[] {
  const { mediaType, size } = layer;
  if (![SIMPLE_SIGNING, DSSE_ENVELOPE, SIGSTORE_BUNDLE].includes(mediaType))
    return isForeignSignature(mediaType) ? [{ source, unread: `${mediaType} is not read here` }] : [];
  if (size > LARGEST_DOCUMENT) return [{ source, unread: `it has ${size} bytes, and at most ${LARGEST_DOCUMENT} are read` }];
  return [{ source, layer }];
}

/** Throws EvidenceFlood. */
function requireFew(image: PinnedImage, layers: readonly Layer[]): void {
  const bytes = layers.reduce((sum, one) => sum + ('layer' in one ? one.layer.size : 0), 0);
  if (layers.length > MOST_DOCUMENTS) throw new EvidenceFlood(image, `${layers.length}`, `${MOST_DOCUMENTS} documents`);
  if (bytes > MOST_BYTES) throw new EvidenceFlood(image, `${bytes} bytes`, `${MOST_BYTES} bytes`);
}

async function read(client: RepositoryClient, found: Layer, options: Bounded): Promise<EvidenceDocument> {
  const { source } = found;
  if ('unread' in found) return { kind: 'unread', source, reason: found.unread };
  const { layer } = found;
  const bytes = await orUnread(bytesOf(client, layer, options));
  if ('unread' in bytes) return { kind: 'unread', source, reason: bytes.unread };
  if (layer.mediaType === SIGSTORE_BUNDLE) return { kind: 'bundle', source, bytes };
  if (layer.mediaType === DSSE_ENVELOPE) return { kind: 'dsse', source, bytes };
  return { kind: 'simple-signing', source, payload: bytes, signature: layer.annotations?.[SIGNATURE_ANNOTATION] ?? '' };
}

async function bytesOf(client: RepositoryClient, layer: Descriptor, options: Bounded): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of client.readBlob(layer, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
