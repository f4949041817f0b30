import type { LedgerEntry, StagePass } from '../domain/ledger.ts';
import type { ReleaseRecord } from '../domain/release.ts';

/** The append-only record of decisions and changes, and of what releases are. */
export interface Ledger {
  /** Appends once for each key; a repeated write of the same key changes nothing. */
  append(entry: LedgerEntry): Promise<void>;
  /** The release as registered; undefined when there is none. */
  release(application: string, number: number): Promise<ReleaseRecord | undefined>;
  /** Records once that a release passed a stage. */
  recordPass(application: string, number: number, pass: StagePass): Promise<void>;
  passes(application: string, number: number): Promise<readonly StagePass[]>;
}
