/** An image could not be built from its commit, and a repetition would end the same. Terminal. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';

  /** `lines` are the last lines of the build's own output. */
  constructor(component: string, commit: string, seen: string, lines: readonly string[] = []) {
    super(`The build of ${component} from ${commit} failed: ${seen}${lines.length > 0 ? `\n${lines.join('\n')}` : ''}`);
  }
}

/** The application's repository cannot be read now. Retryable. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';

  constructor(application: string, repository: string, seen: string, options?: ErrorOptions) {
    super(
      `Expected to read the source of ${application} at ${repository}: ${seen}. Check the repository's address and what the worker may read`,
      options,
    );
  }
}

/** A commit's archive holds what no source may hold, or is of another commit. Terminal. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';

  /** `seen` says where in it, and why. */
  constructor(application: string, commit: string, seen: string, options?: ErrorOptions) {
    super(`The archive of ${application} at ${commit} is refused: ${seen}`, options);
  }
}

/** The repository is there and has no such commit or ref. Terminal. */
export class UnknownCommit extends Error {
  override readonly name = 'UnknownCommit';

  constructor(application: string, repository: string, ref: string) {
    super(
      `Expected ${repository}, the source of ${application}, to have ${JSON.stringify(ref)}, and it has no such commit, branch or tag. Push it, or name another`,
    );
  }
}

/** The commit is there and has no such file or folder. Terminal. */
export class UnknownPath extends Error {
  override readonly name = 'UnknownPath';

  constructor(repository: string, commit: string, path: string) {
    super(`Expected ${JSON.stringify(path)} in commit ${commit} of ${repository}, and it is not there`);
  }
}

/** No source repository is configured for the application. Terminal. */
export class SourceNotConfigured extends Error {
  override readonly name = 'SourceNotConfigured';

  constructor(application: string) {
    super(`Expected a source repository for application ${application}, and none is configured. Name it in tidegate.yaml`);
  }
}

/** What a build begins with was pushed anew while it went on, so that nobody can say which of both is in the image. Nothing of it was pushed. Retryable. */
export class BaseMoved extends Error {
  override readonly name = 'BaseMoved';

  constructor(component: string, base: string, before = 'nothing', after = 'nothing') {
    super(
      `Expected ${base} to stay what it was while ${component} was built from it: it was ${before}, and is ${after} now. It is built again; name bases by their digests where they move often`,
    );
  }
}
