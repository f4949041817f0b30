import { pastDeletions } from '../domain/retention-past.ts';
import { recordsOf } from '../domain/retention-records.ts';
import type { RetentionReport } from '../domain/retention-report.ts';
import { heedingRetryAfter } from './registry/retry-after.ts';
import { hashOf, Watch, type Working } from './retention/look.ts';
import type { RetentionParts } from './retention/ports.ts';
import { possibleRows, reportOf } from './retention/report.ts';
import { repositoriesWithRules } from './retention/repositories.ts';
import { type TidyOrder, tidy } from './retention/tidy.ts';
import { withHeartbeat } from './with-heartbeat.ts';

/** Activities of retention. Each can run twice: what was decided is decided anew, and what was deleted is gone. A busy registry is heeded. */
export function createRetentionActivities(parts: RetentionParts) {
  return {
    /** The repositories that the installation's rules are for, by name. */
    listRetentionRepositories: (): Promise<readonly string[]> => withHeartbeat(() => repositoriesWithRules(parts)),

    /** What retention would do in a repository, and why. Throws the registry's, the ledger's and retention's errors. */
    planRetention: (wish: { readonly repository: string; readonly detail: number }): Promise<RetentionReport> =>
      heedingRetryAfter(() => withHeartbeat((working) => plan(parts, wish, working))),

    /** Deletes what the rules do not keep, and says what it did; heartbeats with how far it is. Throws as planRetention, and PlanChanged. */
    applyRetention: (order: TidyOrder): Promise<RetentionReport> =>
      heedingRetryAfter(() => withHeartbeat((working) => tidy(parts, order, working))),
  };
}

async function plan(
  parts: RetentionParts,
  { repository, detail }: { readonly repository: string; readonly detail: number },
  working: Working,
): Promise<RetentionReport> {
  const shelf = parts.library.open(repository);
  const past = pastDeletions(await parts.ledger.entriesUnder(recordsOf(shelf.repository)));
  const sight = await new Watch(parts, shelf, past).look(working);
  return reportOf(shelf.repository, hashOf(sight.plan, parts), await possibleRows(sight.plan, shelf, working), detail);
}
