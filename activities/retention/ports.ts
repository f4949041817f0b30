import type { HashFunction } from '../../domain/canonical.ts';
import type { Digest } from '../../domain/digest.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Departed, RepositoryContents, RepositoryTag } from '../../domain/retention-contents.ts';
import type { Hold, Place, RegisteredRelease, ReleaseName } from '../../domain/retention-protection.ts';
import type { RetentionRule } from '../../domain/retention-rules.ts';

export interface Call {
  readonly signal: AbortSignal;
}

/** What is looked for in a repository besides all that its tags reach. */
export interface Search {
  readonly digests: readonly Digest[];
  readonly departed: readonly Departed[];
  /** Images whose age is known: they are not asked for their own word. */
  readonly dated: ReadonlySet<Digest>;
}

/**
 * One repository, as retention reads it and deletes from it. It remembers manifests, which never change, so that reading again is quick.
 * Everything throws the registry's errors (activities/registry/errors.ts).
 */
export interface Shelf {
  /** In full, with the registry's address. */
  readonly repository: string;
  /** All that its tags and the search reach. Throws RepositoryTooLarge. */
  contents(search: Search, options: Call & { readonly onProgress: (line: string) => void }): Promise<RepositoryContents>;
  /** What a tag names at this moment. */
  named(tag: string, options: Call): Promise<RepositoryTag>;
  /** Deletes a manifest with the tags that name it; one that is gone already is no error. */
  deleteManifest(digest: Digest, options: Call): Promise<void>;
  /** Whether the registry deletes a tag and leaves what it names. */
  deletesTags(options: Call): Promise<boolean>;
  /** Deletes a tag alone. Throws TagTookManifest. */
  deleteTag(tag: string, digest: Digest, options: Call): Promise<void>;
}

export interface ImageLibrary {
  /** Throws MalformedReference. */
  open(repository: string): Shelf;
}

/** What runs where, by the engine's own word. Throws when any of it cannot be told. */
export interface DeployedImages {
  read(places: readonly Place[]): Promise<{
    /** Of these places, and of every other environment that the engine knows. */
    readonly statuses: readonly EnvironmentStatus[];
    /** Releases that have not ended. */
    readonly underWay: readonly ReleaseName[];
  }>;
}

/** The ledger as retention reads and writes it. */
export interface RetentionLedger {
  /** Appends once for each key. */
  append(entry: LedgerEntry): Promise<void>;
  /** Every release, with the images that it was created with and those that it built. */
  registeredReleases(): Promise<readonly RegisteredRelease[]>;
  /** Entries whose key begins so, in the order in which they were written. */
  entriesUnder(prefix: string): Promise<readonly LedgerEntry[]>;
}

/** What retention works with; `settings` reads the installation file anew each time, so that a rule or a hold counts at once. */
export interface RetentionParts {
  readonly library: ImageLibrary;
  readonly deployed: DeployedImages;
  readonly ledger: RetentionLedger;
  readonly settings: () => Promise<RetentionSettings>;
  readonly hash: HashFunction;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the installation file says at this moment. */
export interface RetentionSettings {
  readonly rules: readonly RetentionRule[];
  readonly holds: readonly Hold[];
  readonly router: PinnedImage;
  /** Every application in every environment. */
  readonly places: readonly Place[];
}
