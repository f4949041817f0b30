import { printImage } from '../../domain/image.ts';
import { type ReleaseWish, readPipeline } from '../create-release.ts';
import type { ServerParts } from '../ports.ts';

/** An image that somebody told of: by its digest, or by a tag that is looked up once. */
export interface ToldImage {
  readonly repository: string;
  readonly digest?: string;
  readonly tag: string;
}

/**
 * The release that an image asks for: this image for the components that come from its repository, and everything else as in the newest release.
 * In words where no component comes from there. Throws what readPipeline throws, LedgerUnavailable.
 */
export async function wishForImage(
  { register, sources }: Pick<ServerParts, 'register' | 'sources'>,
  application: string,
  image: ToldImage,
): Promise<ReleaseWish | string> {
  const newest = await register.newest(application);
  const before = newest === undefined ? undefined : await register.release(application, newest);
  const pipeline = await readPipeline(sources, application, before?.commit);
  const components = pipeline.components.filter(({ repository }) => repository === image.repository);
  if (components.length === 0) return `no component of ${application} comes from ${image.repository}`;
  const others = Object.entries(before?.images ?? {}).filter(([name]) => pipeline.components.some((component) => component.name === name));
  const kept = others.map(([name, one]) => [name, printImage(one)]);
  const given = components.map(({ name }) => [
    name,
    image.digest === undefined ? `${image.repository}:${image.tag}` : `${image.repository}@${image.digest}`,
  ]);
  return {
    application,
    ...(before?.commit !== undefined && { commit: before.commit, keepsCommit: true as const }),
    images: { ...Object.fromEntries(kept), ...Object.fromEntries(given) },
  };
}
