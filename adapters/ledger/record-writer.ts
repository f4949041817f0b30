import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Database, Statement, Transaction } from './database.ts';
import { type Head, sealEntries } from './seal.ts';

/** So many that wait are written together: each commit waits for the disk. */
const TOGETHER = 500;

interface Waiting {
  readonly entry: LedgerEntry;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Puts records into their order: index and record are written in one transaction, whoever else writes at the same time. */
export class RecordWriter {
  readonly #database: Database;
  #head: Head | undefined;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;
  readonly #listeners: ((size: number) => void)[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Appends once for each key. Those that wait meanwhile share a transaction. */
  append(entry: LedgerEntry): Promise<void> {
    // What has no canonical form is refused here: it must not fail those it would be written with.
    canonicalJson(entry);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      if (!this.#isWriting) void this.#drain();
    });
  }

  /** Statements and records, all or nothing. Throws Taken where something unique is there already. */
  write(statements: readonly Statement[], entries: readonly LedgerEntry[]): Promise<void> {
    return this.transaction(async (transaction) => {
      await transaction.write(statements);
      return { entries, result: undefined };
    });
  }

  /** Records what `work` decides, in the transaction in which it decided. */
  async transaction<Result>(
    work: (transaction: Transaction) => Promise<{ readonly entries: readonly LedgerEntry[]; readonly result: Result }>,
  ): Promise<Result> {
    const { head, result } = await this.#database.transaction(async (transaction) => {
      const decided = await work(transaction);
      const remembered = this.#head;
      const head = decided.entries.length === 0 ? remembered : await sealEntries(transaction, decided.entries, remembered);
      return { head, result: decided.result };
    });
    this.#head = head;
    if (head !== undefined) for (const listener of this.#listeners) listener(head.size);
    return result;
  }

  /** Called with the number of records after each time that some were written here. */
  onWritten(listener: (size: number) => void): void {
    this.#listeners.push(listener);
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#writeTogether(this.#waiting.splice(0, TOGETHER));
    this.#isWriting = false;
  }

  async #writeTogether(group: readonly Waiting[]): Promise<void> {
    try {
      await this.write(
        [],
        group.map(({ entry }) => entry),
      );
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
