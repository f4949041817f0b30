/** What must stay cannot be read now, so nothing may be deleted. Retryable. */
export class ProtectionUnreadable extends Error {
  override readonly name = 'ProtectionUnreadable';

  constructor(seen: string, options?: ErrorOptions) {
    super(`Nothing is deleted, as it cannot be told what must stay: ${seen}`, options);
  }
}

/** What the engine and the ledger say of what must stay contradicts itself, so nothing may be deleted. Terminal. */
export class ProtectionUnclear extends Error {
  override readonly name = 'ProtectionUnclear';

  constructor(reason: string) {
    super(`Nothing is deleted, as it is not clear what must stay. ${reason}`);
  }
}

/** A repository holds more than is read at once. Terminal. */
export class RepositoryTooLarge extends Error {
  override readonly name = 'RepositoryTooLarge';

  constructor(repository: string, what: string, limit: number) {
    super(
      `Expected ${repository} to hold at most ${limit} ${what}, and it holds more: nothing of it is deleted. Delete some by other means, or move images to repositories of their own`,
    );
  }
}

/** The repository changes as fast as it is looked at. Retryable. */
export class RepositoryRestless extends Error {
  override readonly name = 'RepositoryRestless';

  constructor(repository: string, rounds: number) {
    super(
      `Expected ${repository} to hold still for a moment, and its tags moved ${rounds} times while they were looked at: no more is deleted. Run retention at a quieter time`,
    );
  }
}

/** What is to be deleted is no longer what a person was shown and confirmed. Terminal: look again. */
export class PlanChanged extends Error {
  override readonly name = 'PlanChanged';

  constructor(repository: string) {
    super(
      `What retention would delete of ${repository} has changed since it was shown, so nothing of it was deleted. Look at it again, and confirm that`,
    );
  }
}

/** The registry deleted a manifest together with one of its tags; it was put back. Terminal: retention cannot go on there. */
export class TagTookManifest extends Error {
  override readonly name = 'TagTookManifest';

  constructor(repository: string, tag: string, digest: string) {
    super(
      `Expected the registry of ${repository} to delete tag ${tag} alone, and it deleted ${digest} with it. The manifest was put back; have each tag of that registry name an image of its own, or keep such tags by name`,
    );
  }
}
