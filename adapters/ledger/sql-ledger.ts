import type { PromotedByHand } from '../../activities/ledger.ts';
import { ERASED } from '../../domain/audit/record.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { type LedgerAction, type LedgerEntry, promotionKey, type StagePass, type TakenBack } from '../../domain/ledger.ts';
import type { Telling } from '../../domain/people/known-by.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { RegisteredRelease } from '../../domain/retention-protection.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Database, Row, Transaction } from './database.ts';
import { ReleaseDiffers } from './errors.ts';
import type { LedgerStore, NumberedEntry, Registration } from './ledger-store.ts';
import { readPasses } from './pass-check.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { RecordWriter } from './record-writer.ts';
import { registeredReleases } from './registered-releases.ts';
import { isAsCreated } from './release-check.ts';
import { readEntry, readRelease } from './rows.ts';
import { SqlAudit } from './sql-audit.ts';
import { SqlDecisions } from './sql-decisions.ts';
import { SqlPeople } from './sql-people.ts';
import { STATEMENTS } from './statements.ts';
import { TURN_STATEMENTS } from './turn-statements.ts';
import { contentOf, contentOfPass, vouchingFor } from './vouching.ts';

/** The ledger in a database of SQL. */
export class SqlLedger implements LedgerStore {
  readonly decisions: SqlDecisions;
  readonly audit: SqlAudit;
  readonly people: SqlPeople;
  readonly #database: Database;
  readonly #writer: RecordWriter;
  readonly #keeper: CheckpointKeeper;
  readonly #now: () => Date;

  constructor(database: Database, keeper: CheckpointKeeper, now: () => Date) {
    this.#database = database;
    this.#writer = new RecordWriter(database);
    this.#keeper = keeper;
    this.#now = now;
    this.#writer.onWritten((size) => keeper.noticeSize(size));
    this.decisions = new SqlDecisions(database, this.#writer, now);
    this.people = new SqlPeople(database, this.#writer);
    this.audit = new SqlAudit({ database, writer: this.#writer, keeper, decisions: this.decisions, people: this.people, now });
  }

  append(entry: LedgerEntry): Promise<void> {
    return this.#writer.append(entry);
  }

  seal(): Promise<void> {
    return this.#keeper.seal();
  }

  async release(application: string, number: number): Promise<ReleaseRecord | undefined> {
    const [row] = await this.#database.read(STATEMENTS.release(application, number));
    return row && this.#vouchedFor(row);
  }

  async releaseOfCommit(application: string, commit: string): Promise<ReleaseRecord | undefined> {
    if (!/^[0-9a-f]+$/.test(commit)) return undefined;
    const [row] = await this.#database.read(STATEMENTS.releaseOfCommit(application, commit));
    return row && this.#vouchedFor(row);
  }

  async #vouchedFor(row: Row): Promise<ReleaseRecord> {
    const record = readRelease(row);
    if (!(await isAsCreated(this.#database, row))) throw new ReleaseDiffers(record.application, record.number);
    return record;
  }

  recordPass(application: string, number: number, pass: StagePass, entry: LedgerEntry): Promise<void> {
    const again = TURN_STATEMENTS.passAgain(application, number, pass.stage, entry);
    const vouching = vouchingFor(entry, contentOfPass(application, number, pass));
    return this.#writer.write([STATEMENTS.recordPass(application, number, pass), again], [vouching]);
  }

  takeBack(application: string, number: number, stage: string, takenBack: TakenBack, entry: LedgerEntry): Promise<void> {
    return this.#writer.write([TURN_STATEMENTS.add(application, number, stage, takenBack, entry)], [entry]);
  }

  async passes(application: string, number: number): Promise<readonly StagePass[]> {
    return (await readPasses(this.#database, application, number)).passes;
  }

  register({ key, known, ...content }: Registration): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }> {
    const { application } = content;
    return this.#writer.transaction<{ readonly record: ReleaseRecord; readonly created: boolean }>(async (transaction) => {
      const [row] = await transaction.read(STATEMENTS.releaseByKey(application, key));
      if (row !== undefined) return { entries: [], result: { record: readRelease(row), created: false } };
      const number = ((await newestIn(transaction, application)) ?? 0) + 1;
      const record: ReleaseRecord = { ...content, number, createdAt: this.#now().toISOString() };
      await transaction.write([STATEMENTS.insertRelease(key, record)]);
      return {
        entries: [vouchingFor({ ...known, ...creationEntry(record) }, contentOf(canonicalJson(record)))],
        result: { record, created: true },
      };
    });
  }

  async findByKey(application: string, key: string): Promise<ReleaseRecord | undefined> {
    const [row] = await this.#database.read(STATEMENTS.releaseByKey(application, key));
    return row && readRelease(row);
  }

  async hasPromotion(application: string, number: number, requestId: string): Promise<boolean> {
    return (await this.#database.read(RECORD_STATEMENTS.byKey(promotionKey(application, number, requestId)))).length > 0;
  }

  async addStarter(
    { application, number }: Pick<ReleaseRecord, 'application' | 'number'>,
    person: string,
    { known, isProved }: Telling,
  ): Promise<void> {
    const release = `release/${application}/${number}`;
    const proved = `${release}/started-too-proved/${person}`;
    if (!isProved && (await this.#database.read(RECORD_STATEMENTS.byKey(proved))).length > 0) return;
    const entry = {
      key: isProved ? proved : `${release}/started-too/${person}`,
      action: 'release-started-too',
      actor: person,
      application,
      release: number,
      reason: 'it was there already',
    } as const;
    return this.append({ ...known, ...entry, at: this.#now().toISOString() });
  }

  async starters(application: string, number: number): Promise<readonly string[]> {
    const entries = await this.#entriesOf(application, number, 'release-started-too');
    return [...new Set(entries.flatMap(({ actor }) => (actor === ERASED ? [] : [actor])))];
  }

  async #entriesOf(application: string, release: number, action: LedgerAction): Promise<readonly LedgerEntry[]> {
    const page = { application, release, action, limit: Number.MAX_SAFE_INTEGER };
    return (await this.#database.read(RECORD_STATEMENTS.page(page))).map((row) => readEntry(row).entry);
  }

  async promotions(application: string, number: number): Promise<readonly PromotedByHand[]> {
    const entries = await this.#entriesOf(application, number, 'promotion-requested');
    // A name may have been erased since.
    return entries.flatMap(({ stage, actor }) => (stage === undefined || actor === '' ? [] : [{ stage, person: actor }]));
  }

  newest(application: string): Promise<number | undefined> {
    return newestIn(this.#database, application);
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
    return (await this.#database.read(RECORD_STATEMENTS.page(page))).map(readEntry);
  }

  async entriesUnder(prefix: string): Promise<readonly LedgerEntry[]> {
    return (await this.#database.read(RECORD_STATEMENTS.under(prefix))).map((row) => readEntry(row).entry);
  }

  async registeredReleases(): Promise<readonly RegisteredRelease[]> {
    const releases = await this.#database.read(STATEMENTS.allReleases);
    return registeredReleases(releases, await this.#database.read(STATEMENTS.allPasses));
  }

  async ping(): Promise<void> {
    await this.#database.read(STATEMENTS.version);
  }

  close(): void {
    this.#keeper.close();
    this.#database.close();
  }
}

async function newestIn(reader: Pick<Transaction, 'read'>, application: string): Promise<number | undefined> {
  const [row] = await reader.read(STATEMENTS.newest(application));
  return typeof row?.number === 'number' ? row.number : undefined;
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
