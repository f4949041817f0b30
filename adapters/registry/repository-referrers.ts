import { AnswerMalformed } from '../../activities/registry/errors.ts';
import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, type ManifestContent, referrerOf } from '../../domain/oci-manifest.ts';
import type { RegistryConnection } from './connection.ts';
import type { Bounded, Manifest } from './contents.ts';
import type { Change } from './fallback-changes.ts';
import { FallbackIndex } from './fallback-index.ts';
import type { Manifests } from './manifests.ts';
import type { Repository } from './reference.ts';
import { askForReferrers, ofType, type ReferrersAnswer } from './referrers.ts';
import type { ReferrersMemory } from './referrers-memory.ts';
import type { HttpAnswer } from './transport.ts';

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

  /** Takes notice of a registry's word that it lists a manifest itself (distribution-spec, "Pushing Manifests with Subject"). */
  heed(headers: HttpAnswer['headers']): void {
    if (headers['oci-subject'] !== undefined) this.memory.rememberApi();
  }

  /** Lists referrers that are there, unless the registry has said that it does. Throws the registry's errors. */
  async list(subject: Digest, referrers: readonly Manifest[], options: Bounded): Promise<void> {
    if (this.memory.hasApi === true) return;
    await this.#change(
      subject,
      referrers.map((referrer) => ({ digest: referrer.digest, listed: this.#descriptorOf(referrer) })),
      options,
    );
  }

  /** Takes a manifest out of its subject's index, if it is in one, and then does the deletion; puts it back when that fails. */
  async unlisted(digest: Digest, options: Bounded, deletion: () => Promise<boolean>): Promise<boolean> {
    const manifest = this.memory.hasApi === true ? undefined : await this.manifests.get(digest, options);
    const subject = manifest && this.#read(manifest).subject?.digest;
    if (manifest === undefined || subject === undefined || (await this.#ask(subject, options)).kind === 'listed') return deletion();
    await this.#change(subject, [{ digest, listed: undefined }], options);
    try {
      return await deletion();
    } catch (error) {
      await this.#change(subject, [{ digest, listed: this.#descriptorOf(manifest) }], options);
      throw error;
    }
  }

  #read({ digest, mediaType, bytes }: Manifest): ManifestContent {
    return this.manifests.read(digest, mediaType, bytes);
  }

  #descriptorOf(manifest: Manifest): Descriptor {
    return referrerOf(this.#read(manifest), manifest.digest, manifest.bytes.length);
  }

  async #ask(subject: Digest, options: Bounded & { readonly artifactType?: string }): Promise<ReferrersAnswer> {
    if (this.memory.hasApi === false) return { kind: 'unsupported', isOwnWord: true };
    const { connection, repository } = this;
    const answer = await askForReferrers({ connection, repository, subject, ...options });
    if (answer.kind === 'listed') this.memory.rememberApi();
    if (answer.kind !== 'unsupported') return answer;
    // Taken at its word, a stranger's 404 would hide what the registry lists.
    if (this.memory.hasApi === true)
      throw new AnswerMalformed({
        ...connection.place(this.manifests.image(subject)),
        seen: 'its referrers, which it listed before, are 404',
      });
    if (answer.isOwnWord) this.memory.rememberNoApi();
    return answer;
  }

  #index(subject: Digest): FallbackIndex {
    return new FallbackIndex(this.connection, this.manifests, subject);
  }

  #change(subject: Digest, changes: readonly Change[], options: Bounded): Promise<void> {
    const key = `${this.repository.path} ${subject}`;
    return this.memory.subjects.change(key, changes, options, (all, bounded) => this.#index(subject).change(all, bounded));
  }
}
