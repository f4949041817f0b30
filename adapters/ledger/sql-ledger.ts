import { type LedgerEntry, promotionKey, type StagePass } from '../../domain/ledger.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { RegisteredRelease } from '../../domain/retention-protection.ts';
import { type Database, Taken } from './database.ts';
import type { LedgerStore, NumberedEntry, Registration } from './ledger-store.ts';
import { registeredReleases } from './registered-releases.ts';
import { readEntry, readPass, readRelease } from './rows.ts';
import { SqlDecisions } from './sql-decisions.ts';
import { STATEMENTS } from './statements.ts';

/** The ledger in a database of SQL. */
export class SqlLedger implements LedgerStore {
  readonly decisions: SqlDecisions;
  readonly #database: Database;
  readonly #now: () => Date;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.decisions = new SqlDecisions(database, now);
  }

  append(entry: LedgerEntry): Promise<void> {
    return this.#database.write([STATEMENTS.appendEntry(entry)]);
  }

  async release(application: string, number: number): Promise<ReleaseRecord | undefined> {
    const [row] = await this.#database.read(STATEMENTS.release(application, number));
    return row && readRelease(row);
  }

  recordPass(application: string, number: number, pass: StagePass, entry: LedgerEntry): Promise<void> {
    return this.#database.write([STATEMENTS.recordPass(application, number, pass), STATEMENTS.appendEntry(entry)]);
  }

  async passes(application: string, number: number): Promise<readonly StagePass[]> {
    return (await this.#database.read(STATEMENTS.passes(application, number))).map(readPass);
  }

  async register(registration: Registration): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }> {
    for (;;) {
      const found = await this.findByKey(registration.application, registration.key);
      if (found !== undefined) return { record: found, created: false };
      const record = await this.#tryToRegister(registration);
      if (record !== undefined) return { record, created: true };
    }
  }

  /** Undefined when somebody else took the number or the key meanwhile: they got on, so trying again ends. */
  async #tryToRegister({ key, ...content }: Registration): Promise<ReleaseRecord | undefined> {
    const number = ((await this.newest(content.application)) ?? 0) + 1;
    const record: ReleaseRecord = { ...content, number, createdAt: this.#now().toISOString() };
    try {
      await this.#database.write([STATEMENTS.insertRelease(key, record), STATEMENTS.appendEntry(creationEntry(record))]);
      return record;
    } catch (error) {
      if (error instanceof Taken) return undefined;
      throw error;
    }
  }

  async findByKey(application: string, key: string): Promise<ReleaseRecord | undefined> {
    const [row] = await this.#database.read(STATEMENTS.releaseByKey(application, key));
    return row && readRelease(row);
  }

  async hasPromotion(application: string, number: number, requestId: string): Promise<boolean> {
    return (await this.#database.read(STATEMENTS.entry(promotionKey(application, number, requestId)))).length > 0;
  }

  async newest(application: string): Promise<number | undefined> {
    const [row] = await this.#database.read(STATEMENTS.newest(application));
    const number = row?.number;
    return typeof number === 'number' ? number : undefined;
  }

  async listReleases(page: { readonly application?: string; readonly limit: number; readonly before?: number }) {
    const before = page.before ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.#database.read(STATEMENTS.releases(before, page.limit + 1, page.application));
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    return { releases: shown.map(readRelease), ...(last && rows.length > page.limit && { next: Number(last.position) }) };
  }

  async entries(page: {
    readonly application?: string;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly NumberedEntry[]> {
    return (await this.#database.read(STATEMENTS.entries(page.after ?? 0, page.limit, page.application))).map(readEntry);
  }

  async entriesUnder(prefix: string): Promise<readonly LedgerEntry[]> {
    return (await this.#database.read(STATEMENTS.entriesUnder(prefix))).map((row) => readEntry(row).entry);
  }

  async registeredReleases(): Promise<readonly RegisteredRelease[]> {
    const releases = await this.#database.read(STATEMENTS.allReleases);
    return registeredReleases(releases, await this.#database.read(STATEMENTS.allPasses));
  }

  async ping(): Promise<void> {
    await this.#database.read(STATEMENTS.version);
  }

  close(): void {
    this.#database.close();
  }
}

/** Its key is the event's, so that whoever records the creation again finds it recorded. */
function creationEntry(record: ReleaseRecord): LedgerEntry {
  const { application, number, commit, initiator, createdAt } = record;
  return {
    key: `release/${application}/${number}/created`,
    action: 'release-created',
    actor: initiator,
    application,
    release: number,
    reason: commit === undefined ? 'images given' : `commit ${commit}`,
    at: createdAt,
  };
}
