import type { Digest } from '../../domain/digest.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';
import { hasBlob } from './blob-head.ts';
import { mountBlob } from './blob-mount.ts';
import type { BlobPlace } from './blob-place.ts';
import { readBlob } from './blob-read.ts';
import { writeBlob } from './blob-upload.ts';
import type { RegistryConnection } from './connection.ts';
import type { BlobRead, BlobWrite, Bounded, Manifest, ManifestHead, Mount, RepositoryClient } from './contents.ts';
import { isDigest, Manifests } from './manifests.ts';
import type { Origins } from './mirrors.ts';
import type { Repository } from './reference.ts';
import type { Referrers } from './repository-referrers.ts';
import { tagsOf } from './tags.ts';

/** What a repository's client is made of. */
export interface RepositoryParts {
  readonly repository: Repository;
  readonly connection: RegistryConnection;
  readonly origins: Origins;
  readonly manifests: Manifests;
  readonly referrers: Referrers;
}

/** One repository of one registry. */
export class RegistryRepository implements RepositoryClient {
  constructor(private readonly parts: RepositoryParts) {}

  get repository(): Repository {
    return this.parts.repository;
  }

  /** A digest may be had from a mirror, as its bytes prove themselves; what a tag names is the registry's own word. */
  async getManifest(reference: string, options: Bounded): Promise<Manifest | undefined> {
    const { origins, manifests } = this.parts;
    for (const origin of isDigest(reference) ? origins.of(this.repository).filter(({ isMirror }) => isMirror) : []) {
      const found = await new Manifests(origin.connection, origin.repository).get(reference, options).catch(() => {
        // Whatever is wrong with a mirror, the registry itself has the last word.
        options.signal.throwIfAborted();
        origins.rest(origin);
      });
      if (found !== undefined) return found;
    }
    return manifests.get(reference, options);
  }

  headManifest(reference: string, options: Bounded): Promise<ManifestHead | undefined> {
    return this.parts.manifests.head(reference, options);
  }

  async putManifest(manifest: Manifest, options: Bounded & { readonly tag?: string }): Promise<void> {
    this.parts.referrers.heed(await this.parts.manifests.put(manifest, options));
  }

  deleteManifest(digest: Digest, options: Bounded): Promise<boolean> {
    return this.parts.referrers.unlisted(digest, options, () => this.parts.manifests.delete(digest, options));
  }

  deleteTag(tag: string, options: Bounded): Promise<boolean> {
    return this.parts.manifests.delete(tag, options);
  }

  hasBlob(blob: Descriptor, options: Bounded): Promise<boolean> {
    return hasBlob(this.#place(blob), options);
  }

  readBlob(blob: Descriptor, { offset = 0, lends = false, signal }: BlobRead): AsyncIterable<Buffer> {
    return readBlob({ origins: this.parts.origins, repository: this.repository, blob, offset, lends, signal });
  }

  mountBlob(blob: Descriptor, from: Repository | undefined, options: Bounded): Promise<Mount> {
    return mountBlob(this.#place(blob), from, options);
  }

  writeBlob(blob: Descriptor, location: URL, options: BlobWrite): Promise<void> {
    return writeBlob(this.#place(blob), location, options);
  }

  tags(options: Bounded): AsyncIterable<string> {
    return tagsOf(this.parts.connection, this.repository, options);
  }

  referrers(subject: Digest, options: Bounded & { readonly artifactType?: string }): Promise<readonly Descriptor[]> {
    return this.parts.referrers.of(subject, options);
  }

  async putReferrer(manifest: Manifest, subject: Digest, options: Bounded): Promise<void> {
    await this.putManifest(manifest, options);
    await this.listReferrers(subject, [manifest], options);
  }

  listReferrers(subject: Digest, referrers: readonly Manifest[], options: Bounded): Promise<void> {
    return this.parts.referrers.list(subject, referrers, options);
  }

  #place(blob: Descriptor): BlobPlace {
    return { connection: this.parts.connection, repository: this.repository, blob };
  }
}
