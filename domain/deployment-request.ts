import type { DeployableRelease, DeploymentOutcome, UnclearRule } from './deployment.ts';
import type { EnvironmentPolicy } from './environment-policy.ts';
import type { OwnedRules } from './gates/rules.ts';
import type { FailureRule } from './guided-failure.ts';
import type { Strategy } from './pipeline.ts';
import type { TrustRecord } from './trust/record.ts';

/** A release's wish to be deployed; `requestId` makes it idempotent. */
export interface DeploymentRequest {
  readonly requestId: string;
  readonly application: string;
  readonly environment: string;
  readonly release: DeployableRelease;
  /** The workflow to tell how it goes. */
  readonly releaseWorkflowId: string;
  readonly strategy: Strategy;
  readonly policy: EnvironmentPolicy;
  readonly planHash: string;
  /** What must still hold when its turn has come; absent where no rule is of that kind. */
  readonly rules?: readonly OwnedRules[];
  /** Who is asked when a host fails; absent goes back at once. */
  readonly onFailure?: FailureRule;
  /** The same once a job ran that nothing undoes. */
  readonly onForwardOnly?: FailureRule;
  /** What happens where a canary is unclear; absent for other strategies. */
  readonly onUnclear?: UnclearRule;
  readonly requestedBy: string;
  /** Jobs that are run though they ran well for the release there before; absent where there are none. */
  readonly runAgain?: readonly string[];
  /** The release's stage that asks; absent in requests of earlier versions. */
  readonly stage?: string;
  /** People have voted on it, or asked for it by hand: no newer release takes its place. */
  readonly decided?: boolean;
  /** Ids of the broken glass by which it may have come past its gates; absent where there was none. */
  readonly past?: readonly string[];
  /** The stay at the gates that it ended; absent where releases do not take each other's place. */
  readonly gateStay?: string;
  /** By what its gates trusted its images; absent where the installation has no trust policies. */
  readonly trust?: TrustRecord;
}

/** What an environment tells a release about its request. */
export type RequestNews =
  | {
      readonly requestId: string;
      readonly kind: 'queued';
      readonly position: number;
      readonly behind: number | null;
      /** Why it could not begin though its turn came. */
      readonly held?: string;
    }
  /** A newer release took its place, at the gates or in the queue. */
  | { readonly requestId: string; readonly kind: 'superseded'; readonly by: number }
  | { readonly requestId: string; readonly kind: 'started'; readonly deployment: string }
  | { readonly requestId: string; readonly kind: 'ended'; readonly outcome: DeploymentOutcome; readonly previous: number | null };
