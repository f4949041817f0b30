import { AnswerTooLarge } from '../../../activities/registry/errors.ts';
import type { Digest } from '../../../domain/digest.ts';
import {
  type Descriptor,
  type ManifestContent,
  ManifestMalformed,
  readManifest,
  SchemaOneUnsupported,
} from '../../../domain/oci-manifest.ts';
import type { RepositoryManifest, RepositoryTag } from '../../../domain/retention-contents.ts';
import type { Bounded, RepositoryClient } from '../contents.ts';

/** A manifest as retention sees it, and where it says when it was made. */
export interface SeenManifest {
  readonly manifest: RepositoryManifest;
  readonly dated: CreationTime;
}

export type CreationTime =
  | { readonly kind: 'annotated'; readonly at: string }
  /** In the configuration of a container's image. */
  | { readonly kind: 'configured'; readonly config: Descriptor }
  | { readonly kind: 'nowhere' };

const CREATED = 'org.opencontainers.image.created';
const IMAGE_CONFIGS = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];

/** What a digest names; undefined when it is not there. What cannot be read is a result, and a registry's failure is not. */
export async function readOne(client: RepositoryClient, digest: Digest, options: Bounded): Promise<SeenManifest | undefined> {
  try {
    const manifest = await client.getManifest(digest, options);
    return manifest && seen(digest, readManifest(manifest.mediaType, manifest.bytes.toString('utf8')));
  } catch (error) {
    const trouble = troubleIn(error);
    return { manifest: { digest, ...trouble }, dated: { kind: 'nowhere' } };
  }
}

/** What a tag names now. */
export async function readTag(client: RepositoryClient, name: string, options: Bounded): Promise<RepositoryTag> {
  try {
    const named = await client.headManifest(name, options);
    return named === undefined ? { kind: 'empty', name } : { kind: 'naming', name, digest: named.digest };
  } catch (error) {
    return { name, ...troubleIn(error) };
  }
}

/** A form that nobody knows; throws every other failure again. */
function troubleIn(error: unknown): { readonly kind: 'outdated' } | { readonly kind: 'unreadable'; readonly why: string } {
  if (error instanceof SchemaOneUnsupported) return { kind: 'outdated' };
  if (error instanceof ManifestMalformed) return { kind: 'unreadable', why: error.reason };
  if (error instanceof AnswerTooLarge) return { kind: 'unreadable', why: 'it is larger than any manifest may be' };
  throw error;
}

function seen(digest: Digest, content: ManifestContent): SeenManifest {
  const common = { digest, ...(content.subject !== undefined && { subject: content.subject.digest }) };
  return { manifest: { ...common, ...formOf(content) }, dated: datedBy(content) };
}

function formOf(content: ManifestContent) {
  if (content.kind === 'index') return { kind: content.kind, children: content.manifests.map((child) => child.digest) };
  const isContainer = content.kind === 'image' && IMAGE_CONFIGS.includes(content.config.mediaType) && content.artifactType === undefined;
  return { kind: isContainer ? ('image' as const) : ('artifact' as const) };
}

function datedBy(content: ManifestContent): CreationTime {
  const [, at] = Object.entries(content.annotations).find(([key]) => key === CREATED) ?? [];
  if (at !== undefined) return { kind: 'annotated', at };
  const isConfigured = content.kind === 'image' && IMAGE_CONFIGS.includes(content.config.mediaType);
  return isConfigured ? { kind: 'configured', config: content.config } : { kind: 'nowhere' };
}
