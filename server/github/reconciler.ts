import { setTimeout as pause } from 'node:timers/promises';
import type { GitHubReads, HookDelivery, HookPlace } from '../../adapters/github/reads.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { GitHubSource } from '../../domain/inbox/github-sources.ts';
import type { ServerLog } from '../ports.ts';
import { payloadText } from './payload-text.ts';

/** Where a webhook may be set up that sends to us, and what its deliveries come from as the inbox has it. */
export interface WatchedHooks extends HookPlace {
  readonly source: GitHubSource;
}

export interface ReconcilerOptions {
  readonly github: Pick<GitHubReads, 'hooks' | 'deliveries' | 'payload'>;
  readonly inbox: Pick<InboxStore, 'isKnown' | 'receive'>;
  readonly places: readonly WatchedHooks[];
  /** Where our webhook sends to. */
  readonly url: string;
  readonly log: ServerLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** GitHub keeps deliveries no longer. */
const KEPT_MS = 3 * 86_400_000;
const EVERY_MS = 600_000;
/** After a start, what came while nobody listened is looked for several times: GitHub shows a delivery that failed after seconds, or after minutes. */
const SOON_MS = [1_000, 29_000, 90_000];
const DEADLINE_MS = 120_000;
/** A busy organisation's webhook has a thousand pages of deliveries in three days. */
const LISTING_MS = 900_000;
/** Looked at once more each time. */
const OVERLAP_MS = 900_000;

type Outcome = 'new' | 'known' | 'failed';

/** Takes in what GitHub sent and nobody received: it sends each delivery once. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** By place: until when everything that GitHub sent was looked at, in milliseconds since the epoch. */
  readonly #seenUntil = new Map<string, number>();
  /** Places where we may not look, which was told. */
  readonly #refused = new Set<string>();

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

  /** Returns how many deliveries had been missed. A place that cannot be asked is asked next time. */
  async once(): Promise<number> {
    let missed = 0;
    for (const place of this.#options.places) {
      try {
        missed += await this.#look(place);
        this.#refused.delete(nameOf(place));
      } catch (error) {
        if (this.#stopping.signal.aborted) return missed;
        this.#tell(place, error);
      }
    }
    return missed;
  }

  /** What we may not do is told once: most installations have no right to an organisation's webhooks, and need none. */
  #tell(place: WatchedHooks, err: unknown): void {
    const isRefused = err instanceof Error && err.name === 'GitHubRefused';
    if (isRefused && this.#refused.has(nameOf(place))) return;
    if (isRefused) this.#refused.add(nameOf(place));
    const { kind, repository } = place;
    const message = 'What GitHub sent while nobody listened cannot be looked at';
    if (isRefused && kind === 'organization') this.#options.log.info({ err, webhooks: kind, repository }, message);
    else this.#options.log.error({ err, webhooks: kind, repository }, message);
  }

  #tellCut({ kind, repository }: WatchedHooks, oldest: HookDelivery | undefined): void {
    const facts = { webhooks: kind, repository, delivery: oldest?.guid, deliveredAt: oldest?.deliveredAt };
    this.#options.log.error(facts, 'GitHub sent more than can be looked at: what is older than the delivery named here is not taken in');
  }

  async #run(): Promise<void> {
    for (let round = 0; ; round += 1) {
      await pause(SOON_MS[round] ?? EVERY_MS, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      const missed = await this.once();
      if (missed > 0) this.#options.log.info({ missed }, 'Took in what GitHub sent while nobody listened');
    }
  }

  #within(deadlineMs: number): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(deadlineMs)]);
  }

  async #look(place: WatchedHooks): Promise<number> {
    const { github, url, now } = this.#options;
    const began = now();
    const since = Math.max(began - KEPT_MS, (this.#seenUntil.get(nameOf(place)) ?? 0) - OVERLAP_MS);
    const outcomes: Outcome[] = [];
    for (const hook of await github.hooks(place, url, { signal: this.#within(DEADLINE_MS) })) {
      const listed = await github.deliveries(place, hook, new Date(since).toISOString(), { signal: this.#within(LISTING_MS) });
      if (listed.isCut) this.#tellCut(place, listed.deliveries.at(-1));
      // To look through what is known takes none of the time for what is not: of a busy webhook that is nearly all.
      const missed = await this.#unknown(place, listed.deliveries);
      const signal = this.#within(DEADLINE_MS);
      // In the order in which they were sent, and several attempts of one once.
      for (const delivery of missed.reverse()) outcomes.push(await this.#tryToTakeIn(place, hook, delivery, signal));
    }
    // What could not be had is looked for again, for as long as GitHub keeps it.
    if (!outcomes.includes('failed')) this.#seenUntil.set(nameOf(place), began);
    return outcomes.filter((outcome) => outcome === 'new').length;
  }

  async #unknown({ source }: WatchedHooks, deliveries: readonly HookDelivery[]): Promise<HookDelivery[]> {
    const unknown: HookDelivery[] = [];
    for (const delivery of deliveries) {
      this.#stopping.signal.throwIfAborted();
      if (!(await this.#options.inbox.isKnown(source, delivery.guid))) unknown.push(delivery);
    }
    return unknown;
  }

  /** One that cannot be had keeps none of the others from being taken in; where GitHub answers nobody now, nothing more is asked. */
  async #tryToTakeIn(place: WatchedHooks, hook: number, delivery: HookDelivery, signal: AbortSignal): Promise<Outcome> {
    try {
      return (await this.#takeIn(place, hook, delivery, signal)) ? 'new' : 'known';
    } catch (err) {
      if (signal.aborted || (err instanceof Error && err.name === 'GitHubUnavailable')) throw err;
      const { kind, repository } = place;
      this.#options.log.error(
        { err, webhooks: kind, repository, delivery: delivery.guid },
        'A delivery that was missed cannot be taken in',
      );
      return 'failed';
    }
  }

  async #takeIn(place: WatchedHooks, hook: number, { id, guid, event }: HookDelivery, signal: AbortSignal): Promise<boolean> {
    const { github, inbox } = this.#options;
    const { source } = place;
    if (await inbox.isKnown(source, guid)) return false;
    const payload = await github.payload(place, hook, id, { signal });
    if (payload === undefined) return false;
    return (await inbox.receive({ source, id: guid, event, contentType: 'application/json', body: payloadText(payload) })).isNew;
  }
}

/** An organisation has its webhooks once, whichever of its repositories is named. */
function nameOf({ kind, repository }: WatchedHooks): string {
  return `${kind} ${repository}`;
}
