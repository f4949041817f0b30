import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, referrerOf } from '../../domain/oci-manifest.ts';
import type { BlobPlace } from './blob-place.ts';
import { hasBlob, readBlob } from './blob-read.ts';
import { mountBlob, writeBlob } from './blob-upload.ts';
import type { RegistryConnection } from './connection.ts';
import type { BlobWrite, Bounded, Manifest, Mount, RepositoryClient } from './contents.ts';
import { type Change, FallbackIndex } from './fallback-index.ts';
import { Manifests } from './manifests.ts';
import type { Repository } from './reference.ts';
import { ofType, referrersByApi } from './referrers.ts';
import type { SubjectQueue } from './subject-queue.ts';
import { tagsOf } from './tags.ts';

/** What the repositories of one registry share. */
export interface RegistryState {
  readonly connection: RegistryConnection;
  /** Asked first for what has a digest. */
  readonly mirrors: readonly RegistryConnection[];
  readonly subjects: SubjectQueue;
  /** Whether the registry lists referrers itself; undefined as long as nobody has asked. */
  hasReferrersApi: boolean | undefined;
}

/** One repository of one registry. */
export class RegistryRepository implements RepositoryClient {
  readonly #manifests: Manifests;

  constructor(
    readonly repository: Repository,
    private readonly registry: RegistryState,
  ) {
    this.#manifests = new Manifests(registry.connection, repository);
  }

  getManifest(reference: string, options: Bounded): Promise<Manifest | undefined> {
    return this.#manifests.get(reference, options);
  }

  headManifest(reference: string, options: Bounded): Promise<Pick<Descriptor, 'digest' | 'mediaType' | 'size'> | undefined> {
    return this.#manifests.head(reference, options);
  }

  async putManifest(manifest: Manifest, options: Bounded & { readonly tag?: string }): Promise<void> {
    await this.#manifests.put(manifest, options);
  }

  async deleteManifest(digest: Digest, options: Bounded): Promise<boolean> {
    const subject = await this.#subjectListedByTag(digest, options);
    if (subject !== undefined) await this.#list(subject, { digest, listed: undefined }, options);
    return this.#manifests.delete(digest, options);
  }

  deleteTag(tag: string, options: Bounded): Promise<boolean> {
    return this.#manifests.delete(tag, options);
  }

  hasBlob(blob: Descriptor, options: Bounded): Promise<boolean> {
    return hasBlob(this.#place(blob), options);
  }

  readBlob(blob: Descriptor, options: Bounded & { readonly offset?: number }): AsyncIterable<Buffer> {
    return readBlob(this.#place(blob), options);
  }

  mountBlob(blob: Descriptor, from: Repository | undefined, options: Bounded): Promise<Mount> {
    return mountBlob(this.#place(blob), from, options);
  }

  writeBlob(blob: Descriptor, location: URL, options: BlobWrite): Promise<void> {
    return writeBlob(this.#place(blob), location, options);
  }

  tags(options: Bounded): AsyncIterable<string> {
    return tagsOf(this.registry.connection, this.repository, options);
  }

  async referrers(subject: Digest, options: Bounded & { readonly artifactType?: string }): Promise<readonly Descriptor[]> {
    const listed = this.registry.hasReferrersApi === false ? undefined : await this.#byApi(subject, options);
    return listed ?? ofType(await this.#fallback(subject).list(options), options.artifactType);
  }

  async putReferrer(manifest: Manifest, subject: Digest, options: Bounded): Promise<void> {
    const content = this.#manifests.read(manifest.digest, manifest.mediaType, manifest.bytes);
    const headers = await this.#manifests.put(manifest, options);
    // The registry's word that it lists the manifest itself (distribution-spec, "Pushing Manifests with Subject").
    if (headers['oci-subject'] === subject) return;
    const listed = referrerOf(content, manifest.digest, manifest.bytes.length);
    await this.#list(subject, { digest: manifest.digest, listed }, options);
  }

  async #byApi(subject: Digest, options: Bounded & { readonly artifactType?: string }) {
    const listed = await referrersByApi(this.registry.connection, this.repository, subject, options);
    this.registry.hasReferrersApi = listed !== undefined;
    return listed;
  }

  #fallback(subject: Digest): FallbackIndex {
    return new FallbackIndex(this.registry.connection, this.#manifests, subject);
  }

  #list(subject: Digest, change: Change, options: Bounded): Promise<void> {
    const key = `${this.repository.path} ${subject}`;
    return this.registry.subjects.change(key, change, (changes) => this.#fallback(subject).change(changes, options));
  }

  /** What a manifest refers to, where a deletion has to take it out of the fallback index. */
  async #subjectListedByTag(digest: Digest, options: Bounded): Promise<Digest | undefined> {
    if (this.registry.hasReferrersApi === true) return undefined;
    const manifest = await this.#manifests.get(digest, options);
    if (manifest === undefined) return undefined;
    const { subject } = this.#manifests.read(digest, manifest.mediaType, manifest.bytes);
    if (subject === undefined) return undefined;
    if (this.registry.hasReferrersApi === undefined) await this.#byApi(subject.digest, options);
    return this.registry.hasReferrersApi === false ? subject.digest : undefined;
  }

  #place(blob: Descriptor): BlobPlace {
    return { connection: this.registry.connection, repository: this.repository, blob };
  }
}
