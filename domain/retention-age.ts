import type { Digest } from './digest.ts';
import type { RepositoryManifest } from './retention-contents.ts';
import type { RegisteredRelease } from './retention-protection.ts';

/** How old an image is, and by whose word. */
export type Age =
  | { readonly kind: 'released'; readonly at: string; readonly application: string; readonly release: number }
  | { readonly kind: 'created'; readonly at: string }
  /** `said` is what the image says of itself and cannot be true. */
  | { readonly kind: 'unknown'; readonly said?: string };

/** No image is older than Docker: builds that are to give the same bytes again write 1970, 1980 or the year 1. */
const FIRST_IMAGE = Date.parse('2013-03-01T00:00:00Z');
const DAY_MS = 86_400_000;

/**
 * The age of an image: a registry does not keep when something was pushed, so the last release with it counts, or a believable
 * creation time if that is later (docs/decisions/0023-how-old-an-image-is.md).
 */
export function ageOf(manifest: RepositoryManifest, releases: ReleasesByDigest, now: number): Age {
  const created = 'created' in manifest ? manifest.created : undefined;
  const isBelievable = created !== undefined && isBetween(FIRST_IMAGE, Date.parse(created), now + DAY_MS);
  const released = newest(releases.get(manifest.digest) ?? []);
  const byCreation: Age = isBelievable
    ? { kind: 'created', at: created }
    : { kind: 'unknown', ...(created !== undefined && { said: created }) };
  if (released === undefined || Number.isNaN(Date.parse(released.createdAt))) return byCreation;
  if (byCreation.kind === 'created' && Date.parse(byCreation.at) > Date.parse(released.createdAt)) return byCreation;
  return { kind: 'released', at: released.createdAt, application: released.application, release: released.number };
}

/** Milliseconds; undefined where nobody can tell. */
export function millisecondsOf(age: Age, now: number): number | undefined {
  return age.kind === 'unknown' ? undefined : now - Date.parse(age.at);
}

export type ReleasesByDigest = ReadonlyMap<Digest, readonly RegisteredRelease[]>;

/** The releases that have each digest, in whatever repository: promotion takes an image from one to another. */
export function releasesByDigest(releases: readonly RegisteredRelease[]): ReleasesByDigest {
  const found = new Map<Digest, RegisteredRelease[]>();
  for (const release of releases) {
    for (const digest of new Set(release.images.map((image) => image.digest))) found.set(digest, [...(found.get(digest) ?? []), release]);
  }
  return found;
}

function newest(releases: readonly RegisteredRelease[]): RegisteredRelease | undefined {
  return releases.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))[0];
}

function isBetween(least: number, value: number, most: number): boolean {
  return value >= least && value <= most;
}
