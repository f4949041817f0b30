import { parseDigest } from '../../domain/digest.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { commitSaid, type SaidCommit } from '../../domain/origin.ts';
import type { Component, Pipeline } from '../../domain/pipeline.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import { isInSource, type ReleaseWish, readPipeline } from '../create-release.ts';
import type { ServerParts } from '../ports.ts';
import { UnfitRequest } from '../problems.ts';
import { lookUp, readOrigin } from '../resolve-images.ts';
import { NotThereYet } from './not-there-yet.ts';

/** An image that somebody told of: by its digest, or by a tag that is looked up once. */
export interface ToldImage {
  readonly repository: string;
  readonly digest?: string;
  readonly tag: string;
}

/** The release that an image asks for, and how its commit is known, for whoever reads what became of the delivery. */
export interface ImageWish {
  readonly wish: ReleaseWish;
  readonly note: string;
}

type Parts = Pick<ServerParts, 'register' | 'sources' | 'images'>;

/** A pipeline with the components that come from an image's repository; there are some. */
interface Place {
  readonly commit?: string;
  readonly pipeline: Pipeline;
  readonly components: readonly [Component, ...Component[]];
}

/**
 * The release that an image asks for: this image for the components that come from its repository, and everything else as in the newest release. Its commit is the one that the image was
 * built from, where that is known and a branch or tag of the application's repository leads to it; else that of the newest release. In words where nothing
 * follows; `isYoung` says whether a commit, or provenance, may still come. Throws NotThereYet, UnfitRequest, what readPipeline throws, LedgerUnavailable.
 */
export async function wishForImage(parts: Parts, application: string, image: ToldImage, isYoung: boolean): Promise<ImageWish | string> {
  const before = await newestOf(parts, application);
  const known =
    (await placeAt(parts, application, image, before?.commit)) ?? (before?.commit && (await placeAt(parts, application, image)));
  const nowhere = `no component of ${application} comes from ${image.repository}`;
  if (!known) return nowhere;
  const pinned = await pin(parts, image);
  const said = pinned && (await commitOf(parts, known, pinned, isYoung));
  const given = pinned === undefined ? `${image.repository}:${image.tag}` : printImage(pinned);
  if (said === undefined) return known.commit === before?.commit ? { wish: wishOf(known, before, given), note: '' } : nowhere;
  const gone = await goneFrom(parts, known, said, image.tag);
  if (gone !== undefined && isYoung) throw new NotThereYet(gone);
  if (gone !== undefined) return gone;
  const there = await placeAt(parts, application, image, said.commit);
  if (there === undefined) return `${nowhere} at ${said.commit.slice(0, 12)}`;
  return { wish: wishOf(there, before, given, said), note: `, of ${said.commit.slice(0, 12)} by ${said.by}` };
}

async function newestOf({ register }: Parts, application: string): Promise<ReleaseRecord | undefined> {
  const newest = await register.newest(application);
  return newest === undefined ? undefined : register.release(application, newest);
}

/** Of the default branch where no commit is given. Undefined where no component comes from there. */
async function placeAt({ sources }: Parts, application: string, { repository }: ToldImage, commit?: string): Promise<Place | undefined> {
  const pipeline = await readPipeline(sources, application, commit);
  const [first, ...others] = pipeline.components.filter((component) => component.repository === repository);
  return first && { pipeline, components: [first, ...others], ...(commit !== undefined && { commit }) };
}

/** Undefined where the registry has no such image: making the release says so. */
async function pin({ images }: Parts, { repository, digest, tag }: ToldImage): Promise<PinnedImage | undefined> {
  const found = digest === undefined ? await lookUp({ kind: 'tag', repository, tag }, images) : parseDigest(digest);
  return found && { repository, digest: found };
}

/** Throws UnfitRequest where what is known of it is not of one commit, and NotThereYet while what is to be signed may still come. */
async function commitOf(
  { images }: Parts,
  { pipeline, components: [{ name }] }: Place,
  image: PinnedImage,
  isYoung: boolean,
): Promise<SaidCommit | undefined> {
  const origin = await readOrigin(pipeline, image, images);
  if (origin.isAwaited === true && isYoung)
    throw new NotThereYet(`${name} of ${pipeline.application} has no provenance yet that a policy of its stages counts`);
  const said = commitSaid(origin);
  if (typeof said !== 'string') return said;
  const hint = 'push an image of one commit of this repository, or make the release with its commit by hand';
  throw new UnfitRequest(`images.${name}`, `${name} of ${pipeline.application} ${said}`, hint);
}

/** Why the commit counts for nothing; undefined where the repository has it. */
async function goneFrom({ sources }: Parts, { pipeline, components: [{ name }] }: Place, { commit, refs, by }: SaidCommit, tag: string) {
  const { application } = pipeline;
  const places = [...new Set([...refs, tag])].filter((ref) => ref !== '');
  if (await isInSource(sources, application, commit, places)) return undefined;
  return `${name} of ${application} is of ${commit} by ${by}, and no branch or tag of its repository that is known leads there`;
}

function wishOf(
  { commit: at, pipeline, components }: Place,
  before: ReleaseRecord | undefined,
  image: string,
  said?: SaidCommit,
): ReleaseWish {
  const told = components.map(({ name }) => name);
  const others = Object.entries(before?.images ?? {}).filter(
    ([name]) => !told.includes(name) && pipeline.components.some((component) => component.name === name),
  );
  const commit = said?.commit ?? at;
  // What was given for this very commit before still is.
  const isClaimed = (name: string) => said !== undefined && before?.commit === said.commit && before.kept?.includes(name) === false;
  const kept = [...others.map(([name]) => name).filter((name) => !isClaimed(name)), ...(said === undefined ? told : [])];
  return {
    application: pipeline.application,
    ...(commit !== undefined && { commit, kept }),
    images: {
      ...Object.fromEntries(others.map(([name, one]) => [name, printImage(one)])),
      ...Object.fromEntries(told.map((name) => [name, image])),
    },
  };
}
