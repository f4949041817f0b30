import { isPlaceOf } from './repository-place.ts';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md: what an image says of itself. */
export const IMAGE_LABELS = {
  revision: 'org.opencontainers.image.revision',
  source: 'org.opencontainers.image.source',
  title: 'org.opencontainers.image.title',
  /** Often the branch or tag that was built. */
  version: 'org.opencontainers.image.version',
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
  /** All images that a build took something from, as JSON. */
  bases: 'io.tidegate.bases',
  /** The images whose layers a build was offered in place of its own, as JSON. */
  caches: 'io.tidegate.caches',
} as const;

/** An image that a build took something from. */
export interface BaseImage {
  /** As the Dockerfile names it, its arguments filled in. */
  readonly name: string;
  /** What it was then; absent for one that came from no registry. */
  readonly digest?: string;
}

export type ImageLabels = Readonly<Record<string, string>>;

/** What an image says that it was made from; nothing where it says nothing, or nothing that can be read. */
export function basesIn(labels: ImageLabels): readonly BaseImage[] {
  try {
    const bases: unknown = JSON.parse(labels[IMAGE_LABELS.bases] ?? '[]');
    return Array.isArray(bases) ? bases.flatMap(baseIn) : [];
  } catch {
    return [];
  }
}

function baseIn(value: unknown): BaseImage[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, digest } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string') return [];
  return [{ name, ...(typeof digest === 'string' && { digest }) }];
}

/** `node:22@sha256:…`, as engines take it. */
export function printBase({ name, digest }: BaseImage): string {
  return digest === undefined || name.includes('@') ? name : `${name}@${digest}`;
}

/**
 * The commit that an image says it was built from, of one of these repositories. Undefined where it says nothing, or it of another repository: labels are
 * handed down from base images by whoever sets none.
 */
export function originIn(labels: ImageLabels, repositories: readonly string[]): string | undefined {
  const { [IMAGE_LABELS.revision]: revision = '', [IMAGE_LABELS.source]: source = '' } = labels;
  return isPlaceOf(source, repositories) && /^[0-9a-f]{40}$/.test(revision) ? revision : undefined;
}
