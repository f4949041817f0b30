import type { DeployableRelease, PreviousRelease } from './deployment.ts';
import type { Strategy } from './pipeline.ts';
import type { TrustRecord } from './trust/record.ts';

/** A release that an environment ran and found good. */
export interface GoodRelease {
  readonly release: DeployableRelease;
  readonly deployment: string;
  readonly generation: number;
  readonly since: string;
  /** How it was deployed, where that matters for the way back: `recreate` suffers no two versions at once. */
  readonly strategy?: Strategy['kind'];
  /** Absent where it came without a promotion, and where nothing bakes there. */
  readonly baking?: BakingStage;
  /** By what its images were trusted; absent where it came before the installation had trust policies. */
  readonly trust?: TrustRecord;
}

/** The stage by which a release came to an environment, and until when it bakes there, in milliseconds since the epoch. */
export interface BakingStage {
  readonly stage: string;
  readonly until: number;
}

/** A host that a deployment left out, so that it runs something else than its environment: drift, until it is brought to the release. */
export interface HostBehind {
  readonly host: string;
  /** `skipped` was put back on `runs`; of `excluded` it is not known. */
  readonly outcome: 'skipped' | 'excluded';
  /** What it returns to when a deployment fails there; null where nothing ran before. */
  readonly runs: PreviousRelease | null;
  readonly reason: string;
  readonly since: string;
}
