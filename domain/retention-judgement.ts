import { isPlatformTag } from './build-platform.ts';
import { type Digest, shortDigest } from './digest.ts';
import { fitsPattern } from './pattern.ts';
import { type Age, ageOf, millisecondsOf, type ReleasesByDigest, releasesByDigest } from './retention-age.ts';
import { type RepositoryContents, type RepositoryManifest, type RepositoryTag, subjectOf, subjectOfTag } from './retention-contents.ts';
import { graphOf, type Lead, type RepositoryGraph, reachedFrom } from './retention-graph.ts';
import type { Protection, RegisteredRelease } from './retention-protection.ts';
import type { KeepReason } from './retention-reasons.ts';
import type { KeepRule } from './retention-rules.ts';

export interface RetentionInput {
  readonly contents: RepositoryContents;
  /** What the rules keep of this repository; undefined where none is for it. */
  readonly rule: KeepRule | undefined;
  readonly releases: readonly RegisteredRelease[];
  readonly protection: Protection;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const DAY_MS = 86_400_000;
/** Nothing is deleted on its first day: who pushes an image needs time to release it. */
const LEAST_DAYS = 1;

/** Judges one thing after the other by itself, before it is asked what goes with what. */
export class Judge {
  readonly graph: RepositoryGraph;
  readonly #input: RetentionInput;
  readonly #releases: ReleasesByDigest;
  readonly #found: ReadonlySet<Digest>;
  readonly #recent: ReadonlyMap<Digest, KeepReason>;
  /** The first thing here that cannot be read, as people call it: it may need any other. */
  readonly #unreadable: string | undefined;

  constructor(input: RetentionInput) {
    this.#input = input;
    this.graph = graphOf(input.contents);
    this.#releases = releasesByDigest(input.releases);
    const roots = input.contents.manifests.filter((manifest) => this.#isRoot(manifest.digest)).map((manifest) => manifest.digest);
    const gone = input.contents.departed.map(({ digest }) => digest).filter((digest) => !this.graph.manifests.has(digest));
    this.#found = reachedFrom(this.graph, [...roots, ...gone]);
    this.#recent = new Map([...this.#recentReleases(), ...this.#recentImages(roots)]);
    this.#unreadable = unreadableOf(input.contents);
  }

  /** Why a manifest is kept for its own sake; nothing where it is not. */
  manifest(manifest: RepositoryManifest): readonly KeepReason[] {
    const { digest } = manifest;
    return [
      ...(this.#input.protection.images.get(digest) ?? []),
      ...(this.#input.rule === undefined ? [{ kind: 'no-rule' } as const] : this.#byRule(manifest, this.#input.rule)),
      ...formReasons(manifest),
      ...(this.#unreadable === undefined || manifest.kind === 'unreadable'
        ? []
        : [{ kind: 'may-be-needed', by: this.#unreadable } as const]),
      ...(this.#found.has(digest) ? [] : [strayReason(subjectOf(manifest))]),
    ];
  }

  /** Why a tag is kept for its own sake, and with it what it names. */
  tag(tag: RepositoryTag): readonly KeepReason[] {
    const { name } = tag;
    const { rule, contents, protection } = this.#input;
    const fitting = rule?.tags.find((pattern) => fitsPattern(pattern, name));
    const held = protection.tags.some((hold) => hold.repository === contents.repository && hold.tag === name);
    const built = protection.commits.find(({ commit }) => name.startsWith(`${commit}-`));
    return [
      ...(held ? [{ kind: 'tag-held', tag: name } as const] : []),
      ...(built === undefined
        ? []
        : [{ kind: 'build-under-way', tag: name, application: built.application, release: built.number } as const]),
      ...(fitting === undefined ? [] : [{ kind: 'tag-fits', tag: name, pattern: fitting } as const]),
      ...this.#formOf(tag),
      ...this.#attachment(name),
    ];
  }

  ageOf(manifest: RepositoryManifest): Age {
    return ageOf(manifest, this.#releases, this.#input.now);
  }

  /** What a manifest that is not judged by itself goes with; of several always the same, whichever are still there. */
  leadOf(digest: Digest): Lead | undefined {
    if (this.#isRoot(digest)) return undefined;
    return this.graph.leadsOf(digest).toSorted((a, b) => compare(a.lead, b.lead) || compare(b.bond, a.bond))[0];
  }

  /** The indexes that have what a build's tag for a platform names. */
  indexesOf({ name, digest }: Extract<RepositoryTag, { kind: 'naming' }>): readonly Digest[] {
    const leads = isPlatformTag(name) ? this.graph.leadsOf(digest) : [];
    return leads.filter(({ bond }) => bond === 'child').map(({ lead }) => lead);
  }

  #formOf(tag: RepositoryTag): readonly KeepReason[] {
    if (tag.kind === 'outdated') return [{ kind: 'outdated' }];
    if (tag.kind === 'unreadable') return [{ kind: 'unreadable', why: tag.why }];
    return tag.kind === 'naming' && this.graph.manifests.has(tag.digest) ? [] : [{ kind: 'names-nothing' }];
  }

  /** What is attached to an image by the name of a tag stays while that image is protected, or was never seen here. */
  #attachment(name: string): readonly KeepReason[] {
    const subject = subjectOfTag(name);
    if (subject === undefined || this.graph.manifests.has(subject)) return [];
    if (this.#input.protection.images.has(subject)) return [{ kind: 'goes-with', bond: 'attached', lead: subject }];
    const isDeparted = this.#input.contents.departed.some(({ digest }) => digest === subject);
    return isDeparted ? [] : [strayReason(subject)];
  }

  /** A release or a tag of its own: such a manifest is judged by its age; others go with what they belong to. */
  #isRoot(digest: Digest): boolean {
    return this.#releases.has(digest) || this.graph.tagsOf(digest).some((tag) => subjectOfTag(tag.name) === undefined);
  }

  #byRule(manifest: RepositoryManifest, rule: KeepRule): readonly KeepReason[] {
    if (!this.#isRoot(manifest.digest) || manifest.kind === 'outdated' || manifest.kind === 'unreadable') return [];
    const age = this.ageOf(manifest);
    const past = millisecondsOf(age, this.#input.now);
    const days = Math.max(rule.days ?? 0, LEAST_DAYS);
    const recent = this.#recent.get(manifest.digest);
    return [
      ...(age.kind === 'unknown' ? [{ ...age, kind: 'age-unknown' } as const] : []),
      ...(past === undefined || past > days * DAY_MS ? [] : [{ kind: 'young', age, days } as const]),
      ...(recent === undefined ? [] : [recent]),
    ];
  }

  /** The last releases of each application whose images are here: failed ones count, as nobody has said that they are waste. */
  *#recentReleases(): Iterable<[Digest, KeepReason]> {
    const among = this.#input.rule?.releases ?? 0;
    const here = this.#input.releases.filter((release) => release.images.some(({ digest }) => this.graph.manifests.has(digest)));
    for (const application of new Set(here.map((release) => release.application))) {
      const last = here
        .filter((release) => release.application === application)
        .sort((a, b) => b.number - a.number)
        .slice(0, among);
      for (const { number, images } of last.reverse())
        for (const { digest } of images) yield [digest, { kind: 'recent-release', application, release: number, among }];
    }
  }

  /** Images that no release has are counted by themselves, so that a burst of them pushes no release out; those that an index names as well, as it may go before them. */
  *#recentImages(roots: readonly Digest[]): Iterable<[Digest, KeepReason]> {
    const among = this.#input.rule?.releases ?? 0;
    const dated = roots.flatMap((digest) => {
      const manifest = this.graph.manifests.get(digest);
      const age = manifest === undefined || this.#releases.has(digest) ? undefined : this.ageOf(manifest);
      return age === undefined || age.kind === 'unknown' ? [] : [{ digest, at: Date.parse(age.at) }];
    });
    const last = dated.sort((a, b) => b.at - a.at || compare(a.digest, b.digest)).slice(0, among);
    for (const { digest } of last) yield [digest, { kind: 'recent-image', among }];
  }
}

function unreadableOf({ tags, manifests }: RepositoryContents): string | undefined {
  const tag = tags.find((one) => one.kind === 'unreadable');
  const manifest = manifests.find((one) => one.kind === 'unreadable');
  if (tag !== undefined) return `tag ${tag.name}`;
  return manifest && shortDigest(manifest.digest);
}

function formReasons(manifest: RepositoryManifest): readonly KeepReason[] {
  if (manifest.kind === 'outdated') return [{ kind: 'outdated' }];
  return manifest.kind === 'unreadable' ? [{ kind: 'unreadable', why: manifest.why }] : [];
}

function strayReason(subject: Digest | undefined): KeepReason {
  return { kind: 'stray', ...(subject !== undefined && { subject }) };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
