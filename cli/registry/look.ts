import type { RepositoryClient } from '../../adapters/registry/contents.ts';
import type { Reference } from '../../adapters/registry/reference.ts';
import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, isManifestType, type ManifestContent, type Platform, readManifest } from '../../domain/oci-manifest.ts';

/** A manifest as a person looks at it, with all that belongs to it. */
export interface SeenManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: ManifestContent['kind'];
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly annotations: Readonly<Record<string, string>>;
  /** What an image or artifact consists of. */
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  /** What an index names; `missing` is not in the repository. */
  readonly manifests: readonly (SeenManifest | MissingManifest)[];
  readonly referrers: readonly (SeenManifest | MissingManifest)[];
}

export interface MissingManifest {
  readonly kind: 'missing';
  readonly digest: Digest;
  readonly mediaType: string;
}

interface Look {
  readonly repository: RepositoryClient;
  readonly signal: AbortSignal;
  /** What was looked at already: a list of referrers can name anything, also what it is about. */
  readonly seen: Set<Digest>;
  /** How many more may be looked at. */
  left: number;
}

/** More than any image that is looked at by people; whatever lists more is not shown further. */
const MOST = 500;

/** Reads an image with its platforms and its referrers, and theirs. Undefined when it is not there. Throws the registry's errors. */
export async function lookAt(repository: RepositoryClient, reference: Reference, signal: AbortSignal): Promise<SeenManifest | undefined> {
  const look: Look = { repository, signal, seen: new Set(), left: MOST };
  const manifest = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest', { signal });
  return manifest && describe(look, manifest.digest, manifest.mediaType, manifest.bytes);
}

async function describe(look: Look, digest: Digest, mediaType: string, bytes: Buffer, platform?: Platform): Promise<SeenManifest> {
  look.seen.add(digest);
  const content = readManifest(mediaType, bytes.toString('utf8'));
  const named = content.kind === 'index' ? content.manifests : [];
  const [manifests, referrers] = await Promise.all([
    inTurn(look, named.filter(isManifest)),
    look.repository.referrers(digest, { signal: look.signal }).then((found) => inTurn(look, found)),
  ]);
  return {
    digest,
    mediaType: content.mediaType,
    kind: content.kind,
    ...(content.artifactType !== undefined && { artifactType: content.artifactType }),
    ...(platform !== undefined && { platform }),
    annotations: content.annotations,
    ...(content.kind === 'image' && { config: content.config }),
    layers: layersOf(content),
    manifests,
    referrers,
  };
}

/** One after the other: a person waits, and a registry need not hurry. */
async function inTurn(look: Look, named: readonly Descriptor[]): Promise<(SeenManifest | MissingManifest)[]> {
  const found: (SeenManifest | MissingManifest)[] = [];
  for (const { digest, mediaType, platform } of named) {
    if (look.seen.has(digest) || look.left <= 0) continue;
    look.left -= 1;
    const manifest = await look.repository.getManifest(digest, { signal: look.signal });
    found.push(
      manifest === undefined
        ? { kind: 'missing', digest, mediaType }
        : await describe(look, digest, manifest.mediaType, manifest.bytes, platform),
    );
  }
  return found;
}

function isManifest({ mediaType }: Descriptor): boolean {
  return isManifestType(mediaType);
}

function layersOf(content: ManifestContent): readonly Descriptor[] {
  if (content.kind === 'image') return content.layers;
  return content.kind === 'artifact' ? content.blobs : content.manifests.filter((named) => !isManifest(named));
}
