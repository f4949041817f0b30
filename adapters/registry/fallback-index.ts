import { setTimeout as delay } from 'node:timers/promises';
import { ReferrersContended } from '../../activities/registry/errors.ts';
import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, OCI_INDEX } from '../../domain/oci-manifest.ts';
import type { RegistryConnection } from './connection.ts';
import type { Bounded, Manifest } from './contents.ts';
import { type Manifests, sha256 } from './manifests.ts';
import { MOST_REFERRERS, readReferrers, tooMany } from './referrers.ts';

/** One wish: that a referrer is listed, or that it is not. */
export interface Change {
  readonly digest: Digest;
  /** Undefined takes it out. */
  readonly listed: Descriptor | undefined;
}

/** Entries as they were found: what other tools wrote there stays. */
type Entry = Readonly<Record<string, unknown>>;

const MOST_ROUNDS = 12;
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
    const { entries } = await this.#read(options);
    return readReferrers(this.connection, this.#image, { manifests: entries });
  }

  /** Makes the changes, and stays until they stand. Throws ReferrersContended when others undo them time and again. */
  async change(changes: readonly Change[], options: Bounded): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const since = performance.now();
      const before = await this.#read(options);
      const after = changed(before.entries, changes);
      if (after === undefined) return;
      await this.#write(after, options);
      if (await this.#stands(changes, performance.now() - since, options)) return;
      await delay(Math.random() * 50 * 2 ** Math.min(round, 5), undefined, options);
    }
    const seen = `other writers undid that ${MOST_ROUNDS} times`;
    throw new ReferrersContended({ ...this.connection.place(this.#image), seen });
  }

  /** Another writer that had read before we wrote is done in about the time that we took: what stands after that stays. */
  async #stands(changes: readonly Change[], roundMs: number, options: Bounded): Promise<boolean> {
    await delay(Math.min(LONGEST_PAUSE_MS, 2 * roundMs), undefined, options);
    const { entries } = await this.#read(options);
    return changed(entries, changes) === undefined;
  }

  async #read(options: Bounded): Promise<{ readonly entries: readonly Entry[] }> {
    const manifest = await this.manifests.get(this.#tag, options);
    if (manifest === undefined) return { entries: [] };
    const { manifests } = JSON.parse(manifest.bytes.toString('utf8'));
    const entries: readonly Entry[] = manifests ?? [];
    if (entries.length > MOST_REFERRERS) throw tooMany(this.connection, this.#image, entries.length);
    return { entries };
  }

  async #write(entries: readonly Entry[], options: Bounded): Promise<void> {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }));
    const manifest: Manifest = { mediaType: OCI_INDEX, digest: sha256(bytes), bytes };
    await this.manifests.put(manifest, { ...options, tag: this.#tag });
  }
}

/** The entries with the changes made; undefined when there is nothing to change. */
function changed(entries: readonly Entry[], changes: readonly Change[]): readonly Entry[] | undefined {
  const out = new Set<unknown>(changes.filter(({ listed }) => listed === undefined).map(({ digest }) => digest));
  const kept = entries.filter(({ digest }) => !out.has(digest));
  const there = new Set(kept.map(({ digest }) => digest));
  const added = changes.flatMap(({ digest, listed }) => (listed === undefined || there.has(digest) ? [] : [{ ...listed }]));
  return added.length === 0 && kept.length === entries.length ? undefined : [...kept, ...added];
}
