import { CancellationScope, condition, log, patched } from '@temporalio/workflow';
import type { StageDetails, StageReport } from '../activities/github.ts';
import type { RecordedEntry, Unsealed } from '../activities/ledger.ts';
import { emptyLane, isKnown, mergedDetails, offer, takeNext, taken } from '../domain/status-lane.ts';
import { failureText } from './failure-text.ts';
import { ledger } from './proxies/main.ts';
import { github } from './proxies/outside.ts';

/** Tells GitHub in the background, in order, the last state of each context winning while GitHub is slow or down. */
export class StatusLane {
  #lane = emptyLane<StageReport>();
  #sending = false;
  readonly #details = new DetailsLane();

  constructor() {
    void this.#drain();
  }

  tell(report: StageReport): void {
    this.#lane = offer(this.#lane, report);
  }

  /** Whether everything has been told, or GitHub has finally refused it. */
  isDrained(): boolean {
    return this.#lane.waiting.length === 0 && !this.#sending && this.#details.isDrained();
  }

  async #drain(): Promise<never> {
    for (;;) {
      await condition(() => this.#lane.waiting.length > 0);
      const taking = takeNext(this.#lane);
      if (taking === undefined) continue;
      this.#lane = taking.rest;
      // Asked only where it matters, so that releases of before go on as they began.
      if (isKnown(this.#lane, taking.next) && patched('nothing-told-twice')) continue;
      this.#sending = true;
      await this.#send(taking.next);
      this.#sending = false;
    }
  }

  async #send(report: StageReport): Promise<void> {
    try {
      const outcome = await github.reportStatus(this.#details.isBehind(report.context) ? this.#withoutDetails(report) : report);
      if (outcome?.isStatusRefused !== true) this.#lane = taken(this.#lane, report);
      if (outcome?.refused !== undefined) warn(report.context, outcome.refused.join('\n'));
      if (outcome?.untold !== undefined) this.#details.tell(outcome.untold);
    } catch (error) {
      // A status is a courtesy: it never fails a release.
      warn(report.context, failureText(error));
    }
  }

  /** What is told of an older transition comes first. */
  #withoutDetails({ deployments, check, ...status }: StageReport): StageReport {
    const { application, commit, context, release } = status;
    const named = { application, commit, context, ...(release !== undefined && { release }) };
    this.#details.tell({ ...named, ...(deployments !== undefined && { deployments }), ...(check !== undefined && { check }) });
    return status;
  }
}

/** Deployments and check runs that cannot be told with a status: in order, each context's last word counts. */
export class DetailsLane {
  readonly #waiting = new Map<string, StageDetails>();
  #sending: string | undefined;

  tell(details: StageDetails): void {
    const before = this.#waiting.get(details.context);
    this.#waiting.set(details.context, before === undefined ? details : mergedDetails(before, details));
    if (this.#sending === undefined) void this.#drain();
  }

  isBehind(context: string): boolean {
    return this.#waiting.has(context) || this.#sending === context;
  }

  isDrained(): boolean {
    return this.#waiting.size === 0 && this.#sending === undefined;
  }

  async #drain(): Promise<void> {
    for (let [next] = this.#waiting.values(); next !== undefined; [next] = this.#waiting.values()) {
      this.#waiting.delete(next.context);
      this.#sending = next.context;
      await github.reportDetails(next).catch((error: unknown) => warn(next?.context ?? '', failureText(error)));
    }
    this.#sending = undefined;
  }
}

function warn(context: string, reason: string): void {
  log.warn('GitHub was not told', { context, reason });
}

/** Writes records in order. A way back never waits for the ledger: its records are held here until the ledger answers. */
export class LedgerLane {
  #tail: Promise<unknown> = Promise.resolve();

  /** Resolves when the record, and all before it, are written; where it was to be sealed at once, with why it could not be. */
  append(entry: RecordedEntry): Promise<Unsealed | undefined> {
    const written = this.#tail.then(() => CancellationScope.nonCancellable(() => ledger.appendEntry(entry)));
    this.#tail = written;
    return written;
  }

  /** Does something once a record is written, without holding up the caller. */
  after(recorded: Promise<unknown>, act: () => Promise<void>): void {
    this.#tail = Promise.all([this.#tail, recorded.then(() => CancellationScope.nonCancellable(act))]).then(() => undefined);
  }

  /** Resolves when everything handed in so far is written. */
  async written(): Promise<void> {
    await this.#tail;
  }
}
