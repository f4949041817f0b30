import type { Digest } from '../digest.ts';
import type { GateFacts } from './facts.ts';
import type { OwnedRules } from './rules.ts';
import type { GateSubject, Vote } from './votes.ts';

/** All that decides whether a stage may start, but the time. Plain JSON. */
export interface GateQuestion {
  readonly subject: GateSubject;
  readonly application: string;
  readonly environment: string;
  readonly commit?: string;
  /** What would run there. */
  readonly digests: readonly Digest[];
  /** The environment's rules and the pipeline's: each must be met by itself. */
  readonly rules: readonly OwnedRules[];
  readonly votes: readonly Vote[];
  readonly initiator: string;
  /** Who set the release off as well, or took the stage, or what it needs, on by hand: starters too. */
  readonly promoters?: readonly string[];
  /** Who asked for this very stage, where each release needs somebody to. */
  readonly promotedBy?: string;
  /** Who brought it here without the right to take it into this environment: somebody who has it must ask for it. */
  readonly outOfReachOf?: string;
  /** That person is whom a delivery names alone, so that it goes only where it does no matter who it was. */
  readonly isUnproved?: true;
  /** Since when the gate waits, in milliseconds since the epoch. */
  readonly waitingSince: number;
  readonly facts: GateFacts;
}
