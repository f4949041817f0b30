import { setTimeout as pause } from 'node:timers/promises';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { ClaimedDelivery, Settlement } from '../../domain/inbox/delivery.ts';
import type { ServerLog } from '../ports.ts';
import { settlementOf } from './settlement.ts';

/** A delivery that was read: deliveries of one lane are handled one after the other, in the order in which they came. */
export interface ReadDelivery {
  readonly lane: string;
  handle(signal: AbortSignal): Promise<Settlement>;
}

/** Reads a delivery without asking anybody. Throws for one that cannot be understood. */
export type DeliveryReader = (delivery: ClaimedDelivery) => ReadDelivery;

export interface DrainOptions {
  readonly inbox: Pick<InboxStore, 'claim' | 'resume' | 'settle' | 'prune'>;
  readonly read: DeliveryReader;
  readonly log: ServerLog;
  /** How long it looks away when nothing is due; a second. */
  readonly idleMs?: number;
}

/** So many are under way at once. */
const AT_ONCE = 16;
/** Whatever a delivery waits for, it gives up then, and is taken on again later. */
const DEADLINE_MS = 60_000;
/** What a server claimed and did not settle is taken on again after that, by another one or by itself when it is back. */
const LEASE_MS = 15_000;
/** So often may a delivery be taken on without coming to an end, by failing or by taking its process with it. */
const TRIES = 5;
const HOUR_MS = 3_600_000;

/** Takes deliveries out of the inbox and has them handled. What it was at when it was killed is taken on first when it is back, or by another server when the lease has ended. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #atWork = new Set<number>();
  readonly #stopping = new AbortController();
  #woken = new AbortController();
  #pruned = 0;
  #running: Promise<void> | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something new. */
  wake(): void {
    this.#woken.abort();
  }

  /** Lets go of what is under way, which is taken on again later, and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await Promise.all([this.#running, ...this.#lanes.values()]);
  }

  async #run(): Promise<void> {
    await this.#quietly('Deliveries cannot be read', () => this.#options.inbox.resume());
    while (!this.#stopping.signal.aborted) {
      this.#woken = new AbortController();
      const claimed = await this.#quietly('Deliveries cannot be read', () => this.#claim());
      if (claimed === undefined || claimed === 0) await this.#idle();
    }
  }

  async #idle(): Promise<void> {
    await this.#quietly('Old deliveries cannot be thrown away', () => this.#prune());
    const signal = AbortSignal.any([this.#woken.signal, this.#stopping.signal]);
    await pause(this.#options.idleMs ?? 1_000, undefined, { signal }).catch(() => undefined);
  }

  async #claim(): Promise<number> {
    const room = AT_ONCE - this.#atWork.size;
    if (room <= 0) return 0;
    const claimed = await this.#options.inbox.claim(room, LEASE_MS, [...this.#atWork]);
    for (const delivery of claimed) this.#take(delivery);
    return claimed.length;
  }

  #take(delivery: ClaimedDelivery): void {
    this.#atWork.add(delivery.number);
    const read = this.#read(delivery);
    const lane = 'lane' in read ? read.lane : `delivery ${delivery.number}`;
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const ended = before.then(() => this.#end(delivery, read));
    this.#lanes.set(lane, ended);
    void ended.then(() => {
      if (this.#lanes.get(lane) === ended) this.#lanes.delete(lane);
    });
  }

  #read(delivery: ClaimedDelivery): ReadDelivery | Settlement {
    if (delivery.attempts > TRIES)
      return { state: 'parked', detail: `it was taken on ${TRIES} times and came to no end; each time the server ended first` };
    try {
      return this.#options.read(delivery);
    } catch (error) {
      return { state: 'parked', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async #end(delivery: ClaimedDelivery, read: ReadDelivery | Settlement): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      const settlement = 'lane' in read ? await this.#handle(delivery, read) : read;
      // What cannot be written down now is taken on again, and does its work once.
      await this.#quietly('A delivery cannot be settled', () => this.#options.inbox.settle(delivery.number, settlement));
    }
    this.#atWork.delete(delivery.number);
    this.wake();
  }

  async #handle(delivery: ClaimedDelivery, read: ReadDelivery): Promise<Settlement> {
    try {
      return await read.handle(AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DEADLINE_MS)]));
    } catch (error) {
      const settlement = settlementOf(error, delivery, TRIES, Date.now());
      if (settlement.state === 'failed' || settlement.state === 'parked')
        this.#options.log.error(
          { err: error, delivery: delivery.number, source: delivery.source, event: delivery.event },
          'Delivery failed',
        );
      return settlement;
    }
  }

  async #prune(): Promise<void> {
    if (Date.now() - this.#pruned < HOUR_MS) return;
    this.#pruned = Date.now();
    await this.#options.inbox.prune();
  }

  async #quietly<Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#options.log.error({ err: error }, what);
      return undefined;
    }
  }
}
