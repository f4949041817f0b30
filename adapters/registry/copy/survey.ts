import { CopyTooLarge, ManifestMissing } from '../../../activities/registry/copy-errors.ts';
import type { Digest } from '../../../domain/digest.ts';
import { COPY_LIMITS, type FoundManifest, manifestsOf, withAllBelow } from '../../../domain/image-copy.ts';
import { isIndexType, type ManifestContent, readManifest } from '../../../domain/oci-manifest.ts';
import type { Manifest, RepositoryClient } from '../contents.ts';
import { printRepository } from '../reference.ts';
import { patiently } from './patience.ts';
import type { RegistryTurns } from './registry-turns.ts';
import { together } from './together.ts';

export type CopyLimits = { readonly [Name in keyof typeof COPY_LIMITS]: number };

export interface SurveyParts {
  readonly source: RepositoryClient;
  readonly target: RepositoryClient;
  readonly turns: RegistryTurns;
  readonly limits?: CopyLimits;
}

/** A manifest to be looked at. */
interface Lead {
  readonly digest: Digest;
  /** As whoever names it has it. */
  readonly mediaType?: string;
  readonly namedBy?: Digest;
  /** The target has what names it, and so most likely has it too. */
  readonly isLikelyPresent?: boolean;
  /** Indexes above it. */
  readonly depth?: number;
}

/** What there is to be copied, read at the source, and what of it the target has. Nothing is changed anywhere. */
export class Survey {
  readonly found = new Map<Digest, FoundManifest>();
  /** Each subject's referrers, as the source lists them and as they say themselves. */
  readonly referrers = new Map<Digest, readonly Digest[]>();
  readonly #seen = new Set<Digest>();
  readonly #read = new Map<Digest, Promise<Manifest | undefined>>();
  readonly #limits: CopyLimits;
  #bytes = 0;

  constructor(private readonly parts: SurveyParts) {
    this.#limits = parts.limits ?? COPY_LIMITS;
  }

  /** Takes a manifest that was read at the source already. */
  know(manifest: Manifest): void {
    this.#read.set(manifest.digest, Promise.resolve(manifest));
  }

  /** Finds a manifest, and all below it. Throws ManifestMissing, CopyTooLarge and the registry's errors. */
  async tree(lead: Lead, signal: AbortSignal): Promise<void> {
    const { digest, depth = 0 } = lead;
    if (this.#seen.has(digest)) return;
    this.#admit(digest, depth);
    const [present, content] = await this.#look(lead, signal);
    this.found.set(digest, { present, ...(content !== undefined && { content }) });
    const below = manifestsOf(content).map((child) => ({ ...child, namedBy: digest, isLikelyPresent: present, depth: depth + 1 }));
    await together(signal, (signal) => below.map((child) => this.tree(child, signal)));
  }

  /** Both are asked at once, unless what is most likely there need not be read: an index must be, to know what is below it. */
  async #look(lead: Lead, signal: AbortSignal): Promise<readonly [boolean, ManifestContent | undefined]> {
    const { digest, mediaType, namedBy, isLikelyPresent = false } = lead;
    const isIndex = mediaType === undefined || isIndexType(mediaType);
    if (isLikelyPresent && !isIndex && (await this.#isPresent(digest, signal))) return [true, undefined];
    return together(signal, (signal) => [this.#isPresent(digest, signal), this.content(digest, signal, namedBy)]);
  }

  /** Finds the referrers of manifests, and theirs. Throws what `tree` throws. */
  async referrersOf(subjects: readonly Digest[], signal: AbortSignal, depth = 0): Promise<void> {
    const unasked = subjects.filter((subject) => !this.referrers.has(subject));
    for (const subject of unasked) this.referrers.set(subject, []);
    const found = await together(signal, (signal) => unasked.map((subject) => this.#referrersOf(subject, signal)));
    const next = withAllBelow(this.found, found.flat());
    if (next.length === 0) return;
    if (depth >= this.#limits.referrerDepth) throw this.#tooLarge(subjects[0], `referrers of referrers, more than ${depth} deep`);
    await this.referrersOf(next, signal, depth + 1);
  }

  async #referrersOf(subject: Digest, signal: AbortSignal): Promise<readonly Digest[]> {
    const { source } = this.parts;
    const listed = await this.#ask(source, signal, () => source.referrers(subject, { signal }));
    await together(signal, (signal) => listed.map(({ digest, mediaType }) => this.tree({ digest, mediaType, namedBy: subject }, signal)));
    // A list that clients keep can name anything; what does not say so itself is no referrer.
    const own = listed.map(({ digest }) => digest).filter((digest) => this.found.get(digest)?.content?.subject?.digest === subject);
    this.referrers.set(subject, own);
    return own;
  }

  /** What a manifest names. Throws ManifestMissing and ManifestMalformed. */
  async content(digest: Digest, signal: AbortSignal, namedBy?: Digest): Promise<ManifestContent> {
    const { mediaType, bytes } = await this.manifest(digest, signal, namedBy);
    return readManifest(mediaType, bytes.toString('utf8'));
  }

  /** A manifest as the source has it, or as the target has it where the source has it no longer. Throws ManifestMissing. */
  async manifest(digest: Digest, signal: AbortSignal, namedBy?: Digest): Promise<Manifest> {
    const reading = this.#read.get(digest) ?? this.#fetch(digest, signal);
    this.#read.set(digest, reading);
    const manifest = await reading;
    if (manifest !== undefined) return manifest;
    const { source } = this.parts;
    throw new ManifestMissing(nameOf(source, digest), namedBy && nameOf(source, namedBy));
  }

  async #fetch(digest: Digest, signal: AbortSignal): Promise<Manifest | undefined> {
    const from = (place: RepositoryClient) => this.#ask(place, signal, () => place.getManifest(digest, { signal }));
    const manifest = (await from(this.parts.source)) ?? (await from(this.parts.target));
    this.#bytes += manifest?.bytes.length ?? 0;
    const { manifestBytes } = this.#limits;
    if (this.#bytes > manifestBytes) throw this.#tooLarge(digest, `manifests of more than ${manifestBytes} bytes together`);
    return manifest;
  }

  async #isPresent(digest: Digest, signal: AbortSignal): Promise<boolean> {
    const { target } = this.parts;
    return (await this.#ask(target, signal, () => target.headManifest(digest, { signal }))) !== undefined;
  }

  #ask<T>(at: RepositoryClient, signal: AbortSignal, question: () => Promise<T>): Promise<T> {
    return this.parts.turns.ask(at.repository.registry, signal, () => patiently(signal, question));
  }

  #admit(digest: Digest, depth: number): void {
    this.#seen.add(digest);
    const { manifests, indexDepth } = this.#limits;
    if (this.#seen.size > manifests) throw this.#tooLarge(digest, `more than ${manifests} manifests`);
    if (depth > indexDepth) throw this.#tooLarge(digest, `indexes within indexes, more than ${indexDepth} deep`);
  }

  #tooLarge(digest: Digest | undefined, seen: string): CopyTooLarge {
    return new CopyTooLarge(nameOf(this.parts.source, digest), seen);
  }
}

function nameOf({ repository }: RepositoryClient, digest: Digest | undefined): string {
  return digest === undefined ? printRepository(repository) : `${printRepository(repository)}@${digest}`;
}
