import { CancellationScope, condition, log, patched } from '@temporalio/workflow';
import type { StageReport } from '../activities/github.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import { emptyLane, isKnown, offer, takeNext, taken } from '../domain/status-lane.ts';
import { failureText } from './failure-text.ts';
import { github, ledger } from './proxies.ts';

/** Tells GitHub in the background, in order, the last state of each context winning while GitHub is slow or down. */
export class StatusLane {
  #lane = emptyLane<StageReport>();
  #sending = false;

  constructor() {
    void this.#drain();
  }

  tell(report: StageReport): void {
    this.#lane = offer(this.#lane, report);
  }

  /** Whether everything has been told, or GitHub has finally refused it. */
  isDrained(): boolean {
    return this.#lane.waiting.length === 0 && !this.#sending;
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
      await github.reportStatus(report);
      this.#lane = taken(this.#lane, report);
    } catch (error) {
      // A status is a courtesy: it never fails a release.
      log.warn('GitHub was not told', { context: report.context, reason: failureText(error) });
    }
  }
}

/** Writes records in order. A way back never waits for the ledger: its records are held here until the ledger answers. */
export class LedgerLane {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves when the record, and all before it, are written; `sealed`, when they stand in a signed checkpoint too. */
  append(entry: LedgerEntry, { sealed = false } = {}): Promise<void> {
    const input = sealed ? { ...entry, sealed } : entry;
    this.#tail = this.#tail.then(() => CancellationScope.nonCancellable(() => ledger.appendEntry(input)));
    return this.#tail;
  }

  /** Does something once a record is written, without holding up the caller. */
  after(recorded: Promise<void>, act: () => Promise<void>): void {
    this.#tail = Promise.all([this.#tail, recorded.then(() => CancellationScope.nonCancellable(act))]).then(() => undefined);
  }

  /** Resolves when everything handed in so far is written. */
  async written(): Promise<void> {
    await this.#tail;
  }
}
