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
  readonly inbox: Pick<InboxStore, 'claim' | 'renew' | 'putBack' | 'leave' | 'settle' | 'prune'>;
  readonly read: DeliveryReader;
  readonly log: ServerLog;
  /** How long it looks away when nothing is due; a second. */
  readonly idleMs?: number;
}

/** So many are under way at once, */
const AT_ONCE = 16;
/** and so much of what they hold. */
const CHARACTERS_AT_ONCE = 50 * 1024 * 1024;
/** Whatever a delivery waits for, it gives up then, and is taken on again later. */
const DEADLINE_MS = 60_000;
/** One server drains at a time. When it has not been heard of for so long another one does; itself at once when it is back. */
const LEASE_MS = 15_000;
const RENEWED_MS = 5_000;
/** So often may a delivery be begun without coming to an end, by failing or by taking its process with it. */
const TRIES = 5;
/** What was begun twice without coming to an end is tried while nothing else of the kind is: the others may only have been there too when it ended the server. */
const SUSPECT_AFTER = 2;
const HOUR_MS = 3_600_000;

/** What is under way. */
interface Begun {
  readonly lane: string;
  readonly size: number;
  readonly isSuspect: boolean;
  readonly ended: Promise<void>;
}

/** Takes deliveries out of the inbox and has them handled. What it was at when it was killed is taken on first when it is back, or by another server when the lease has ended. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #begun = new Map<number, Begun>();
  readonly #stopping = new AbortController();
  #renewed = 0;
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

  /** Lets go of what is under way, which is taken on again as if it had not been begun, and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    await Promise.all([...this.#begun.values()].map(({ ended }) => ended));
    await this.#quietly('The inbox cannot be left to others', () => this.#options.inbox.leave());
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = new AbortController();
      await this.#quietly('The inbox cannot be kept from others', () => this.#renew());
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
    const begun = [...this.#begun.values()];
    const room = {
      limit: AT_ONCE - begun.length,
      characters: CHARACTERS_AT_ONCE - begun.reduce((sum, { size }) => sum + size, 0),
      except: [...this.#begun.keys()],
      lanes: begun.map(({ lane }) => lane),
      suspects: !begun.some(({ isSuspect }) => isSuspect),
    };
    if (room.limit <= 0 || room.characters <= 0) return 0;
    const claimed = await this.#options.inbox.claim(room, LEASE_MS);
    if (claimed.length > 0) this.#renewed = Date.now();
    await this.#begin(claimed);
    return claimed.length;
  }

  async #renew(): Promise<void> {
    if (this.#begun.size === 0 || Date.now() - this.#renewed < RENEWED_MS) return;
    this.#renewed = Date.now();
    await this.#options.inbox.renew(LEASE_MS);
  }

  /** Where a delivery belongs is known once it was read. What would have to wait there takes no place: it goes back before anything begins. */
  async #begin(claimed: readonly ClaimedDelivery[]): Promise<void> {
    const taken = new Set([...this.#begun.values()].map(({ lane }) => lane));
    const fit: (() => void)[] = [];
    for (const delivery of claimed) {
      const read = this.#read(delivery);
      const lane = 'lane' in read ? read.lane : `delivery ${delivery.number}`;
      if (taken.has(lane) || this.#stopping.signal.aborted) await this.#putBack(delivery, lane);
      else fit.push(() => this.#take(delivery, read, lane));
      taken.add(lane);
    }
    for (const take of fit) take();
  }

  async #putBack(delivery: ClaimedDelivery, lane: string): Promise<void> {
    // What cannot be put back is due again when the lease ends.
    await this.#quietly('A delivery cannot be put back', () => this.#options.inbox.putBack(delivery.number, lane));
  }

  #take(delivery: ClaimedDelivery, read: ReadDelivery | Settlement, lane: string): void {
    const ended = this.#end(delivery, read, lane);
    this.#begun.set(delivery.number, { lane, size: delivery.body.length, isSuspect: delivery.attempts > SUSPECT_AFTER, ended });
    void ended.then(() => {
      this.#begun.delete(delivery.number);
      this.wake();
    });
  }

  #read(delivery: ClaimedDelivery): ReadDelivery | Settlement {
    if (delivery.attempts > TRIES)
      return { state: 'parked', detail: `it was begun ${TRIES} times and came to no end; each time the server ended first` };
    try {
      return this.#options.read(delivery);
    } catch (error) {
      return { state: 'parked', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async #end(delivery: ClaimedDelivery, read: ReadDelivery | Settlement, lane: string): Promise<void> {
    const settlement = 'lane' in read ? await this.#handle(delivery, read) : read;
    if (this.#stopping.signal.aborted && 'afterMs' in settlement) return this.#putBack(delivery, lane);
    // What cannot be written down now is taken on again, and does its work once.
    await this.#quietly('A delivery cannot be settled', () => this.#options.inbox.settle(delivery.number, settlement));
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
