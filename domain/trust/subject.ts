import type { Digest } from '../digest.ts';
import type { Images } from '../image.ts';
import type { ReleaseRecord } from '../release.ts';

/** What an image is given for. */
export interface GivenFor {
  readonly application: string;
  readonly commit: string;
}

/** An image whose evidence is asked for. */
export interface TrustSubject {
  readonly component: string;
  /** Absent while it is not built. */
  readonly digest?: Digest;
  /** Where its evidence may be, in the order in which it is looked for. */
  readonly repositories: readonly string[];
  /** Absent where nobody claims that it is of a commit: nothing is held against it then. */
  readonly from?: GivenFor;
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

/** The same subjects with the commit that their release is of, but those that were kept from an earlier one. */
export function givenFor(
  { application, commit, kept = [] }: Pick<ReleaseRecord, 'application' | 'commit' | 'kept'>,
  subjects: readonly TrustSubject[],
): readonly TrustSubject[] {
  if (commit === undefined) return subjects;
  return subjects.map((subject) => (kept.includes(subject.component) ? subject : { ...subject, from: { application, commit } }));
}
