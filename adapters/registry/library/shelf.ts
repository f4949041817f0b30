import { randomUUID } from 'node:crypto';
import { DeletionUnsupported } from '../../../activities/registry/content-errors.ts';
import { RepositoryTooLarge, TagTookManifest } from '../../../activities/retention/errors.ts';
import type { Call, Search, Shelf } from '../../../activities/retention/ports.ts';
import type { Digest } from '../../../domain/digest.ts';
import {
  childrenOf,
  type RepositoryContents,
  type RepositoryManifest,
  type RepositoryTag,
  subjectOfTag,
} from '../../../domain/retention-contents.ts';
import type { Manifest, RepositoryClient } from '../contents.ts';
import { printRepository } from '../reference.ts';
import { atOnce } from './at-once.ts';
import { readCreated } from './read-created.ts';
import { readOne, readTag, type SeenManifest } from './read-one.ts';

/** Requests under way at once: a registry that serves deployments has more to do. */
const AT_ONCE = 8;
const MOST_TAGS = 20_000;
const MOST_MANIFESTS = 100_000;
/** Indexes within indexes that are asked for a date. */
const DEEPEST = 16;

/** One repository of a registry, read for retention. */
export class RegistryShelf implements Shelf {
  readonly #seen = new Map<Digest, SeenManifest>();
  readonly #referrers = new Map<Digest, readonly Digest[]>();
  readonly #created = new Map<Digest, Promise<string | undefined>>();
  readonly #deleted = new Set<Digest>();
  #tags: readonly RepositoryTag[] = [];
  #deletesTags: Promise<boolean> | undefined;

  constructor(private readonly client: RepositoryClient) {}

  get repository(): string {
    return printRepository(this.client.repository);
  }

  async contents(search: Search, options: Call & { readonly onProgress: (line: string) => void }): Promise<RepositoryContents> {
    options.onProgress(`listing the tags of ${this.repository}`);
    const tags = await this.#list(options);
    this.#tags = tags;
    const leads = [...tags.flatMap((tag) => (tag.kind === 'naming' ? [tag.digest] : [])), ...search.digests];
    const found = await this.#walk(leads, search, options);
    const dates = await this.#date(tags, found, search.dated, options);
    const manifests = [...found.values()].map(({ manifest }) => withDate(manifest, dates.get(manifest.digest)));
    return { repository: this.repository, tags, manifests, departed: search.departed.filter(({ digest }) => !found.has(digest)) };
  }

  named(tag: string, options: Call): Promise<RepositoryTag> {
    return readTag(this.client, tag, options);
  }

  async deleteManifest(digest: Digest, options: Call): Promise<void> {
    await this.client.deleteManifest(digest, options);
    this.#seen.delete(digest);
    this.#deleted.add(digest);
    // What came to refer to it meanwhile has to go as well.
    this.#referrers.delete(digest);
  }

  deletesTags(options: Call): Promise<boolean> {
    this.#deletesTags ??= this.#tryTag(options);
    return this.#deletesTags;
  }

  async deleteTag(tag: string, digest: Digest, options: Call): Promise<void> {
    const manifest = await this.client.getManifest(digest, options);
    await this.client.deleteTag(tag, options);
    if (manifest === undefined || (await this.client.headManifest(digest, options)) !== undefined) return;
    await this.#putBack(manifest, options);
    throw new TagTookManifest(this.repository, tag, digest);
  }

  async #tryTag(options: Call): Promise<boolean> {
    try {
      // A name that nobody uses: a registry that deletes tags says that there is none, and one that does not says so.
      await this.client.deleteTag(`tidegate-${randomUUID()}`, options);
      return true;
    } catch (error) {
      if (error instanceof DeletionUnsupported) return false;
      throw error;
    }
  }

  async #putBack(manifest: Manifest, options: Call): Promise<void> {
    const names = this.#tags.flatMap((tag) => (tag.kind === 'naming' && tag.digest === manifest.digest ? [tag.name] : []));
    for (const tag of names) await this.client.putManifest(manifest, { ...options, tag });
  }

  async #list(options: Call): Promise<RepositoryTag[]> {
    const names: string[] = [];
    for await (const name of this.client.tags(options)) {
      names.push(name);
      if (names.length > MOST_TAGS) throw new RepositoryTooLarge(this.repository, 'tags', MOST_TAGS);
    }
    return atOnce(AT_ONCE, [...new Set(names)], (name) => this.named(name, options));
  }

  /** Everything that leads to something else: parts, and what refers to what. */
  async #walk(
    leads: readonly Digest[],
    { departed }: Search,
    options: Call & { readonly onProgress: (line: string) => void },
  ): Promise<Map<Digest, SeenManifest>> {
    const found = new Map<Digest, SeenManifest>();
    const gone = departed.map(({ digest }) => digest);
    const remains = departed.flatMap(({ parts }) => parts.map((part) => part.digest)).filter((digest) => !this.#deleted.has(digest));
    const visited = new Set<Digest>([...leads, ...remains]);
    for (const referrers of await atOnce(AT_ONCE, gone, (digest) => this.#referrersOf(digest, options)))
      for (const digest of referrers) visited.add(digest);
    for (let frontier = [...visited]; frontier.length > 0; ) {
      if (visited.size > MOST_MANIFESTS) throw new RepositoryTooLarge(this.repository, 'manifests', MOST_MANIFESTS);
      options.onProgress(`reading ${this.repository}: ${found.size} manifests so far`);
      const next = await atOnce(AT_ONCE, frontier, (digest) => this.#visit(digest, found, options));
      frontier = [...new Set(next.flat())].filter((digest) => !visited.has(digest));
      for (const digest of frontier) visited.add(digest);
    }
    return found;
  }

  /** Puts a manifest among what was found, and says what it leads to. */
  async #visit(digest: Digest, found: Map<Digest, SeenManifest>, options: Call): Promise<readonly Digest[]> {
    const seen = this.#seen.get(digest) ?? (await readOne(this.client, digest, options));
    if (seen === undefined) return [];
    this.#seen.set(digest, seen);
    found.set(digest, seen);
    return [...childrenOf(seen.manifest), ...(await this.#referrersOf(digest, options))];
  }

  async #referrersOf(digest: Digest, options: Call): Promise<readonly Digest[]> {
    const referrers = this.#referrers.get(digest) ?? (await this.client.referrers(digest, options)).map((one) => one.digest);
    this.#referrers.set(digest, referrers);
    return referrers;
  }

  /** Asks for the age of what has a name of its own and no other age; everything else goes with something. */
  async #date(
    tags: readonly RepositoryTag[],
    found: ReadonlyMap<Digest, SeenManifest>,
    dated: ReadonlySet<Digest>,
    options: Call,
  ): Promise<ReadonlyMap<Digest, string | undefined>> {
    const named = tags.flatMap((tag) => (tag.kind === 'naming' && subjectOfTag(tag.name) === undefined ? [tag.digest] : []));
    const wanted = [...new Set(named)].filter((digest) => !dated.has(digest));
    return new Map(await atOnce(AT_ONCE, wanted, async (digest) => [digest, await this.#createdOnce(digest, found, 0, options)] as const));
  }

  #createdOnce(digest: Digest, found: ReadonlyMap<Digest, SeenManifest>, depth: number, options: Call): Promise<string | undefined> {
    const created = this.#created.get(digest) ?? this.#createdOf(digest, found, depth, options);
    this.#created.set(digest, created);
    return created;
  }

  /** An index that does not say when it was made is as old as the youngest of its parts. */
  async #createdOf(digest: Digest, found: ReadonlyMap<Digest, SeenManifest>, depth: number, options: Call): Promise<string | undefined> {
    const seen = found.get(digest);
    if (seen === undefined || depth > DEEPEST) return undefined;
    if (seen.dated.kind === 'annotated') return seen.dated.at;
    if (seen.dated.kind === 'configured') return readCreated(this.client, seen.dated.config, options);
    let youngest: string | undefined;
    for (const child of childrenOf(seen.manifest)) {
      const created = await this.#createdOnce(child, found, depth + 1, options);
      if (created !== undefined && !(Date.parse(created) <= Date.parse(youngest ?? ''))) youngest = created;
    }
    return youngest;
  }
}

function withDate(manifest: RepositoryManifest, created: string | undefined): RepositoryManifest {
  return created === undefined || manifest.kind === 'outdated' || manifest.kind === 'unreadable' ? manifest : { ...manifest, created };
}
