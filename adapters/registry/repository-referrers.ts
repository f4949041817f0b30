import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, referrerOf } from '../../domain/oci-manifest.ts';
import type { RegistryConnection } from './connection.ts';
import type { Bounded, Manifest } from './contents.ts';
import type { Change } from './fallback-changes.ts';
import { FallbackIndex } from './fallback-index.ts';
import type { Manifests } from './manifests.ts';
import type { Repository } from './reference.ts';
import { askForReferrers, ofType, type ReferrersAnswer } from './referrers.ts';
import { SubjectQueue } from './subject-queue.ts';

/** What is known of a registry's referrers, by all of its repositories. */
export class ReferrersMemory {
  readonly subjects = new SubjectQueue();
  /** Whether the registry lists referrers itself; undefined as long as it has not shown. */
  hasApi: boolean | undefined;
}

/** The referrers of one repository's manifests: by the registry's API, or in an index under a tag where there is none. */
export class Referrers {
  constructor(
    private readonly connection: RegistryConnection,
    private readonly repository: Repository,
    private readonly manifests: Manifests,
    private readonly memory: ReferrersMemory,
  ) {}

  async of(subject: Digest, options: Bounded & { readonly artifactType?: string }): Promise<readonly Descriptor[]> {
    const answer = await this.#ask(subject, options);
    if (answer.kind === 'listed') return answer.referrers;
    return ofType(await this.#index(subject).list(options), options.artifactType);
  }

  /** Puts a referrer, and lists it unless the registry says that it does. Throws the registry's errors. */
  async put(manifest: Manifest, subject: Digest, options: Bounded): Promise<void> {
    const { digest, mediaType, bytes } = manifest;
    const listed = referrerOf(this.manifests.read(digest, mediaType, bytes), digest, bytes.length);
    const headers = await this.manifests.put(manifest, options);
    // The registry's word that it lists the manifest itself (distribution-spec, "Pushing Manifests with Subject").
    const isListed = headers['oci-subject'] !== undefined;
    this.memory.hasApi ??= isListed || undefined;
    if (!isListed) await this.#change(subject, { digest, listed }, options);
  }

  /** Takes a manifest out of its subject's index, if it is in one, and then does the deletion; puts it back when that fails. */
  async unlisted(digest: Digest, options: Bounded, deletion: () => Promise<boolean>): Promise<boolean> {
    const manifest = this.memory.hasApi === true ? undefined : await this.manifests.get(digest, options);
    const content = manifest && this.manifests.read(digest, manifest.mediaType, manifest.bytes);
    const subject = content?.subject?.digest;
    if (manifest === undefined || content === undefined || subject === undefined || (await this.#isListedByApi(subject, options)))
      return deletion();
    await this.#change(subject, { digest, listed: undefined }, options);
    try {
      return await deletion();
    } catch (error) {
      await this.#change(subject, { digest, listed: referrerOf(content, digest, manifest.bytes.length) }, options);
      throw error;
    }
  }

  async #isListedByApi(subject: Digest, options: Bounded): Promise<boolean> {
    return (await this.#ask(subject, options)).kind === 'listed';
  }

  async #ask(subject: Digest, options: Bounded & { readonly artifactType?: string }): Promise<ReferrersAnswer> {
    if (this.memory.hasApi === false) return { kind: 'unsupported' };
    const { connection, repository } = this;
    const answer = await askForReferrers({ connection, repository, subject, ...options });
    if (answer.kind !== 'no-repository') this.memory.hasApi = answer.kind === 'listed';
    return answer;
  }

  #index(subject: Digest): FallbackIndex {
    return new FallbackIndex(this.connection, this.manifests, subject);
  }

  #change(subject: Digest, change: Change, options: Bounded): Promise<void> {
    const key = `${this.repository.path} ${subject}`;
    return this.memory.subjects.change(key, change, options, (changes, bounded) => this.#index(subject).change(changes, bounded));
  }
}
