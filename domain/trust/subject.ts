import type { Digest } from '../digest.ts';
import type { Images } from '../image.ts';

/** An image whose evidence is asked for. */
export interface TrustSubject {
  readonly component: string;
  /** Absent while it is not built. */
  readonly digest?: Digest;
  /** Where its evidence may be, in the order in which it is looked for. */
  readonly repositories: readonly string[];
}

/** The images of a release as hosts pull them, each with where it was before it was brought there. */
export function trustSubjects(images: Images, origins: Images = {}): readonly TrustSubject[] {
  return Object.entries(images).map(([component, { digest, repository }]) => {
    const origin = origins[component];
    const repositories = origin?.digest === digest ? [...new Set([repository, origin.repository])] : [repository];
    return { component, digest, repositories };
  });
}

/** Those of a pipeline's components that have no image yet: nothing can be said of them. */
export function unbuiltSubjects(components: readonly string[], images: Images): readonly TrustSubject[] {
  return components.filter((component) => images[component] === undefined).map((component) => ({ component, repositories: [] }));
}
