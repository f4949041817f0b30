/**
 * What became of a delivery. `waiting` is taken on, now or again later; `done` had its effect; `ignored` is understood and asks for nothing;
 * `parked` came to no end by itself: a person reads why, and can have it taken on again.
 */
export const DELIVERY_STATES = ['waiting', 'done', 'ignored', 'parked'] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A message of another system as it came, its signature found right. */
export interface ReceivedDelivery {
  /** `github`, or `images/NAME` for a webhook of the installation's file. */
  readonly source: string;
  /** The sender's own name for it, or the digest of what it holds where the sender has none. */
  readonly id: string;
  /** `push`, say; empty where the sender does not tell. */
  readonly event: string;
  readonly contentType: string;
  readonly body: string;
  /** Whether the same words can tell of something new, as where a tag is told alone; absent where who sends them again tells nothing new. */
  readonly isRepeatable?: boolean;
}

/** A delivery as lists show it. Times are ISO 8601 in UTC. */
export interface KeptDelivery {
  /** 1, 2, 3, … in the order in which they came. */
  readonly number: number;
  readonly source: string;
  readonly id: string;
  readonly event: string;
  readonly receivedAt: string;
  readonly state: DeliveryState;
  /** How often it was taken on without coming to an end. */
  readonly attempts: number;
  /** What became of it, or why it waits. */
  readonly detail: string;
  /** When it is taken on next; absent once it has ended. */
  readonly dueAt?: string;
}

/** A delivery that somebody has taken on. */
export interface ClaimedDelivery extends ReceivedDelivery {
  readonly number: number;
  readonly receivedAt: string;
  /** This time included. */
  readonly attempts: number;
}

/** How taking a delivery on ended. */
export type Settlement =
  | {
      readonly state: 'done' | 'ignored';
      readonly detail: string;
      /** What it was about, in words that every delivery of the same has: others of it are ignored from now on. */
      readonly subject?: string;
      /** Nothing came of it, and who tells the same in the same words later may mean it anew, as who presses a button again. */
      readonly isRepeatable?: true;
    }
  | { readonly state: 'parked'; readonly detail: string }
  /** Something outside does not answer: not the delivery's fault. */
  | { readonly state: 'later'; readonly detail: string; readonly afterMs: number }
  /** It failed, and may do so each time. */
  | { readonly state: 'failed'; readonly detail: string; readonly afterMs: number };
