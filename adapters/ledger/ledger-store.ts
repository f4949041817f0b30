import type { Ledger } from '../../activities/ledger.ts';
import type { RetentionLedger } from '../../activities/retention/ports.ts';
import type { Decisions } from '../../activities/standing.ts';
import type { ExportedRecord } from '../../domain/audit/export-lines.ts';
import type { GrowthDocument } from '../../domain/audit/growth-document.ts';
import type { ProofDocument } from '../../domain/audit/proof-document.ts';
import type { Images } from '../../domain/image.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { KnownBy, Telling } from '../../domain/people/known-by.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { PeopleStore } from './people-store.ts';
import type { RecordPage } from './record-statements.ts';
import type { Difference } from './vouching.ts';

export interface Registration {
  readonly application: string;
  /** Two registrations with one key are one release. */
  readonly key: string;
  readonly commit?: string;
  readonly images: Images;
  readonly kept?: readonly string[];
  readonly initiator: string;
  readonly known?: KnownBy;
}

/** An entry and its place in the ledger: 1, 2, 3, … without gaps. */
export interface NumberedEntry {
  readonly sequence: number;
  readonly entry: LedgerEntry;
}

/** What the ledger shows to whoever looks into it, and how it proves that. Throws LedgerUnavailable, LedgerShorter, LedgerDiffers. */
export interface LedgerAudit {
  /** The public key (C2SP vkey) that checkpoints are signed with. */
  readonly key: string;
  records(page: RecordPage): Promise<readonly ExportedRecord[]>;
  record(sequence: number): Promise<ExportedRecord | undefined>;
  /** Of all records that are there now, and how many earlier ones there are. */
  checkpoint(): Promise<{ readonly checkpoint: string; readonly size: number; readonly key: string; readonly checkpoints: number }>;
  /** Those of more records than `after`, and at most `last`. */
  checkpoints(after: number, last: number): Promise<readonly { readonly size: number; readonly checkpoint: string }[]>;
  /** Undefined where there is no such record. */
  prove(sequence: number): Promise<ProofDocument | undefined>;
  /** That it has only grown since it had so many records; undefined where it has fewer. */
  proveGrowth(since: number): Promise<GrowthDocument | undefined>;
  /** Decisions, tokens, releases and passes that are not as their records say. What of it lets something past counts for nothing; what holds something up still does. */
  differences(): Promise<readonly Difference[]>;
  /**
   * Empties the personal parts of records, and says so in a record: `entry` tells who and why. Returns those that had one. Throws RecordUnknown, RecordNeeded.
   */
  erase(sequences: readonly number[], entry: LedgerEntry): Promise<readonly number[]>;
}

/** The ledger as the server has it. Everything throws LedgerUnavailable when the database cannot be used. */
export interface LedgerStore extends Ledger, RetentionLedger {
  /** What people decided beforehand, in the same database. */
  readonly decisions: Decisions;
  readonly people: PeopleStore;
  /**
   * Gives a release the application's next number, 1, 2, 3, … without gaps, and writes its `release-created` entry with it;
   * or finds the release that has this key. What was registered first stands.
   */
  register(registration: Registration): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }>;
  /** The newest release of a commit; undefined where there is none. Throws ReleaseDiffers. */
  releaseOfCommit(application: string, commit: string): Promise<ReleaseRecord | undefined>;
  /** Writes once that somebody else set the release off, too, and once more where that is proved later. */
  addStarter(release: Pick<ReleaseRecord, 'application' | 'number'>, person: string, telling: Telling): Promise<void>;
  findByKey(application: string, key: string): Promise<ReleaseRecord | undefined>;
  /** The number given last; undefined while the application has no release. */
  newest(application: string): Promise<number | undefined>;
  /** Whether a request to promote the release was recorded. */
  hasPromotion(application: string, number: number, requestId: string): Promise<boolean>;
  /** Newest first. `next` is the `before` of the page that follows; undefined on the last one. */
  listReleases(page: {
    readonly application?: string;
    readonly limit: number;
    readonly before?: number;
  }): Promise<{ readonly releases: readonly ReleaseRecord[]; readonly next?: number }>;
  /** In the order in which they were written, from the one after `after` on. */
  entries(page: { readonly application?: string; readonly after?: number; readonly limit: number }): Promise<readonly NumberedEntry[]>;
  readonly audit: LedgerAudit;
  /** Resolves when the ledger answers. */
  ping(): Promise<void>;
  close(): void;
}
