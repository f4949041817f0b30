/** The source does not hold a manifest that is to be copied. Terminal. */
export class ManifestMissing extends Error {
  override readonly name = 'ManifestMissing';

  /** `namedBy` is the index or the subject through which it was found. */
  constructor(image: string, namedBy?: string) {
    const why = namedBy === undefined ? '' : `, which belongs to ${namedBy},`;
    super(
      `Expected ${image}${why} at its registry, and it is not there. Nothing was tagged at the target; push it again${namedBy === undefined ? '' : ', or take what it belongs to without it'}`,
    );
  }
}

/** What is to be copied runs on other platforms than those that were asked for. Terminal. */
export class PlatformMissing extends Error {
  override readonly name = 'PlatformMissing';

  constructor(
    image: string,
    missing: readonly string[],
    readonly offered: readonly string[],
  ) {
    super(
      `Expected ${image} to run on ${missing.join(', ')}, and it runs on ${offered.join(', ') || 'no platform that it names'}. Choose among these`,
    );
  }
}

/** One tag cannot name several manifests. Terminal. */
export class TagAmbiguous extends Error {
  override readonly name = 'TagAmbiguous';

  constructor(image: string, tags: readonly string[], manifests: number) {
    super(
      `Expected one manifest of ${image} to be tagged ${tags.join(', ')}, and the chosen platforms are ${manifests}. Choose one platform, copy the index whole, or give no tag`,
    );
  }
}

/** There is more to be copied than anybody pushes. Terminal. */
export class CopyTooLarge extends Error {
  override readonly name = 'CopyTooLarge';

  constructor(image: string, seen: string) {
    super(
      `Expected ${image} to be of a size that images have, and there are ${seen}. Nothing was copied of it; look at what was pushed there`,
    );
  }
}

/** A repository has no such tag. Terminal. */
export class TagMissing extends Error {
  override readonly name = 'TagMissing';

  constructor(repository: string, tag: string) {
    super(`Expected a tag ${tag} in ${repository}, and there is none. Push it first, or name another`);
  }
}
