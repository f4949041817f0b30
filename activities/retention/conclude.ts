import { entriesLeft, hasBegun, pastDeletions, runEnds } from '../../domain/retention-past.ts';
import { endEntry, recordsOf } from '../../domain/retention-records.ts';
import { inOrder, type RetentionReport, type RetentionRow } from '../../domain/retention-report.ts';
import type { Sight, Working } from './look.ts';
import type { RetentionParts, Shelf } from './ports.ts';
import { possibleRows, reportOf } from './report.ts';
import type { TidyOrder } from './tidy.ts';

/** Takes back what was recorded and is still there, writes down the end of the run, and says what all of its attempts did. */
export async function conclude(
  parts: RetentionParts,
  { run, detail }: TidyOrder,
  shelf: Shelf,
  { contents, plan }: Sight,
  planHash: string,
  working: Working,
): Promise<RetentionReport> {
  const { repository } = shelf;
  const at = new Date(parts.now()).toISOString();
  const before = await parts.ledger.entriesUnder(recordsOf(repository));
  const left = entriesLeft(before, contents, at);
  for (const entry of left) await parts.ledger.append(entry);
  const records = [...before, ...left];
  const ends = runEnds(records, run, contents);
  const isOpen = pastDeletions(records).departed.length > 0 || hasBegun(records, run, repository);
  if (isOpen) await parts.ledger.append(endEntry(repository, run, ends, at));
  const rows = await possibleRows(plan, shelf, working);
  return reportOf(repository, planHash, inOrder([...ends.done, ...rows.map(unconfirmed)]), detail);
}

/** What is still to be deleted at the end of a run that deleted all it might. */
function unconfirmed(row: RetentionRow): RetentionRow {
  return row.outcome === 'deleted' ? { ...row, outcome: 'stays', reasons: ['nobody has confirmed it', ...row.reasons] } : row;
}
