/** The ledger cannot be read or written now. Retryable: nothing was acknowledged. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';

  constructor(
    readonly file: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`The ledger ${file} cannot be used: ${reason}`, options);
  }
}

/** The file was written by a later version of Tidegate, which keeps things there that this one does not know. */
export class LedgerTooNew extends Error {
  override readonly name = 'LedgerTooNew';

  constructor(
    readonly file: string,
    found: number,
    known: number,
  ) {
    super(
      `The ledger ${file} has version ${found}, and this Tidegate knows ${known}. Run the version of Tidegate that wrote it, or a later one`,
    );
  }
}

/** The ledger has fewer records than it had when a checkpoint was signed: it was restored from an old backup, or cut. Terminal. */
export class LedgerShorter extends Error {
  override readonly name = 'LedgerShorter';

  constructor(place: string, size: number, kept: KeptCheckpoint) {
    super(
      `The ledger ${place} has ${size} records, and had ${kept.size} when the checkpoint of ${kept.where} was signed. Restore a backup that has all ${kept.size}. ${WAY_OUT}`,
    );
  }
}

/** The ledger's first records are not those that a checkpoint was signed for: it is another ledger, or somebody edited it. Terminal. */
export class LedgerDiffers extends Error {
  override readonly name = 'LedgerDiffers';

  constructor(place: string, kept: KeptCheckpoint) {
    super(
      `The first ${kept.size} records of the ledger ${place} are not those that the checkpoint of ${kept.where} was signed for. Look whether ledger.database and data name the right ledger, and restore it from a backup. ${WAY_OUT}`,
    );
  }
}

/** There is no record of this number. Terminal. */
export class RecordUnknown extends Error {
  override readonly name = 'RecordUnknown';

  constructor(sequence: number) {
    super(`The ledger has no record ${sequence}`);
  }
}

/** Something in force is checked by the record: without who and why of it nobody could. Terminal. */
export class RecordNeeded extends Error {
  override readonly name = 'RecordNeeded';

  constructor(sequence: number, use: string) {
    const [kind, id] = use.split('/');
    super(`Record ${sequence} is of ${kind === 'token' ? `token ${id}, which has not expired` : `${id}, which still stands`}`);
  }
}

/** What a release consists of was changed in the database: nothing of it can be trusted. */
export class ReleaseDiffers extends Error {
  override readonly name = 'ReleaseDiffers';

  constructor(application: string, number: number) {
    super(
      `Release ${number} of ${application} is not as the ledger recorded its creation: somebody changed its row in the database. Make a new release of the same commit, and look who did that`,
    );
  }
}

/** The key that checkpoints were signed with is not there, or the one that is there is another. Terminal. */
export class LedgerKeyUnfit extends Error {
  override readonly name = 'LedgerKeyUnfit';

  constructor(file: string, seen: string) {
    super(`The ledger's key ${file} cannot be used: ${seen}. Put the key there that it was begun with. ${WAY_OUT}`);
  }
}

interface KeptCheckpoint {
  readonly size: number;
  /** Where the checkpoint was found. */
  readonly where: string;
}

const WAY_OUT =
  'If that is lost for good, keep what is left, move the key away and begin a new history under another ledger.origin in tidegate.yaml: old checkpoints go on telling that the old one ended';
