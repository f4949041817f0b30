import { pastDeletions } from '../../domain/retention-past.ts';
import { type RetentionRun, recordsOf } from '../../domain/retention-records.ts';
import type { RetentionReport } from '../../domain/retention-report.ts';
import { conclude } from './conclude.ts';
import { confirmedNames } from './confirmation.ts';
import { Deletions } from './deletions.ts';
import { hashOf, Watch, type Working } from './look.ts';
import type { RetentionParts } from './ports.ts';

export interface TidyOrder {
  readonly repository: string;
  readonly run: RetentionRun;
  /** The hash of the plan that a person confirmed; without it, whatever the rules say now. */
  readonly planHash?: string;
  /** How much of the report is wanted, in characters of JSON. */
  readonly detail: number;
}

/**
 * Deletes what the rules do not keep, and says what it did. Each deletion is recorded before it is done, and done only when what must
 * stay and the tags, read again after that, still allow it. Can be called again after it was cut short anywhere: it goes on with what is
 * left, and never beyond what was confirmed. Throws PlanChanged and RepositoryRestless.
 */
export async function tidy(parts: RetentionParts, order: TidyOrder, working: Working): Promise<RetentionReport> {
  const shelf = parts.library.open(order.repository);
  const before = await parts.ledger.entriesUnder(recordsOf(shelf.repository));
  const watch = new Watch(parts, shelf, pastDeletions(before));
  const first = await watch.look(working);
  const confirmed = await confirmedNames(parts, order, before, first.plan);
  const last = await new Deletions(parts, order.run, watch, before, confirmed).carryOut(first, working);
  return conclude(parts, order, shelf, last, order.planHash ?? hashOf(first.plan, parts), working);
}
