import type { DeployableRelease } from './deployment.ts';
import type { Images, PinnedImage } from './image.ts';

/** Where an environment's hosts pull from. `{application}`, `{component}` and `{environment}` stand for names, `{release}` in tags for the number. */
export interface EnvironmentImages {
  /** With the registry's address. */
  readonly repository: string;
  /** Set on what the environment runs. */
  readonly tags: readonly string[];
}

export const REPOSITORY_PLACEHOLDERS = ['application', 'component', 'environment'] as const;
export const TAG_PLACEHOLDERS = [...REPOSITORY_PLACEHOLDERS, 'release'] as const;

/** What placeholders stand for. */
export interface ImagePlace {
  readonly application: string;
  readonly component: string;
  readonly environment: string;
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The names between braces, in their order. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** The text with its placeholders filled in; unknown ones stay as they are. */
export function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** The repository of a component in the environment. */
export function environmentRepository(images: EnvironmentImages, place: ImagePlace): string {
  return fillIn(images.repository, { ...place });
}

/** The tags that say which release of a component the environment runs, each once. */
export function environmentTags(images: EnvironmentImages, place: ImagePlace & { readonly release: number }): readonly string[] {
  return [...new Set(images.tags.map((tag) => fillIn(tag, { ...place })))];
}

/** A release's images as the environment's hosts pull them: the same digests in the environment's repositories. */
export function imagesInEnvironment(images: EnvironmentImages, place: Omit<ImagePlace, 'component'>, release: Images): Images {
  const there = Object.entries(release).map(([component, { digest }]) => [
    component,
    { repository: environmentRepository(images, { ...place, component }), digest },
  ]);
  return Object.fromEntries(there);
}

export interface TaggedImage {
  readonly image: PinnedImage;
  readonly tags: readonly string[];
}

/** The tags that say that an environment runs a release; none for images that are elsewhere, as those of earlier releases can be. */
export function tagsOfRelease(
  images: EnvironmentImages | undefined,
  environment: string,
  release: DeployableRelease,
): readonly TaggedImage[] {
  if (images === undefined || images.tags.length === 0) return [];
  const { application, number } = release;
  return release.components.flatMap(({ name, image }) => {
    const place = { application, environment, component: name };
    if (image.repository !== environmentRepository(images, place)) return [];
    return [{ image, tags: environmentTags(images, { ...place, release: number }) }];
  });
}
