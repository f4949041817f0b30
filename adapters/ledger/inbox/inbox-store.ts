import type { ClaimedDelivery, DeliveryState, KeptDelivery, ReceivedDelivery, Settlement } from '../../../domain/inbox/delivery.ts';

/** Deliveries between their acknowledgement and their effect, and what is remembered of them. Everything throws LedgerUnavailable. */
export interface InboxStore {
  /** Resolves once the delivery is on the disk. A delivery that is there already stays as it is. */
  receive(delivery: ReceivedDelivery): Promise<{ readonly isNew: boolean }>;
  /** Deliveries that are due, oldest first, without those that one is at already; nobody else is given them for `leaseMs`. */
  claim(limit: number, leaseMs: number, except: readonly number[]): Promise<readonly ClaimedDelivery[]>;
  /** Gives back what this server had claimed in an earlier life and did not settle, so that it keeps its place before what came later. */
  resume(): Promise<void>;
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
