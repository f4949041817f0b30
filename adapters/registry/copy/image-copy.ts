import { TagAmbiguous } from '../../../activities/registry/copy-errors.ts';
import type { CopiedImage, CopyOrder, CopyProgress } from '../../../activities/registry/ports.ts';
import type { Digest } from '../../../domain/digest.ts';
import { printImage } from '../../../domain/image.ts';
import { type CopyPlan, manifestsOf, planCopy, planReferrers, type ReferrerStep, withAllBelow } from '../../../domain/image-copy.ts';
import type { Manifest, OpenRepository, RepositoryClient } from '../contents.ts';
import { isTag, MalformedReference, parseRepository } from '../reference.ts';
import type { BlobCarrier } from './blob-carrier.ts';
import { ManifestWriter } from './manifest-writer.ts';
import { chooseManifests } from './platforms.ts';
import type { RegistryTurns } from './registry-turns.ts';
import { type CopyLimits, Survey } from './survey.ts';
import { Tally } from './tally.ts';
import { together } from './together.ts';

/** An order with what is known of it. */
export interface ImageOrder extends CopyOrder {
  /** The manifest as it was read from the source a moment ago. */
  readonly manifest?: Manifest;
}

/** What the orders of one run share. */
export interface CopyRun {
  readonly open: OpenRepository;
  readonly turns: RegistryTurns;
  readonly carrier: BlobCarrier;
  readonly limits?: CopyLimits;
  readonly onProgress: (progress: CopyProgress) => void;
}

/** One order of a run: looks what there is, brings what is missing, and sets tags when all of it is there. */
export class ImageCopy {
  readonly #source: RepositoryClient;
  readonly #target: RepositoryClient;
  readonly #survey: Survey;
  readonly #writer: ManifestWriter;
  readonly #tally: Tally;

  constructor(
    private readonly run: CopyRun,
    private readonly order: ImageOrder,
    index: number,
  ) {
    const wrong = order.tags.find((tag) => !isTag(tag));
    if (wrong !== undefined) throw new MalformedReference(`${order.to}:${wrong}`, 'it is no tag');
    this.#source = run.open(parseRepository(order.from.repository));
    this.#target = run.open(parseRepository(order.to));
    this.#tally = new Tally(index, run.onProgress);
    this.#survey = new Survey({ source: this.#source, target: this.#target, ...run });
    this.#writer = new ManifestWriter({ target: this.#target, turns: run.turns, survey: this.#survey, tally: this.#tally });
    if (order.manifest !== undefined) this.#survey.know(order.manifest);
  }

  async copy(signal: AbortSignal): Promise<CopiedImage> {
    const roots = await this.#roots(signal);
    await together(signal, (signal) => roots.map((digest) => this.#survey.tree({ digest }, signal)));
    const tree = planCopy(this.#survey.found, roots);
    const [, referrers] = await together(signal, (signal) => [this.#carry(tree, signal), this.#bringBlobsOfReferrers(roots, signal)]);
    const tagged = await this.#putTree(tree, roots, referrers.length === 0, signal);
    await this.#putReferrers(referrers, signal);
    await together(signal, (signal) => this.#tagsWithout(tagged).map((tag) => this.#setTag(roots, tag, signal)));
    return this.#tally.result(this.order.to, roots);
  }

  async #roots(signal: AbortSignal): Promise<readonly Digest[]> {
    const { from, platforms, tags } = this.order;
    if (platforms === undefined) return [from.digest];
    const read = (digest: Digest) => this.#survey.content(digest, signal);
    const chosen = await chooseManifests(printImage(from), from.digest, platforms, read, this.#source, signal);
    if (chosen.length > 1 && tags.length > 0) throw new TagAmbiguous(printImage(from), tags, chosen.length);
    return chosen;
  }

  async #carry({ blobs, foreign }: Pick<CopyPlan, 'blobs' | 'foreign'>, signal: AbortSignal): Promise<void> {
    const way = { source: this.#source, target: this.#target, tally: this.#tally };
    this.#tally.planned(blobs);
    for (const blob of foreign) this.#tally.blob(blob, 'foreign');
    await together(signal, (signal) => blobs.map((blob) => this.run.carrier.carry(blob, way, signal)));
  }

  /** Finds the referrers, and brings their blobs while those of the image are on their way: only manifests need an order. */
  async #bringBlobsOfReferrers(roots: readonly Digest[], signal: AbortSignal): Promise<readonly (readonly ReferrerStep[])[]> {
    if (!this.order.referrers) return [];
    const { found, referrers } = this.#survey;
    const subjects = withAllBelow(found, roots);
    await this.#survey.referrersOf(subjects, signal);
    const waves = planReferrers(found, referrers, subjects);
    if (waves.length > 0) await this.#carry(planCopy(found, referrersIn(waves.flat())), signal);
    return waves;
  }

  /** Puts what is missing of the image itself; under its first tag at once, when nothing else has to come before a tag. */
  async #putTree(
    { waves, present }: CopyPlan,
    roots: readonly Digest[],
    mayTag: boolean,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (const digest of present) this.#tally.manifest(digest, 'present');
    const [tag] = this.order.tags;
    const [root, ...others] = roots;
    const isLast = root !== undefined && waves.at(-1)?.includes(root) === true && others.length === 0;
    if (!mayTag || tag === undefined || !isLast) {
      await this.#writer.putWaves(waves, signal);
      return undefined;
    }
    await this.#writer.putWaves(waves.slice(0, -1), signal);
    await this.#writer.putTagged(root, tag, signal);
    return tag;
  }

  /** The manifests that referrers name first, then they themselves, each after its subject, and then all are listed at once. */
  async #putReferrers(waves: readonly (readonly ReferrerStep[])[], signal: AbortSignal): Promise<void> {
    if (waves.length === 0) return;
    const { found } = this.#survey;
    const below = referrersIn(waves.flat()).flatMap((digest) => manifestsOf(found.get(digest)?.content).map((child) => child.digest));
    await this.#writer.putWaves(planCopy(found, below).waves, signal);
    for (const wave of waves) await this.#writer.putReferrers(referrersIn(wave), signal);
    await together(signal, (signal) => waves.flat().map((step) => this.#writer.listReferrers(step, signal)));
  }

  #tagsWithout(tagged: string | undefined): readonly string[] {
    return [...new Set(this.order.tags)].filter((tag) => tag !== tagged);
  }

  async #setTag([root]: readonly Digest[], tag: string, signal: AbortSignal): Promise<void> {
    if (root !== undefined) await this.#writer.tag(root, tag, signal);
  }
}

function referrersIn(steps: readonly ReferrerStep[]): readonly Digest[] {
  return [...new Set(steps.flatMap((step) => step.referrers))];
}
