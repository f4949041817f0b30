import type { Digest } from '../../../domain/digest.ts';
import type { ReferrerStep } from '../../../domain/image-copy.ts';
import type { RepositoryClient } from '../contents.ts';
import { patiently } from './patience.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { Survey } from './survey.ts';
import type { Tally } from './tally.ts';
import { together } from './together.ts';

interface WriterParts {
  readonly target: RepositoryClient;
  readonly turns: RegistryTurns;
  readonly survey: Survey;
  readonly tally: Tally;
}

/** Puts manifests whose blobs are there, byte for byte as they were read. */
export class ManifestWriter {
  constructor(private readonly parts: WriterParts) {}

  /** Wave after wave, as none may arrive before what it names. */
  async putWaves(waves: readonly (readonly Digest[])[], signal: AbortSignal): Promise<void> {
    for (const wave of waves) await together(signal, (signal) => wave.map((digest) => this.put(digest, signal)));
  }

  async put(digest: Digest, signal: AbortSignal): Promise<void> {
    await this.#write(digest, {}, signal);
    this.parts.tally.manifest(digest, 'put');
  }

  /** Puts a manifest under a tag at once, which saves putting it a second time. */
  async putTagged(digest: Digest, tag: string, signal: AbortSignal): Promise<void> {
    await this.#write(digest, { tag }, signal);
    this.parts.tally.manifest(digest, 'put');
    this.parts.tally.tag(tag);
  }

  /** Puts referrers that are not there, without telling: they are told of when they are listed. */
  async putReferrers(digests: readonly Digest[], signal: AbortSignal): Promise<void> {
    const missing = digests.filter((digest) => !this.#isPresent(digest));
    await together(signal, (signal) => missing.map((digest) => this.#write(digest, {}, signal)));
  }

  /** Lists referrers that are there under their subject. An earlier copy may have been cut off before it could. */
  async listReferrers({ subject, referrers }: ReferrerStep, signal: AbortSignal): Promise<void> {
    const { survey, target, tally } = this.parts;
    const listed = referrers.some((digest) => this.#isPresent(digest)) ? await this.#listed(subject, signal) : [];
    const unlisted = referrers.filter((digest) => !listed.includes(digest));
    const manifests = await together(signal, (signal) => unlisted.map((digest) => survey.manifest(digest, signal)));
    if (manifests.length > 0) await this.#ask(signal, () => target.listReferrers(subject, manifests, { signal }));
    for (const digest of referrers) tally.referrer(digest, listed.includes(digest) && this.#isPresent(digest) ? 'present' : 'put');
  }

  /** Points a tag at a manifest that is there, unless it does so already. */
  async tag(digest: Digest, tag: string, signal: AbortSignal): Promise<void> {
    const { target, tally } = this.parts;
    const now = await this.#ask(signal, () => target.headManifest(tag, { signal }));
    if (now?.digest !== digest) await this.#write(digest, { tag }, signal);
    tally.tag(tag);
  }

  #isPresent(digest: Digest): boolean {
    return this.parts.survey.found.get(digest)?.present === true;
  }

  async #listed(subject: Digest, signal: AbortSignal): Promise<readonly Digest[]> {
    const { target } = this.parts;
    return (await this.#ask(signal, () => target.referrers(subject, { signal }))).map(({ digest }) => digest);
  }

  async #write(digest: Digest, as: { readonly tag?: string }, signal: AbortSignal): Promise<void> {
    const { survey, target } = this.parts;
    const manifest = await survey.manifest(digest, signal);
    await this.#ask(signal, () => target.putManifest(manifest, { ...as, signal }));
  }

  #ask<T>(signal: AbortSignal, question: () => Promise<T>): Promise<T> {
    const { target, turns } = this.parts;
    return turns.ask(target.repository.registry, signal, () => patiently(signal, question));
  }
}
