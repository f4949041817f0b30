import { type Digest, MalformedDigest } from '../domain/digest.ts';
import type { Images, PinnedImage } from '../domain/image.ts';
import { type OriginEvidence, objectionTo } from '../domain/origin.ts';
import type { Component, Pipeline } from '../domain/pipeline.ts';
import { list, quote } from './catalogue.ts';
import { type ImageReference, MalformedReference, parseImageReference, registryOf } from './image-reference.ts';
import type { ImageResolver } from './ports.ts';
import { OutsideUnavailable, UnfitRequest } from './problems.ts';

/** A registry that accepts and never answers is given up after this long. */
const DEADLINE_MS = 20_000;

/**
 * The images that a request gives, each tag resolved to its digest once and here.
 * Throws UnfitRequest for what does not fit or does not exist, OutsideUnavailable when a registry gives no clear answer.
 */
export async function resolveImages(
  pipeline: Pipeline,
  references: Readonly<Record<string, string>>,
  registry: ImageResolver,
): Promise<Images> {
  const wanted = Object.entries(references).map(([name, text]) => ({ name, reference: readReference(pipeline, name, text) }));
  const pinned = await Promise.all(wanted.map(async ({ name, reference }) => [name, await pin(name, reference, registry)] as const));
  return Object.fromEntries(pinned);
}

function readReference(pipeline: Pipeline, name: string, text: string): ImageReference {
  const component = findComponent(pipeline, name);
  const reference = parse(component, text);
  if (reference.repository === component.repository) return reference;
  throw new UnfitRequest(
    `images.${name}`,
    `${name} of ${pipeline.application} comes from ${component.repository}, not from ${reference.repository}`,
    `give ${component.repository}:TAG or ${component.repository}@sha256:…, or change the component's repository in the pipeline file`,
  );
}

function findComponent(pipeline: Pipeline, name: string): Component {
  const component = pipeline.components.find((candidate) => candidate.name === name);
  if (component) return component;
  const names = list(pipeline.components.map((candidate) => candidate.name));
  throw new UnfitRequest(`images.${name}`, `${pipeline.application} has no component ${quote(name)}`, `its components are ${names}`);
}

function parse(component: Component, text: string): ImageReference {
  try {
    return parseImageReference(text, component.repository);
  } catch (error) {
    if (!(error instanceof MalformedReference) && !(error instanceof MalformedDigest)) throw error;
    const hint = `give ${component.repository}:TAG or ${component.repository}@sha256:…`;
    throw new UnfitRequest(`images.${component.name}`, error.message, hint, { cause: error });
  }
}

async function pin(name: string, reference: ImageReference, registry: ImageResolver): Promise<PinnedImage> {
  const digest = await lookUp(reference, registry);
  if (digest) return { repository: reference.repository, digest };
  const what = reference.kind === 'tag' ? `tag ${reference.tag}` : `image ${reference.digest}`;
  throw new UnfitRequest(
    `images.${name}`,
    `Registry ${registryOf(reference.repository)} has no ${what} in repository ${reference.repository}`,
    'push it first, or give one that the registry has',
  );
}

/**
 * Holds images against the commit that they are given for: one that was built from another commit of the application's own repository is of another release, by what is signed or
 * else by what it says itself. What nothing is known of, whoever gives it answers for. Throws UnfitRequest, OutsideUnavailable.
 */
export async function requireOrigin(pipeline: Pipeline, commit: string, images: Images, registry: ImageResolver): Promise<void> {
  for (const [name, image] of Object.entries(images)) {
    const objection = objectionTo(commit, await readOrigin(pipeline, image, registry));
    if (objection === undefined) continue;
    const message = `${name} of ${pipeline.application} ${objection}, and is given for ${commit}`;
    throw new UnfitRequest(`images.${name}`, message, 'give the image that was built from this commit, or release that one');
  }
}

/** What is known of the commit that an image was built from. Throws OutsideUnavailable. */
export async function readOrigin(pipeline: Pipeline, image: PinnedImage, registry: ImageResolver): Promise<OriginEvidence> {
  try {
    return await registry.origin(pipeline, image, { signal: AbortSignal.timeout(DEADLINE_MS) });
  } catch (error) {
    throw unanswered(image.repository, error);
  }
}

/** The digest that the registry has for a reference; undefined where it has none. Throws OutsideUnavailable. */
export async function lookUp(reference: ImageReference, registry: ImageResolver): Promise<Digest | undefined> {
  const options = { signal: AbortSignal.timeout(DEADLINE_MS) };
  try {
    if (reference.kind === 'tag') return await registry.resolve(reference.repository, reference.tag, options);
    return (await registry.has(reference, options)) ? reference.digest : undefined;
  } catch (error) {
    throw unanswered(reference.repository, error);
  }
}

/** Anything but a clear answer is a no: nothing is registered. */
function unanswered(repository: string, error: unknown): OutsideUnavailable {
  const seen = error instanceof Error ? error.message : String(error);
  const message = `Registry ${registryOf(repository)} gave no clear answer about ${repository}: ${seen}`;
  return new OutsideUnavailable(message, "nothing was created; see that the registry is up ('tidegate doctor'), then try again", {
    cause: error,
  });
}
