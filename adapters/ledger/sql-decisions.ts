import type { Decisions, EndedBy, KeptDecision } from '../../activities/standing.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { type Hold, type Ratification, type Standing, type StandingDecision, scopeOf, standingOf } from '../../domain/standing.ts';
import type { Database } from './database.ts';
import type { RecordWriter } from './record-writer.ts';
import { type Checked, readDecision, StandingCheck } from './standing-check.ts';
import { STANDING_STATEMENTS } from './standing-statements.ts';
import { contentOf, type Difference, vouchingFor } from './vouching.ts';

/** What people decided beforehand, in the ledger's own database: each change is there together with its record, or neither is. */
export class SqlDecisions implements Decisions {
  readonly #database: Database;
  readonly #writer: RecordWriter;
  readonly #now: () => Date;
  readonly #check = new StandingCheck();

  constructor(database: Database, writer: RecordWriter, now: () => Date) {
    this.#database = database;
    this.#writer = writer;
    this.#now = now;
  }

  async standing(application: string, environment: string): Promise<Standing> {
    const concerning = (await this.all()).filter((decision) => {
      const scope = scopeOf(decision);
      return (scope.application ?? application) === application && (scope.environment ?? environment) === environment;
    });
    return standingOf(concerning);
  }

  async all(): Promise<readonly StandingDecision[]> {
    return (await this.#checked()).decisions;
  }

  /** Rows that the ledger does not vouch for, and records whose rows are missing. */
  async differences(): Promise<readonly Difference[]> {
    return (await this.#checked()).differences;
  }

  /** What the keys of their records begin with. */
  async keysInForce(): Promise<readonly string[]> {
    return (await this.all()).map(({ id }) => `standing/${id}/`);
  }

  async find(id: string): Promise<KeptDecision | undefined> {
    const decision = (await this.all()).find((one) => one.id === id);
    if (decision !== undefined) return { decision };
    const [row] = await this.#database.read(STANDING_STATEMENTS.find(id));
    return row && readDecision(row);
  }

  async keep(decision: StandingDecision, entry: LedgerEntry): Promise<void> {
    await this.#writer.write([STANDING_STATEMENTS.keep(decision)], [vouchingFor(entry, contentOf(canonicalJson(decision)))]);
  }

  hold(hold: Hold, entry: LedgerEntry): Promise<Hold | undefined> {
    return this.#writer.transaction<Hold | undefined>(async (transaction) => {
      const { application, environment, release } = hold;
      const { decisions } = await this.#check.read(transaction, this.#now().toISOString());
      const other = decisions.find(
        (one): one is Hold =>
          one.kind === 'hold' && one.application === application && one.environment === environment && one.release !== release,
      );
      if (other !== undefined) return { entries: [], result: other };
      await transaction.write([STANDING_STATEMENTS.keep(hold)]);
      return { entries: [vouchingFor(entry, contentOf(canonicalJson(hold)))], result: undefined };
    });
  }

  async end(id: string, ended: EndedBy, entry: LedgerEntry): Promise<void> {
    const vouching = vouchingFor(entry, contentOf(id, canonicalJson(ended)));
    await this.#writer.write([STANDING_STATEMENTS.change(id, 'ended', ended)], [vouching]);
  }

  async ratify(id: string, ratified: Ratification, entry: LedgerEntry): Promise<void> {
    const vouching = vouchingFor(entry, contentOf(id, canonicalJson(ratified)));
    await this.#writer.write([STANDING_STATEMENTS.change(id, 'ratified', ratified)], [vouching]);
  }

  #checked(): Promise<Checked> {
    return this.#check.read(this.#database, this.#now().toISOString());
  }
}
