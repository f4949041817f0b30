import { type LedgerPlace, openDatabase, openTables } from '../open-ledger.ts';
import { INBOX_WRITER } from '../postgres-database.ts';
import { INBOX_MIGRATIONS } from './inbox-migrations.ts';
import type { InboxStore } from './inbox-store.ts';
import { SqlInbox } from './sql-inbox.ts';

export type InboxOptions = LedgerPlace & {
  /** How long a call waits for other processes that write; 8 s. */
  readonly deadlineMs?: number;
  readonly now?: () => Date;
  /** Names this server, the same in each of its lives. */
  readonly holder?: string;
  /** Of so many branches it is remembered for good what was released last; 10,000. */
  readonly branches?: number;
};

/** Opens the inbox, a file beside the ledger's or tables in its database; several servers may have it open. Throws LedgerUnavailable, LedgerTooNew. */
export async function openInbox({
  deadlineMs = 8_000,
  now = () => new Date(),
  holder = 'server',
  branches = 10_000,
  ...place
}: InboxOptions): Promise<InboxStore> {
  const tables = { versions: 'inbox_versions', steps: INBOX_MIGRATIONS } as const;
  return openTables(
    await openDatabase(place, deadlineMs, INBOX_WRITER),
    tables,
    async (database) => new SqlInbox(database, { now, holder, branches }),
  );
}
