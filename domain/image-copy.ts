import type { Digest } from './digest.ts';
import { childrenOf, type Descriptor, isManifestType, type ManifestContent } from './oci-manifest.ts';

/** A manifest as it was found: what it names, and whether the target has it already. */
export interface FoundManifest {
  /** Undefined when it was not read: a manifest that the target has and that names no other. Its blobs are there as long as it is. */
  readonly content?: ManifestContent;
  readonly present: boolean;
}

/** What is to be done so that the target holds whole manifests. */
export interface CopyPlan {
  /** Each once, the largest first: the longest work must not begin last. */
  readonly blobs: readonly Descriptor[];
  /** Layers that are fetched elsewhere, and are not copied. */
  readonly foreign: readonly Descriptor[];
  /** Manifests to be put, wave by wave: none names another of its own wave or of a later one. */
  readonly waves: readonly (readonly Digest[])[];
  /** Manifests that the target has. */
  readonly present: readonly Digest[];
}

/** Which blobs and manifests must go over, and in which order, so that no manifest arrives before what it names. */
export function planCopy(found: ReadonlyMap<Digest, FoundManifest>, roots: readonly Digest[]): CopyPlan {
  const heights = new Map<Digest, number>();
  for (const root of roots) measure(root, found, heights);
  const isPresent = (digest: Digest) => found.get(digest)?.present === true;
  const missing = [...heights].filter(([digest]) => !isPresent(digest));
  const blobs = once(missing.flatMap(([digest]) => blobsOf(found.get(digest)?.content)));
  const highest = missing.reduce((most, [, height]) => Math.max(most, height), -1);
  return {
    blobs: blobs.filter((blob) => !isForeign(blob)).sort((a, b) => b.size - a.size),
    foreign: blobs.filter(isForeign),
    waves: Array.from({ length: highest + 1 }, (_, level) =>
      missing.filter(([, height]) => height === level).map(([digest]) => digest),
    ).filter((wave) => wave.length > 0),
    present: [...heights.keys()].filter(isPresent),
  };
}

/** The longest way from a manifest down to one that names no other, whether the target has them or not: of an index that is there a platform may have been deleted. */
function measure(digest: Digest, found: ReadonlyMap<Digest, FoundManifest>, heights: Map<Digest, number>): number {
  const known = heights.get(digest);
  if (known !== undefined) return known;
  // Digests cannot form a circle; whoever claims one is not followed round.
  heights.set(digest, 0);
  const height = manifestsOf(found.get(digest)?.content).reduce(
    (highest, child) => Math.max(highest, measure(child.digest, found, heights) + 1),
    0,
  );
  heights.set(digest, height);
  return height;
}

/** The manifests that a manifest names. */
export function manifestsOf(content: ManifestContent | undefined): readonly Descriptor[] {
  return content?.kind === 'index' ? content.manifests.filter(({ mediaType }) => isManifestType(mediaType)) : [];
}

/** What else it names: an index can hold layers too, as BuildKit's caches do. */
function blobsOf(content: ManifestContent | undefined): readonly Descriptor[] {
  if (content === undefined) return [];
  return childrenOf(content).filter(({ mediaType }) => content.kind !== 'index' || !isManifestType(mediaType));
}

/** Layers that their makers alone may give out: they stay where their `urls` point (image-spec, "Non-Distributable Layers"). */
export function isForeign({ mediaType, urls = [] }: Descriptor): boolean {
  return urls.length > 0 && /\.(foreign|nondistributable)\./.test(mediaType);
}

function once(contents: readonly Descriptor[]): Descriptor[] {
  return [...new Map(contents.map((content) => [content.digest, content])).values()];
}

/** All referrers of one subject. They are put one after the other: a registry without the referrers API keeps them in one list. */
export interface ReferrerStep {
  readonly subject: Digest;
  readonly referrers: readonly Digest[];
}

/**
 * In which order referrers are put: the subjects of a wave are there before it begins. `listed` is what each subject's referrers are;
 * `subjects` are the manifests that are there at the beginning.
 */
export function planReferrers(
  found: ReadonlyMap<Digest, FoundManifest>,
  listed: ReadonlyMap<Digest, readonly Digest[]>,
  subjects: readonly Digest[],
): readonly (readonly ReferrerStep[])[] {
  const reached = new Set(subjects);
  const waves: ReferrerStep[][] = [];
  for (let next = [...reached]; next.length > 0; ) {
    const wave = next.flatMap((subject) => stepsFor(subject, listed));
    if (wave.length > 0) waves.push(wave);
    next = withAllBelow(
      found,
      wave.flatMap((step) => step.referrers),
    ).filter((digest) => !reached.has(digest));
    for (const subject of next) reached.add(subject);
  }
  return waves;
}

function stepsFor(subject: Digest, listed: ReadonlyMap<Digest, readonly Digest[]>): ReferrerStep[] {
  const referrers = listed.get(subject) ?? [];
  return referrers.length === 0 ? [] : [{ subject, referrers }];
}

/** Manifests with those that they name, near and far, each once: all of them can have referrers. */
export function withAllBelow(found: ReadonlyMap<Digest, FoundManifest>, digests: readonly Digest[]): readonly Digest[] {
  const all = new Set<Digest>();
  const visit = (digest: Digest): void => {
    if (all.has(digest)) return;
    all.add(digest);
    for (const child of manifestsOf(found.get(digest)?.content)) visit(child.digest);
  };
  digests.forEach(visit);
  return [...all];
}

/** How much of anybody's content is followed: no source may keep us busy, or fill our memory, without end. */
export const COPY_LIMITS = {
  /** Indexes within indexes. */
  indexDepth: 8,
  /** Referrers of referrers. */
  referrerDepth: 8,
  /** Manifests of one image, with those of its platforms and referrers. */
  manifests: 5_000,
  /** Bytes of them together. */
  manifestBytes: 64 * 1024 * 1024,
} as const;
