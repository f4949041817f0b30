import type { AlarmMessage } from '../domain/alarm.ts';
import type { GlassWish } from '../domain/break-glass.ts';
import type { DeploymentProgress } from '../domain/deployment.ts';
import type { EnvironmentStatus } from '../domain/environment-status.ts';
import type { CheckVerdict } from '../domain/gates/check-question.ts';
import type { Guard, GuardStatus } from '../domain/guard/guard.ts';
import type { HostDecision } from '../domain/guided-failure.ts';
import type { HostAnswer, HostRequest } from '../domain/host-request.ts';
import type { HostPreview, PlanPreview } from '../domain/plan-preview.ts';
import type { Mover } from '../domain/reach.ts';
import type { ReleaseRecord, ReleaseState, ReleaseStatus } from '../domain/release.ts';
import type { RollbackPreview } from '../domain/rollback-preview.ts';
import type { RollbackAnswer, RollbackRequest } from '../domain/rollback-request.ts';
import type { BreakGlass, Scope } from '../domain/standing.ts';
import type { GatesExplained } from '../workflows/explain-release.ts';
import type {
  CancelMessage,
  CheckAnswerMessage,
  EndGuardMessage,
  PromoteMessage,
  RatifyMessage,
  VoteMessage,
} from '../workflows/messages.ts';

export interface ReleaseSummary {
  readonly application: string;
  readonly number: number;
  readonly commit?: string;
  readonly state: ReleaseState;
  readonly stage: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Why the release could not begin. */
  readonly fault?: string;
}

/**
 * What the server asks of the workflows. A refusal of a workflow is Refused, a missing one is NotFound,
 * a server that does not answer within five seconds is TemporalUnavailable (`temporal/errors.ts`). A worker that is not there is
 * WorkerUnavailable, one that gets nowhere WorkflowStuck, one that too many ask at once WorkflowBusy.
 */
export interface ReleaseEngine {
  /** Starts the release's workflow, or finds it started; whether it began now. `movers` are those who set it off, each with how far they may take it. */
  start(record: ReleaseRecord, movers?: readonly Mover[]): Promise<boolean>;
  /** Tells a release that began before that somebody set it off, too. Nothing where it has ended: its next run reads it in the ledger. */
  startedToo(record: ReleaseRecord, mover: Mover): Promise<void>;
  releaseStatus(application: string, number: number): Promise<ReleaseStatus>;
  listReleases(filter: {
    readonly application?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly releases: readonly ReleaseSummary[]; readonly next?: string }>;
  vote(application: string, number: number, message: VoteMessage, requestId: string): Promise<ReleaseStatus>;
  /** Gives the release the answer of an external check; what counts now. */
  answerCheck(application: string, number: number, message: CheckAnswerMessage, requestId: string): Promise<CheckVerdict>;
  /** Takes a release through one stage by hand, again or later; `record` restarts a release whose workflow has ended. */
  promote(record: ReleaseRecord, message: PromoteMessage, requestId: string): Promise<ReleaseStatus>;
  cancel(application: string, number: number, message: CancelMessage, requestId: string): Promise<ReleaseStatus>;
  /** What a deploy stage of the release would do now. */
  plan(application: string, number: number, stage: string): Promise<PlanPreview>;
  /** What the stages of a release would ask if it were their turn now. */
  explainGates(application: string, number: number): Promise<GatesExplained>;
  /** Answers what a deployment asks about a host that failed; `deployment` is its workflow's id. */
  decideHost(deployment: string, decision: HostDecision, requestId: string): Promise<DeploymentProgress>;
  /** An environment that never had a deployment has a status with nothing in it. */
  environmentStatus(application: string, environment: string): Promise<EnvironmentStatus>;
  /** What bringing one host to what its environment runs would do now. */
  planHost(application: string, environment: string, host: string): Promise<HostPreview>;
  /** Has a host brought to what its environment runs, in its turn. */
  bringHost(application: string, environment: string, request: HostRequest, requestId: string): Promise<HostAnswer>;
  rollback(application: string, environment: string, request: RollbackRequest, requestId: string): Promise<RollbackAnswer>;
  /** What a rollback to a release, or to the last good one, would do now. */
  planRollback(application: string, environment: string, to: number | undefined): Promise<RollbackPreview>;
  /** Takes back what bakes in an environment. */
  raiseAlarm(application: string, environment: string, message: AlarmMessage, requestId: string): Promise<RollbackAnswer>;
  /** Has releases and environments that a decision concerns look again at once, as far as they can be reached; they look by themselves too. */
  tellStandingChanged(scope: Scope): Promise<void>;
  /** Lets a release past gates; answers when it is written down. */
  breakGlass(wish: GlassWish): Promise<BreakGlass>;
  /** A second person stands by it. */
  ratifyGlass(id: string, message: RatifyMessage, requestId: string): Promise<BreakGlass>;
  /** Has a job of GitHub Actions, by GitHub's number of its deployment, wait for what its environment stands for; a repeated wish finds the first. */
  holdBack(guard: Guard, job: number): Promise<void>;
  /** What is held back now, oldest first; of a run and an environment of GitHub, in whatever case, alone where these are given. */
  guards(of?: Pick<Guard, 'run' | 'environment'>): Promise<readonly GuardStatus[]>;
  /** Has it turned away, whatever the gates say. */
  endGuard(guard: Guard, message: EndGuardMessage, requestId: string): Promise<GuardStatus>;
  /** Resolves when Temporal answers. */
  ping(): Promise<void>;
}
