import type { KnownBy } from './people/known-by.ts';
import type { Block } from './standing.ts';

export interface RollbackRequest {
  /** The release to return to; undefined is the last good one before the current. */
  readonly to?: number;
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
  /** That the person knows of forward-only jobs that the way back leads past. */
  readonly pastForwardOnly?: boolean;
  /** Only as long as this release runs or is being deployed. */
  readonly from?: number;
  /** Blocks that forbid to return to what they block; absent where the person goes past them, or nobody knows of any. */
  readonly blocks?: readonly Block[];
  /** The alarm that asks for it. */
  readonly alarm?: string;
  /** The workflow that is told how it ended. */
  readonly reportTo?: string;
  /** Those that are told as well, as this is done in the stead of what they asked for; absent where there are none. */
  readonly alsoReportTo?: readonly string[];
}

/** A rollback that the engine itself asks for. */
export interface RollbackOrder {
  readonly application: string;
  readonly environment: string;
  readonly request: RollbackRequest;
  /** A repeated order with the same one finds the first. */
  readonly requestId: string;
}

export type DeskRollback =
  | { readonly kind: 'returns'; readonly to: number }
  /** Nothing to return from or to; the environment says why. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** Whether what it was to return from runs there all the same. */
      readonly stays: boolean;
    };

export interface RollbackAnswer {
  readonly deployment: string;
  readonly from: number;
  readonly to: number;
}
