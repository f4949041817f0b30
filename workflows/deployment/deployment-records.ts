import type { Deployment } from '../../domain/deployment.ts';
import type { LedgerAction, LedgerEntry } from '../../domain/ledger.ts';
import type { KnownBy } from '../../domain/people/known-by.ts';
import { LedgerLane } from '../lanes.ts';

/** What a deployment writes into the ledger, in order, while it is under way. */
export class DeploymentRecords {
  readonly #lane = new LedgerLane();
  readonly #unwritten = new Set<LedgerEntry>();

  /** `unwritten` is what an earlier run of the deployment was left with. */
  constructor(
    private readonly deployment: Deployment,
    unwritten: readonly LedgerEntry[] = [],
  ) {
    for (const entry of unwritten) void this.#write(entry);
  }

  /** Grows with each deployment of the environment. */
  get generation(): number {
    return this.deployment.generation;
  }

  /** Records that the ledger has not taken yet. A way back does not wait for it: whoever is told of the outcome writes them. */
  unwritten(): LedgerEntry[] {
    return [...this.#unwritten];
  }

  /** Resolves when it is written. `event` names it within the action. */
  async keep(action: LedgerAction, event: string, actor: string, reason: string, known?: KnownBy): Promise<void> {
    const { id, application, environment, release } = this.deployment;
    const key = `${id}/${action}/${event}`;
    const at = new Date().toISOString();
    const entry: LedgerEntry = { ...known, key, action, actor, application, environment, release: release.number, reason, at };
    await this.#write(entry);
  }

  async #write(entry: LedgerEntry): Promise<void> {
    this.#unwritten.add(entry);
    await this.#lane.append(entry);
    this.#unwritten.delete(entry);
  }
}
