import type { CheckWord, DeploymentWord } from '../../../activities/github/details-in-order.ts';
import type { Book, WordBook } from '../../../activities/github/in-order.ts';
import { type LedgerPlace, openDatabase, openTables } from '../open-ledger.ts';
import { WORDS_WRITER } from '../postgres-database.ts';
import { CHECKS } from './check-kind.ts';
import { DEPLOYMENTS } from './deployment-kind.ts';
import { SqlBook } from './sql-book.ts';
import { STATUSES } from './status-kind.ts';
import { WORD_MIGRATIONS } from './word-migrations.ts';

export type WordsOptions = LedgerPlace & {
  /** How long a call waits for other processes that write; 8 s. */
  readonly deadlineMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** What GitHub is to show, of each kind. */
export interface Words {
  readonly statuses: WordBook;
  readonly deployments: Book<DeploymentWord>;
  readonly checks: Book<CheckWord>;
  close(): void;
}

/** Opens the books of what GitHub is to show, a file beside the ledger's or tables in its database; several workers may have them open. Throws LedgerUnavailable, LedgerTooNew. */
export async function openWords({ deadlineMs = 8_000, now = Date.now, ...place }: WordsOptions): Promise<Words> {
  const tables = { versions: 'word_versions', steps: WORD_MIGRATIONS } as const;
  return openTables(await openDatabase(place, deadlineMs, WORDS_WRITER), tables, async (database) => {
    const statuses = new SqlBook(database, STATUSES, now);
    const deployments = new SqlBook(database, DEPLOYMENTS, now);
    const checks = new SqlBook(database, CHECKS, now);
    for (const book of [statuses, checks]) await book.prune();
    return { statuses, deployments, checks, close: () => database.close() };
  });
}
