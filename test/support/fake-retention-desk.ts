import type { RetentionRow } from '../../domain/retention-report.ts';
import type { RetentionOrder, RetentionStatus } from '../../domain/retention-run.ts';
import { NotFound } from '../../temporal/errors.ts';
import type { RetentionDesk } from '../../temporal/retention-desk.ts';

/** Stands in for retention's workflows: a run is what a test says of the order, and every order is kept. */
export class FakeRetentionDesk implements RetentionDesk {
  readonly orders: { readonly order: RetentionOrder; readonly requestId: string }[] = [];
  readonly stopped: string[] = [];
  readonly #runs = new Map<string, RetentionStatus>();
  /** What a run has come to when it is first asked. */
  answer: (order: RetentionOrder) => RetentionStatus = ({ apply, actor }) => ({ apply, actor, state: 'done', repositories: [] });
  rowsOf: Readonly<Record<string, readonly RetentionRow[]>> = {};
  /** Thrown by every method while set. */
  failure: Error | undefined;

  async start(order: RetentionOrder, requestId: string): Promise<string> {
    if (this.failure) throw this.failure;
    this.orders.push({ order, requestId });
    const run = `${order.apply ? 'apply' : 'look'}-${this.orders.length}`;
    this.#runs.set(run, this.answer(order));
    return run;
  }

  put(run: string, status: RetentionStatus): void {
    this.#runs.set(run, status);
  }

  async status(run: string): Promise<RetentionStatus> {
    if (this.failure) throw this.failure;
    const found = this.#runs.get(run);
    if (!found) throw new NotFound(`There is no retention run ${run}`);
    return found;
  }

  async rows(run: string, repository: string): Promise<readonly RetentionRow[]> {
    await this.status(run);
    return this.rowsOf[repository] ?? [];
  }

  async stop(run: string): Promise<void> {
    const status = await this.status(run);
    this.stopped.push(run);
    this.#runs.set(run, { ...status, state: 'cancelled' });
  }
}
