import type { LedgerEntry } from '../../domain/ledger.ts';
import { namesIn, type RetentionPlan } from '../../domain/retention.ts';
import { namesConfirmed } from '../../domain/retention-past.ts';
import { type Confirmation, confirmationEntries } from '../../domain/retention-records.ts';
import { PlanChanged } from './errors.ts';
import { hashOf, hashOfNames } from './look.ts';
import type { RetentionParts } from './ports.ts';
import type { TidyOrder } from './tidy.ts';

/**
 * What a person confirmed, by its names; undefined where nobody was asked. A run's first attempt writes it into the ledger, and every
 * later one goes by that: deletions change the plan, and what was confirmed stays what it was. Throws PlanChanged.
 */
export async function confirmedNames(
  parts: RetentionParts,
  { run, planHash }: Pick<TidyOrder, 'run' | 'planHash'>,
  records: readonly LedgerEntry[],
  plan: RetentionPlan,
): Promise<ReadonlySet<string> | undefined> {
  if (planHash === undefined) return undefined;
  const written = namesConfirmed(records, run, plan.repository);
  // An attempt that was killed while it wrote has written a part, which has another hash.
  if (hashOfNames(plan.repository, written, parts) === planHash) return new Set(written);
  if (hashOf(plan, parts) !== planHash) throw new PlanChanged(plan.repository);
  const confirmed: Confirmation = { repository: plan.repository, run, planHash, names: namesIn(plan) };
  for (const entry of confirmationEntries(confirmed, new Date(parts.now()).toISOString())) await parts.ledger.append(entry);
  return new Set(confirmed.names);
}
