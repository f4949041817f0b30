import type { RetentionPlan } from '../../domain/retention.ts';
import { countRows, fitting, inOrder, type RetentionReport, type RetentionRow, rowsOf } from '../../domain/retention-report.ts';
import type { Call, Shelf } from './ports.ts';

/** The rows of a plan, with what its registry cannot do: a tag alone stays where only whole manifests are deleted. */
export async function possibleRows(plan: RetentionPlan, shelf: Shelf, options: Call): Promise<readonly RetentionRow[]> {
  const alone = new Set(plan.deletions.flatMap((deletion) => (deletion.kind === 'tag' ? [deletion.name] : [])));
  if (alone.size === 0 || (await shelf.deletesTags(options))) return rowsOf(plan);
  const stays = (row: RetentionRow): RetentionRow =>
    row.tag === undefined || !alone.has(row.tag)
      ? row
      : { ...row, outcome: 'stays', reasons: ['its registry cannot delete a tag alone', ...row.reasons] };
  return inOrder(rowsOf(plan).map(stays));
}

/** A report with as many rows as have room. */
export function reportOf(repository: string, planHash: string, rows: readonly RetentionRow[], detail: number): RetentionReport {
  const shown = fitting(rows, detail);
  return { repository, planHash, counts: countRows(rows), rows: shown, leftOut: rows.length - shown.length };
}
