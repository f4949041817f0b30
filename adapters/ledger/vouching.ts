import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry, StagePass } from '../../domain/ledger.ts';
import { ledgerHash } from './hashing.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { readRecord } from './rows.ts';
import type { Reader } from './tree-rows.ts';

/** A row beside the records that is not as its record says, or a record whose row is missing. */
export interface Difference {
  /** `freeze freeze-0a1b2c3d4e`, `token 0123456789`. */
  readonly what: string;
  readonly reason: string;
}

/** The entry with the hash of what is kept with it: whoever edits the row later has no record that vouches for it. */
export function vouchingFor(entry: LedgerEntry, content: string): LedgerEntry {
  return { ...entry, content };
}

/** Of a text as the database keeps it. */
export function contentOf(...kept: readonly string[]): string {
  return ledgerHash(kept.join('\n'));
}

export function contentOfPass(application: string, number: number, { stage, pipelineRevision, images, at }: StagePass): string {
  return contentOf(canonicalJson({ application, number, stage, pipelineRevision, images, at }));
}

/** The ones of these that a record vouches for. What the column says is only where to look: the record itself is asked. */
export async function vouchedOf(reader: Reader, contents: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const statement of RECORD_STATEMENTS.withContents(contents))
    for (const row of await reader.read(statement)) found.add(readRecord(row).facts.content ?? '');
  return found;
}

/** Entries that were recorded before records vouched for anything: they vouch for whatever says the same as they do. */
export async function unvouchingEntries(reader: Reader, keys: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>> {
  const found = new Map<string, LedgerEntry>();
  for (const statement of RECORD_STATEMENTS.withKeys(keys))
    for (const row of await reader.read(statement)) {
      const { facts, personal } = readRecord(row);
      if (personal !== undefined && facts.content === undefined) found.set(personal.key, { ...facts, ...personal });
    }
  return found;
}

/** Whether a record of before says what it would say of this row. */
export function saysTheSame(entry: LedgerEntry | undefined, derived: LedgerEntry): boolean {
  if (entry === undefined) return false;
  const said = ({ key, action, actor, reason, at }: LedgerEntry): string => canonicalJson({ key, action, actor, reason, at });
  return said(entry) === said(derived);
}
