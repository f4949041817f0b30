/** Why a gate is open or closed, for people and machines. */
export interface GateReport {
  readonly kind: 'approval';
  readonly open: boolean;
  /** A sentence: what holds it, or why it is open. */
  readonly reason: string;
  /** Who or what can open it. */
  readonly openedBy: readonly string[];
  /** The next moment at which it changes by itself, ISO 8601. */
  readonly changesAt?: string;
}

/** One person's yes or no, for exactly what it names. */
export interface Vote {
  readonly person: string;
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  readonly at: string;
}

/** What a vote is bound to: with any of these changed it no longer counts. */
export interface GateSubject {
  readonly release: number;
  readonly stage: string;
  readonly planHash: string;
  readonly policyRevision: string;
}
