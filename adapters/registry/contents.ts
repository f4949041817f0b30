import type { Digest } from '../../domain/digest.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';
import type { Repository } from './reference.ts';

export type { Descriptor } from '../../domain/oci-manifest.ts';
/** A manifest exactly as the registry holds it: these bytes have this digest, and are never written anew. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
}

/** What a registry says of a manifest, without its bytes. */
export type ManifestHead = Pick<Descriptor, 'digest' | 'mediaType' | 'size'>;

export interface Bounded {
  readonly signal: AbortSignal;
}

export interface BlobRead extends Bounded {
  readonly offset?: number;
  /** Whether each chunk may be lent: good only until the next is asked for. Large blobs then cost half the time. */
  readonly lends?: boolean;
}

export interface BlobWrite extends Bounded {
  /** The content from an offset on, lent or not; asked again, from where the registry stands, when an upload is resumed. */
  readonly content: (offset: number) => AsyncIterable<Buffer>;
  /** Called with the number of bytes that have been sent since the last call. */
  readonly onSent?: (bytes: number) => void;
}

/** The outcome of asking for a blob without sending it. */
export type Mount = { readonly kind: 'mounted' } | { readonly kind: 'upload'; readonly location: URL };

/**
 * One repository of one registry, by the OCI distribution specification 1.1. All content read is checked against digest and size.
 * Everything throws the registry's errors (activities/registry/errors.ts); an absent thing is `undefined` only when the registry itself says so.
 */
export interface RepositoryClient {
  readonly repository: Repository;
  /** By tag or digest. */
  getManifest(reference: string, options: Bounded): Promise<Manifest | undefined>;
  /** What a tag or digest names, by the registry's own word, without its bytes: good for "is it there", never for identity. */
  headManifest(reference: string, options: Bounded): Promise<ManifestHead | undefined>;
  /** Under its digest, or under a tag as well; checks the digest that the registry answers. */
  putManifest(manifest: Manifest, options: Bounded & { readonly tag?: string }): Promise<void>;
  /** False when it was not there. Deleting a digest deletes its tags too. */
  deleteManifest(digest: Digest, options: Bounded): Promise<boolean>;
  /** False when it was not there; the manifest stays. Registries without this call throw DeletionUnsupported. */
  deleteTag(tag: string, options: Bounded): Promise<boolean>;
  hasBlob(blob: Descriptor, options: Bounded): Promise<boolean>;
  /** Bytes from `offset` on. A whole read is checked at its end against digest and size; a part against size alone. */
  readBlob(blob: Descriptor, options: BlobRead): AsyncIterable<Buffer>;
  /** Asks for a blob of another repository of the same registry (no `from`: opens an upload). */
  mountBlob(blob: Descriptor, from: Repository | undefined, options: Bounded): Promise<Mount>;
  /** Sends a blob into an open upload; resumes where it was cut. */
  writeBlob(blob: Descriptor, location: URL, options: BlobWrite): Promise<void>;
  /** In the registry's order, page by page. */
  tags(options: Bounded): AsyncIterable<string>;
  /** Everything that names the digest as its subject, from the referrers API or, without it, from the fallback tag. */
  referrers(subject: Digest, options: Bounded & { readonly artifactType?: string }): Promise<readonly Descriptor[]>;
  /** Puts a manifest that has a subject and, on a registry without the referrers API, lists it under the fallback tag and reads back. One writer a subject. */
  putReferrer(manifest: Manifest, subject: Digest, options: Bounded): Promise<void>;
  /** Lists what was put with putManifest under its subject, all at once, where the registry does not do it itself: the second half of putReferrer. */
  listReferrers(subject: Digest, referrers: readonly Manifest[], options: Bounded): Promise<void>;
}

/** Opens repositories, and throws MalformedReference for what can be none; connections and tokens are shared between all that one factory made. */
export type OpenRepository = (repository: Repository) => RepositoryClient;
