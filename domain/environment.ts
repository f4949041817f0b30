import type { Alarm } from './alarm.ts';
import type { BreakGlassRules } from './break-glass.ts';
import type {
  DeployableRelease,
  Deployment,
  DeploymentOutcome,
  DeploymentProgress,
  HostReference,
  PreviousRelease,
  UnclearRule,
} from './deployment.ts';
import type { EnvironmentImages } from './environment-images.ts';
import type { Stint } from './gates/facts.ts';
import type { ApprovalRule, GateRules, OwnedRules } from './gates/rules.ts';
import type { FailureRule, OnFailure } from './guided-failure.ts';
import type { KnownBy } from './people/known-by.ts';
import type { Strategy } from './pipeline.ts';
import type { QueuePolicy } from './queue-policy.ts';
import type { Block } from './standing.ts';
import type { TrustRecord } from './trust/record.ts';

/** An environment as its owners configured it; `policyRevision` is the hash of all its rules and of where its images come from. */
export interface EnvironmentPolicy {
  readonly name: string;
  readonly hosts: readonly HostReference[];
  readonly approval?: ApprovalRule;
  /** What must hold besides before a release may come; absent where there is nothing. */
  readonly protection?: GateRules;
  /** Where releases are promoted to before they are deployed, and hosts pull from; undefined is where images were built. */
  readonly images?: EnvironmentImages;
  readonly policyRevision: string;
  /** That gates read what they are judged by; absent in what an earlier version told, whose histories know of no reading. */
  readonly readsFacts?: true;
  /** The installation's trust policies by name, each with its revision; absent where there are none. */
  readonly trust?: Readonly<Record<string, string>>;
  /** Those of them whose keys cannot be read just now; absent where all can. */
  readonly unreadTrust?: readonly string[];
  /** How long the previous version stays warm after a deployment. */
  readonly bakeMs: number;
  /** What takes a release back by itself meanwhile; absent where there is none. */
  readonly alarms?: readonly Alarm[];
  /** What happens when a host fails; absent leaves that to the stage. */
  readonly onFailure?: OnFailure;
  /** So many failed hosts make every deployment go back, whatever a stage would suffer; absent leaves that to the stage. */
  readonly stopAfterFailures?: number;
  /** What becomes of releases that wait here; absent lets each have its turn. */
  readonly queue?: QueuePolicy;
  /** What breaking the glass means here; absent means `DEFAULT_BREAK_GLASS`. */
  readonly breakGlass?: BreakGlassRules;
}

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

/** Why something in the queue may not begin yet. */
export interface HeldBack {
  readonly kind: string;
  /** A sentence. */
  readonly reason: string;
  /** When that ends by itself, ISO 8601. */
  readonly until?: string;
}

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

/** A person's wish that one host be brought to what its environment runs, as when it was rebuilt from nothing. */
export interface HostRequest {
  readonly host: string;
  /** The plan that the person saw; undefined takes the one of its turn. */
  readonly planHash?: string;
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
}

export interface HostAnswer {
  readonly requestId: string;
  /** The release that the host is brought to, unless another one is deployed before its turn. */
  readonly release: number;
  /** The releases whose turn comes first, of what is deployed now and of what waits. */
  readonly behind: readonly number[];
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

/** The stage by which a release came to an environment, and until when it bakes there, in milliseconds since the epoch. */
export interface BakingStage {
  readonly stage: string;
  readonly until: number;
}

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

/** The same for people: `runs` is the number of the release. */
export interface Drift extends Omit<HostBehind, 'runs'> {
  readonly runs: number | null;
}

export interface QueuedRequest {
  readonly requestId: string;
  readonly release: number;
  readonly since: string;
  readonly requestedBy: string;
  /** Why it may not begin though nothing is before it. */
  readonly held?: readonly HeldBack[];
}

/** A release at the gates of an environment where newer ones take the place of older ones. */
export interface AtGates {
  readonly requestId: string;
  readonly release: number;
  readonly since: string;
  readonly requestedBy: string;
}

export interface EndedDeployment {
  readonly deployment: string;
  readonly kind: Deployment['kind'];
  readonly release: number;
  readonly outcome: DeploymentOutcome;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly person: string;
  readonly reason: string;
  /** The alarm that asked for it; absent where a person did. */
  readonly alarm?: string;
  /** What did not go as it should, and changes nothing of the outcome. */
  readonly warning?: string;
  /** The request, where it was of one host. */
  readonly requestId?: string;
}

/** What watches, for people: an alarm that can be raised says by whom. */
export interface WatchView {
  readonly deployment: string;
  readonly alarms: readonly { readonly name: string; readonly raisedBy?: readonly string[] }[];
  readonly until: string;
}

export interface EnvironmentStatus {
  readonly application: string;
  readonly environment: string;
  readonly current: GoodRelease | null;
  /** Earlier good releases, newest first, at most ten: what `rollback` can reach. */
  readonly history: readonly GoodRelease[];
  /** What ran here, one after the other, oldest first: what soaks are judged by; absent where it has not been written down yet. */
  readonly stints?: readonly Stint[];
  readonly running: {
    readonly deployment: string;
    readonly release: number;
    readonly kind: Deployment['kind'];
    readonly since: string;
    /** The request, where it is of one host. */
    readonly requestId?: string;
    /** What it waits for before it changes anything: a signed checkpoint of the ledger; absent where it goes on. */
    readonly waitsFor?: 'checkpoint';
    readonly progress: DeploymentProgress | null;
  } | null;
  readonly queue: readonly QueuedRequest[];
  /** Absent where every release has its turn. */
  readonly atGates?: readonly AtGates[];
  readonly last: EndedDeployment | null;
  readonly behind: readonly Drift[];
  /** What watches over what the environment runs since its last promotion, and until when; absent where nothing does. */
  readonly watched?: WatchView;
  readonly generation: number;
}
