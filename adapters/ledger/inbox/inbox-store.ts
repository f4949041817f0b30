import type { ClaimedDelivery, DeliveryState, KeptDelivery, ReceivedDelivery, Settlement } from '../../../domain/inbox/delivery.ts';

/** What whoever drains the inbox has room for. */
export interface ClaimRoom {
  readonly limit: number;
  /** So many characters of bodies at most; one delivery is given all the same where nothing is under way. */
  readonly characters: number;
  /** What is under way. */
  readonly except: readonly number[];
  /** Lanes that are taken. */
  readonly lanes: readonly string[];
  /** Whether one may be among them that was begun twice and came to no end: such are tried one at a time, so that the one that ends servers is found. */
  readonly suspects: boolean;
}

/** Deliveries between their acknowledgement and their effect, and what is remembered of them. Everything throws LedgerUnavailable. */
export interface InboxStore {
  /** Resolves once the delivery is on the disk. A delivery that is there already stays as it is; one of the same words as another is kept as ignored, without them. */
  receive(delivery: ReceivedDelivery): Promise<{ readonly isNew: boolean }>;
  /**
   * Deliveries that are due, oldest first, each counted as begun: one of each lane that is known, and one suspect at most. Nothing while another server
   * drains the inbox, or another life of this one that began later. Whoever is given something drains it for `leaseMs` from then on.
   */
  claim(room: ClaimRoom, leaseMs: number): Promise<readonly ClaimedDelivery[]>;
  /** What has been due for longest and was not begun; undefined where nothing is. ISO 8601 in UTC. */
  oldestDue(): Promise<{ readonly number: number; readonly dueAt: string } | undefined>;
  /** Keeps others from draining for `leaseMs` more, where this server still drains. */
  renew(leaseMs: number): Promise<void>;
  /** Undoes a claim: the delivery was not begun, or was broken off by us. It is due at once, when nothing of its lane is under way. */
  putBack(number: number, lane: string): Promise<void>;
  /** Lets another server drain at once. */
  leave(): Promise<void>;
  settle(number: number, settlement: Settlement): Promise<void>;
  /** The delivery by which something was done already; undefined where none was. */
  handled(subject: string): Promise<number | undefined>;
  /** The commit of a branch that was released last. */
  head(place: string): Promise<string | undefined>;
  setHead(place: string, head: string): Promise<void>;
  /** Newest first. `next` is the `before` of the page that follows. */
  list(page: {
    readonly state?: DeliveryState;
    readonly limit: number;
    readonly before?: number;
  }): Promise<{ readonly deliveries: readonly KeptDelivery[]; readonly next?: number }>;
  /** With its body, which is empty once it has been thrown away. */
  find(number: number): Promise<(KeptDelivery & { readonly body: string }) | undefined>;
  isKnown(source: string, id: string): Promise<boolean>;
  /** Has an ended delivery taken on again, also where others of its subject were done. */
  replay(number: number, detail: string): Promise<void>;
  /** Forgets what is older than 90 days, and throws away what older deliveries held that are done. */
  prune(): Promise<void>;
  close(): void;
}
