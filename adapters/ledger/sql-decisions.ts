import type { Decisions, EndedBy, KeptDecision } from '../../activities/standing.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { type Hold, type Ratification, type Standing, type StandingDecision, standingOf } from '../../domain/standing.ts';
import type { Database, Row } from './database.ts';
import type { RecordWriter } from './record-writer.ts';
import { STANDING_STATEMENTS } from './standing-statements.ts';

/** What people decided beforehand, in the ledger's own database: each change is there together with its record, or neither is. */
export class SqlDecisions implements Decisions {
  readonly #database: Database;
  readonly #writer: RecordWriter;
  readonly #now: () => Date;

  constructor(database: Database, writer: RecordWriter, now: () => Date) {
    this.#database = database;
    this.#writer = writer;
    this.#now = now;
  }

  async standing(application: string, environment: string): Promise<Standing> {
    const rows = await this.#database.read(STANDING_STATEMENTS.concerning(application, environment, this.#now().toISOString()));
    return standingOf(rows.map((row) => readDecision(row).decision));
  }

  async all(): Promise<readonly StandingDecision[]> {
    const rows = await this.#database.read(STANDING_STATEMENTS.all(this.#now().toISOString()));
    return rows.map((row) => readDecision(row).decision);
  }

  async find(id: string): Promise<KeptDecision | undefined> {
    const [row] = await this.#database.read(STANDING_STATEMENTS.find(id));
    return row && readDecision(row);
  }

  async keep(decision: StandingDecision, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([STANDING_STATEMENTS.keep(decision)], [entry]);
  }

  hold(hold: Hold, entry: LedgerEntry): Promise<Hold | undefined> {
    return this.#writer.transaction<Hold | undefined>(async (transaction) => {
      const { application, environment, release } = hold;
      const rows = await transaction.read(STANDING_STATEMENTS.concerning(application, environment, this.#now().toISOString()));
      const other = standingOf(rows.map((row) => readDecision(row).decision)).holds.find((standing) => standing.release !== release);
      if (other !== undefined) return { entries: [], result: other };
      await transaction.write([STANDING_STATEMENTS.keep(hold)]);
      return { entries: [entry], result: undefined };
    });
  }

  async end(id: string, ended: EndedBy, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([STANDING_STATEMENTS.change(id, 'ended', ended)], [entry]);
  }

  async ratify(id: string, ratified: Ratification, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([STANDING_STATEMENTS.change(id, 'ratified', ratified)], [entry]);
  }
}

function readDecision(row: Row): KeptDecision {
  const decision = JSON.parse(String(row.body)) as StandingDecision;
  const ratified = row.ratified === null ? undefined : (JSON.parse(String(row.ratified)) as Ratification);
  const known = decision.kind === 'break-glass' && ratified !== undefined ? { ...decision, ratified } : decision;
  return { decision: known, ...(row.ended !== null && { ended: JSON.parse(String(row.ended)) as EndedBy }) };
}
