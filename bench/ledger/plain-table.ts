import type { Database } from '../../adapters/ledger/database.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';

/** The same entries in the same database, as they would be kept without any proof. */
export class PlainTable {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async make(database: Database): Promise<PlainTable> {
    await database.transaction(async (transaction) => {
      await transaction.write([
        'CREATE TABLE entries (sequence BIGINT NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, application TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL)',
        'CREATE INDEX entries_of_application ON entries (application, sequence)',
        'CREATE INDEX entries_of_actor ON entries (actor, sequence)',
      ]);
    });
    return new PlainTable(database);
  }

  append(entries: readonly LedgerEntry[]): Promise<void> {
    return this.#database.transaction(async (transaction) => {
      const [end] = await transaction.read('SELECT coalesce(max(sequence), 0) AS sequence FROM entries');
      const first = Number(end?.sequence) + 1;
      for (let start = 0; start < entries.length; start += 100) {
        const some = entries.slice(start, start + 100);
        await transaction.write([
          {
            sql: `INSERT INTO entries VALUES ${some.map(() => '(?, ?, ?, ?, ?)').join(', ')} ON CONFLICT (key) DO NOTHING`,
            args: some.flatMap((entry, index) => [
              first + start + index,
              entry.key,
              entry.application ?? '',
              entry.actor,
              canonicalJson(entry),
            ]),
          },
        ]);
      }
    });
  }

  close(): void {
    this.#database.close();
  }
}
