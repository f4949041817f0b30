import { setTimeout as pause } from 'node:timers/promises';
import type { GitHubReads, HookDelivery } from '../../adapters/github/reads.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { ServerLog } from '../ports.ts';

export interface ReconcilerOptions {
  readonly github: Pick<GitHubReads, 'hooks' | 'deliveries' | 'payload'>;
  readonly inbox: Pick<InboxStore, 'isKnown' | 'receive'>;
  /** `owner/name`. */
  readonly repositories: readonly string[];
  /** Where our webhook sends to. */
  readonly url: string;
  readonly log: ServerLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** GitHub keeps deliveries no longer. */
const KEPT_MS = 3 * 86_400_000;
const EVERY_MS = 600_000;
/** GitHub is slow to show what it has just sent. */
const FIRST_AFTER_MS = 1_000;
const DEADLINE_MS = 120_000;
/** Looked at once more each time. */
const OVERLAP_MS = 3_600_000;

type Outcome = 'new' | 'known' | 'failed';

/** Takes in what GitHub sent and nobody received: it sends each delivery once. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** By repository: until when everything that GitHub sent was looked at, in milliseconds since the epoch. */
  readonly #seenUntil = new Map<string, number>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Returns how many deliveries had been missed. A repository that cannot be asked is asked next time. */
  async once(): Promise<number> {
    let missed = 0;
    for (const repository of this.#options.repositories) {
      try {
        missed += await this.#repository(repository, AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DEADLINE_MS)]));
      } catch (error) {
        if (this.#stopping.signal.aborted) return missed;
        this.#options.log.error({ err: error, repository }, 'What GitHub sent while nobody listened cannot be looked at');
      }
    }
    return missed;
  }

  async #run(): Promise<void> {
    for (let wait = FIRST_AFTER_MS; ; wait = EVERY_MS) {
      await pause(wait, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      const missed = await this.once();
      if (missed > 0) this.#options.log.info({ missed }, 'Took in what GitHub sent while nobody listened');
    }
  }

  async #repository(repository: string, signal: AbortSignal): Promise<number> {
    const { github, url, now } = this.#options;
    const began = now();
    const since = Math.max(began - KEPT_MS, (this.#seenUntil.get(repository) ?? 0) - OVERLAP_MS);
    const outcomes: Outcome[] = [];
    for (const hook of await github.hooks(repository, url, { signal })) {
      const all = await github.deliveries(repository, hook, new Date(since).toISOString(), { signal });
      // In the order in which they were sent, and several attempts of one once.
      for (const delivery of [...all].reverse()) outcomes.push(await this.#tryToTakeIn(repository, hook, delivery, signal));
    }
    // What could not be had is looked for again, for as long as GitHub keeps it.
    if (!outcomes.includes('failed')) this.#seenUntil.set(repository, began);
    return outcomes.filter((outcome) => outcome === 'new').length;
  }

  /** One that cannot be had keeps none of the others from being taken in; where GitHub answers nobody now, nothing more is asked. */
  async #tryToTakeIn(repository: string, hook: number, delivery: HookDelivery, signal: AbortSignal): Promise<Outcome> {
    try {
      return (await this.#takeIn(repository, hook, delivery, signal)) ? 'new' : 'known';
    } catch (error) {
      if (signal.aborted || (error instanceof Error && error.name === 'GitHubUnavailable')) throw error;
      this.#options.log.error({ err: error, repository, delivery: delivery.guid }, 'A delivery that was missed cannot be taken in');
      return 'failed';
    }
  }

  async #takeIn(repository: string, hook: number, { id, guid, event }: HookDelivery, signal: AbortSignal): Promise<boolean> {
    const { github, inbox } = this.#options;
    if (await inbox.isKnown('github', guid)) return false;
    const payload = await github.payload(repository, hook, id, { signal });
    if (payload === undefined) return false;
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return (await inbox.receive({ source: 'github', id: guid, event, contentType: 'application/json', body })).isNew;
  }
}
