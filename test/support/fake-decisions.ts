import type { Decisions, EndedBy, KeptDecision } from '../../activities/standing.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { endOf, type Hold, type Ratification, type Standing, type StandingDecision, scopeOf, standingOf } from '../../domain/standing.ts';

/** What people decided beforehand, in memory, with the records that came with it. */
export class FakeDecisions implements Decisions {
  readonly kept = new Map<string, KeptDecision>();
  readonly records: LedgerEntry[] = [];
  failure: Error | undefined;

  async standing(application: string, environment: string): Promise<Standing> {
    const concerning = (await this.all()).filter((decision) => {
      const scope = scopeOf(decision);
      return (scope.application ?? application) === application && (scope.environment ?? environment) === environment;
    });
    return standingOf(concerning);
  }

  async all(): Promise<readonly StandingDecision[]> {
    if (this.failure) throw this.failure;
    const now = new Date().toISOString();
    return [...this.kept.values()]
      .filter((one) => one.ended === undefined && (endOf(one.decision) ?? '9') > now)
      .map((one) => one.decision);
  }

  async find(id: string): Promise<KeptDecision | undefined> {
    return this.kept.get(id);
  }

  async keep(decision: StandingDecision, entry: LedgerEntry): Promise<void> {
    if (this.failure) throw this.failure;
    if (!this.kept.has(decision.id)) this.kept.set(decision.id, { decision });
    this.#record(entry);
  }

  async hold(hold: Hold, entry: LedgerEntry): Promise<Hold | undefined> {
    const { holds } = await this.standing(hold.application, hold.environment);
    const other = holds.find(({ release }) => release !== hold.release);
    if (other === undefined) await this.keep(hold, entry);
    return other;
  }

  async end(id: string, ended: EndedBy, entry: LedgerEntry): Promise<void> {
    const kept = this.kept.get(id);
    if (kept !== undefined && kept.ended === undefined) this.kept.set(id, { ...kept, ended });
    this.#record(entry);
  }

  async ratify(id: string, ratified: Ratification, entry: LedgerEntry): Promise<void> {
    const kept = this.kept.get(id);
    if (kept?.decision.kind === 'break-glass' && kept.decision.ratified === undefined)
      this.kept.set(id, { ...kept, decision: { ...kept.decision, ratified } });
    this.#record(entry);
  }

  #record(entry: LedgerEntry): void {
    if (!this.records.some((other) => other.key === entry.key)) this.records.push(entry);
  }
}
