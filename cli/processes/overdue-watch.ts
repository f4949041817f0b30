import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { ServerLog } from '../../server/ports.ts';

const EVERY_MS = 60_000;
/** Longer than one delivery may take that others of its lane wait for, four times over, and than another server's lease. */
const OVERDUE_MS = 300_000;

export interface OverdueOptions {
  readonly inbox: Pick<InboxStore, 'oldestDue'>;
  readonly log: ServerLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Tells the log when what came is not taken on: whoever should may hang without ending, and senders are thanked all the same. Once, until it is
 * taken on again, which is told too.
 */
export class OverdueWatch {
  readonly #options: OverdueOptions;
  #timer: NodeJS.Timeout | undefined;
  #isTold = false;

  constructor(options: OverdueOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.once(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async once(): Promise<void> {
    const { inbox, log, now } = this.#options;
    try {
      const oldest = await inbox.oldestDue();
      const isOverdue = oldest !== undefined && now() - Date.parse(oldest.dueAt) > OVERDUE_MS;
      if (isOverdue && !this.#isTold) log.error({ delivery: oldest.number, dueAt: oldest.dueAt }, 'Deliveries are not taken on');
      if (!isOverdue && this.#isTold) log.info({}, 'Deliveries are taken on again');
      this.#isTold = isOverdue;
    } catch (err) {
      log.error({ err }, 'Whether deliveries are taken on cannot be seen');
    }
  }
}
