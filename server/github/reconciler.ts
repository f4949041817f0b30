import { setTimeout as pause } from 'node:timers/promises';
import type { GitHubReads } from '../../adapters/github/reads.ts';
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

/** Takes in what GitHub sent and nobody received: it sends each delivery once. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

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
    const since = new Date(now() - KEPT_MS).toISOString();
    let missed = 0;
    for (const hook of await github.hooks(repository, url, { signal })) {
      const all = await github.deliveries(repository, hook, since, { signal });
      // In the order in which they were sent, and several attempts of one once.
      for (const delivery of [...all].reverse()) if (await this.#takeIn(repository, hook, delivery, signal)) missed += 1;
    }
    return missed;
  }

  async #takeIn(
    repository: string,
    hook: number,
    { id, guid, event }: { readonly id: number; readonly guid: string; readonly event: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { github, inbox } = this.#options;
    if (await inbox.isKnown('github', guid)) return false;
    const payload = await github.payload(repository, hook, id, { signal });
    if (payload === undefined) return false;
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return (await inbox.receive({ source: 'github', id: guid, event, contentType: 'application/json', body })).isNew;
  }
}
