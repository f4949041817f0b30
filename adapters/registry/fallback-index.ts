import { ReferrersContended } from '../../activities/registry/content-errors.ts';
import { AnswerMalformed, RegistryUnavailable } from '../../activities/registry/errors.ts';
import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, LARGEST_MANIFEST, OCI_INDEX } from '../../domain/oci-manifest.ts';
import type { RegistryConnection } from './connection.ts';
import type { Bounded, Manifest } from './contents.ts';
import { type Change, type Entry, withChanges } from './fallback-changes.ts';
import { digestOf, type Manifests } from './manifests.ts';
import { readReferrers, requireFew } from './referrers.ts';
import { pause } from './waiting.ts';

const MOST_ROUNDS = 12;
const MOST_FAULTY_ROUNDS = 5;
const LONGEST_PAUSE_MS = 2_000;

/**
 * The index of a subject's referrers under the tag `sha256-…`, for registries without the API (distribution-spec, "Referrers Tag
 * Schema"). It is read, changed and written with nothing to keep two writers apart, so each change is looked at again afterwards.
 */
export class FallbackIndex {
  readonly #tag: string;
  readonly #image: string;

  constructor(
    private readonly connection: RegistryConnection,
    private readonly manifests: Manifests,
    subject: Digest,
  ) {
    this.#tag = subject.replace(':', '-');
    this.#image = manifests.image(subject);
  }

  async list(options: Bounded): Promise<readonly Descriptor[]> {
    return readReferrers(this.connection, this.#image, await this.#read(options));
  }

  /** Makes the changes, and stays until they stand. Throws ReferrersContended when others undo them time and again. */
  async change(changes: readonly Change[], options: Bounded): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      try {
        if (await this.#changeOnce(changes, options)) return;
      } catch (error) {
        // While two write the same tag at once, distribution answers 500 to whoever reads it.
        if (!(error instanceof RegistryUnavailable) || round >= MOST_FAULTY_ROUNDS) throw error;
      }
      await pause(Math.random() * 40 * 2 ** Math.min(round, 4), options.signal);
    }
    throw new ReferrersContended({ ...this.connection.place(this.#image), seen: `others undid it ${MOST_ROUNDS} times` });
  }

  /** Whether the changes stand. */
  async #changeOnce(changes: readonly Change[], options: Bounded): Promise<boolean> {
    const since = performance.now();
    const wanted = withChanges(await this.#read(options), changes);
    if (wanted === undefined) return true;
    const written = await this.#write(wanted, options);
    // Another writer that had read before we wrote is done in about the time that we took. What stands after that stays.
    await pause(Math.min(LONGEST_PAUSE_MS, performance.now() - since), options.signal);
    return this.#stands(written, changes, options);
  }

  async #stands(written: Digest, changes: readonly Change[], options: Bounded): Promise<boolean> {
    const head = await this.manifests.head(this.#tag, options);
    return head?.digest === written || withChanges(await this.#read(options), changes) === undefined;
  }

  /** An index that is not there is one without entries. Throws AnswerMalformed when the tag names anything else. */
  async #read(options: Bounded): Promise<readonly Entry[]> {
    const manifest = await this.manifests.get(this.#tag, options);
    if (manifest === undefined) return [];
    const seen = `its tag ${this.#tag} names no index of referrers but a ${manifest.mediaType}`;
    if (manifest.mediaType !== OCI_INDEX) throw new AnswerMalformed({ ...this.connection.place(this.#image), seen });
    const { manifests: entries } = JSON.parse(manifest.bytes.toString('utf8'));
    return entries ?? [];
  }

  /** An index that lost its last entry stays: without entries all are one manifest, and deleting that would take every subject's. */
  async #write(entries: readonly Entry[], options: Bounded): Promise<Digest> {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }));
    requireFew(this.connection, this.#image, bytes.length > LARGEST_MANIFEST ? Number.POSITIVE_INFINITY : entries.length);
    const manifest: Manifest = { mediaType: OCI_INDEX, digest: digestOf(bytes), bytes };
    await this.manifests.put(manifest, { ...options, tag: this.#tag });
    return manifest.digest;
  }
}
