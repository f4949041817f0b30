import { type LedgerPlace, openDatabase, openTables } from '../open-ledger.ts';
import { WORDS_WRITER } from '../postgres-database.ts';
import { SqlWords } from './sql-words.ts';
import { WORD_MIGRATIONS } from './word-migrations.ts';

export type WordsOptions = LedgerPlace & {
  /** How long a call waits for other processes that write; 8 s. */
  readonly deadlineMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** Opens the book of what GitHub is to show, a file beside the ledger's or a table in its database; several workers may have it open. Throws LedgerUnavailable, LedgerTooNew. */
export async function openWords({ deadlineMs = 8_000, now = Date.now, ...place }: WordsOptions): Promise<SqlWords> {
  const tables = { versions: 'word_versions', steps: WORD_MIGRATIONS } as const;
  return openTables(await openDatabase(place, deadlineMs, WORDS_WRITER), tables, async (database) => {
    const words = new SqlWords(database, now);
    await words.prune();
    return words;
  });
}
