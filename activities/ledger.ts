import type { LedgerEntry, StagePass, TakenBack } from '../domain/ledger.ts';
import { isPersonName } from '../domain/people/person-name.ts';
import type { ReleaseRecord } from '../domain/release.ts';

/** The append-only record of decisions and changes, and of what releases are. */
export interface Ledger {
  /** Appends once for each key; a repeated write of the same key changes nothing. */
  append(entry: LedgerEntry): Promise<void>;
  /** Signs what all records are now, and has it published where the installation says. */
  seal(): Promise<void>;
  /** The release as registered; undefined when there is none. */
  release(application: string, number: number): Promise<ReleaseRecord | undefined>;
  /** Records once that a release passed a stage, and the entry that tells of it: both or neither. */
  recordPass(application: string, number: number, pass: StagePass, entry: LedgerEntry): Promise<void>;
  /** Notes once that the release's passes of a stage count no more, until it passes again, and the entry that tells of it: both or neither. */
  takeBack(application: string, number: number, stage: string, takenBack: TakenBack, entry: LedgerEntry): Promise<void>;
  passes(application: string, number: number): Promise<readonly StagePass[]>;
  /** Who ever took a stage of the release on by hand, as far as their names are still there. */
  promotions(application: string, number: number): Promise<readonly PromotedByHand[]>;
  /** Who set the release off when it was there already, as far as their names are still there. */
  starters(application: string, number: number): Promise<readonly string[]>;
}

export interface PromotedByHand {
  readonly stage: string;
  readonly person: string;
}

/** What release and environment workflows ask of the ledger. Terminal: UnknownRelease. */
export function createLedgerActivities(ledger: Ledger) {
  return {
    /** What the release is, what it has passed before, and who else set it off or took it on by hand before. */
    async openRelease({ application, number }: ReleaseName): Promise<OpenedRelease> {
      const record = await ledger.release(application, number);
      if (record === undefined) throw new UnknownRelease(application, number);
      const promotions = await ledger.promotions(application, number);
      // Accounts that are nobody's here can judge nothing, and anybody who signs deliveries can make up any number of them.
      const starters = (await ledger.starters(application, number)).filter(isPersonName);
      const passes = await ledger.passes(application, number);
      return { record, passes, ...(promotions.length > 0 && { promotions }), ...(starters.length > 0 && { starters }) };
    },

    async recordPass({ application, number, pass, entry }: RecordedPass): Promise<void> {
      await ledger.recordPass(application, number, pass, entry);
    },

    async takeBackStage({ application, number, stage, takenBack, entry }: StageReturn): Promise<void> {
      await ledger.takeBack(application, number, stage, takenBack, entry);
    },

    /** A verdict is acted on only when it stands in a signed checkpoint (decision 69). */
    async sealLedger(): Promise<void> {
      await ledger.seal();
    },

    /** Says why there is no checkpoint, where one was to be tried: the record is written all the same. */
    async appendEntry({ sealed, ...entry }: RecordedEntry): Promise<Unsealed | undefined> {
      await ledger.append(entry);
      if (sealed === 'try') return trySeal(ledger);
      if (sealed === true) await ledger.seal();
      return undefined;
    },
  };
}

export interface RecordedEntry extends LedgerEntry {
  /**
   * Whether it is to stand in a checkpoint too: `try` answers with why that cannot be, so that the records that come next are not held up. `true`
   * is of workers of an earlier version: it is not written until it is signed.
   */
  readonly sealed?: boolean | 'try';
}

export interface Unsealed {
  readonly unsealed: string;
}

/** Longer than the places of checkpoints are waited for, and short for the records that wait behind. */
const SEAL_MS = 5_000;

async function trySeal(ledger: Ledger): Promise<Unsealed | undefined> {
  const sealing = ledger.seal().then(
    () => undefined,
    (error: unknown) => ({ unsealed: error instanceof Error ? error.message : String(error) }),
  );
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Unsealed>((resolve) => {
    timer = setTimeout(resolve, SEAL_MS, { unsealed: `it was not signed within ${SEAL_MS / 1_000} s` });
  });
  try {
    return await Promise.race([sealing, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

interface OpenedRelease {
  readonly record: ReleaseRecord;
  readonly passes: readonly StagePass[];
  /** Absent where nobody did, and in what an earlier version told. */
  readonly promotions?: readonly PromotedByHand[];
  /** The same. */
  readonly starters?: readonly string[];
}

interface ReleaseName {
  readonly application: string;
  readonly number: number;
}

interface RecordedPass extends ReleaseName {
  readonly pass: StagePass;
  readonly entry: LedgerEntry;
}

interface StageReturn extends ReleaseName {
  readonly stage: string;
  readonly takenBack: TakenBack;
  readonly entry: LedgerEntry;
}

/** A release that was never registered. */
export class UnknownRelease extends Error {
  override readonly name = 'UnknownRelease';

  constructor(application: string, number: number) {
    super(`${application} has no release ${number}. 'tidegate release create' makes one`);
  }
}
