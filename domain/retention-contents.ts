import { type Digest, parseDigest } from './digest.ts';

/** A tag, and what it names now. */
export type RepositoryTag =
  | { readonly kind: 'naming'; readonly name: string; readonly digest: Digest }
  /** The registry lists it and holds nothing under it. */
  | { readonly kind: 'empty'; readonly name: string }
  /** What it names is of Docker's first schema, or of a form that is not known; then `why` says what is wrong with it. */
  | { readonly kind: 'outdated'; readonly name: string }
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string };

/** One manifest of a repository, as far as keeping and deleting depend on it. */
export type RepositoryManifest =
  | (ReadableManifest & { readonly kind: 'image' | 'artifact' })
  | (ReadableManifest & { readonly kind: 'index'; readonly children: readonly Digest[] })
  /** Docker's first schema: it has layers and never another manifest. */
  | { readonly kind: 'outdated'; readonly digest: Digest }
  /** Of a form that is not known: it may need any other manifest. `why` says what is wrong with it. */
  | { readonly kind: 'unreadable'; readonly digest: Digest; readonly why: string };

interface ReadableManifest {
  readonly digest: Digest;
  /** When it was made by its own word; ISO 8601. */
  readonly created?: string;
  /** What it is a signature, an SBOM or other evidence of. */
  readonly subject?: Digest;
}

/** How one manifest goes with another: as its part, as what refers to it, or by the name of a tag. */
export type Bond = 'child' | 'referrer' | 'attached';

export interface Companion {
  readonly digest: Digest;
  readonly bond: Bond;
}

/** Something that was deleted, and what went with it and may still be there. */
export interface Departed {
  readonly digest: Digest;
  readonly parts: readonly Companion[];
}

/** What a repository holds: all that its tags reach, all of it that was asked for by digest, and what deletions cut short left behind. */
export interface RepositoryContents {
  /** With the registry's address. */
  readonly repository: string;
  readonly tags: readonly RepositoryTag[];
  readonly manifests: readonly RepositoryManifest[];
  readonly departed: readonly Departed[];
}

const ATTACHED = /^sha256-([0-9a-f]{64})(?:\.[\w.-]+)?$/;

/**
 * The digest that a tag belongs to by its name: `sha256-…` lists its referrers (OCI distribution-spec 1.1, "Referrers Tag Schema"),
 * and `sha256-….sig` and the like are what cosign keeps there. Undefined for every other tag.
 */
export function subjectOfTag(name: string): Digest | undefined {
  const [, hex] = ATTACHED.exec(name) ?? [];
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`);
}

/** The manifests that one names as its parts; of a form that is not known, none. */
export function childrenOf(manifest: RepositoryManifest): readonly Digest[] {
  return manifest.kind === 'index' ? manifest.children : [];
}

export function subjectOf(manifest: RepositoryManifest): Digest | undefined {
  return 'subject' in manifest ? manifest.subject : undefined;
}

/** The digest that a tag names; undefined where nobody can tell. */
export function digestOf(tag: RepositoryTag): Digest | undefined {
  return tag.kind === 'naming' ? tag.digest : undefined;
}

/** The contents after a manifest, with its tags, has been deleted. */
export function withoutManifest(contents: RepositoryContents, departed: Departed): RepositoryContents {
  return {
    ...contents,
    tags: contents.tags.filter((tag) => digestOf(tag) !== departed.digest),
    manifests: contents.manifests.filter((manifest) => manifest.digest !== departed.digest),
    departed: [...contents.departed.filter((earlier) => earlier.digest !== departed.digest), departed],
  };
}

/** The contents after a tag alone has been deleted. */
export function withoutTag(contents: RepositoryContents, name: string): RepositoryContents {
  return { ...contents, tags: contents.tags.filter((tag) => tag.name !== name) };
}
