import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AlarmMessage } from '../domain/alarm.ts';
import type { DeploymentProgress } from '../domain/deployment.ts';
import type { DeploymentRequest, RequestNews } from '../domain/deployment-request.ts';
import type { EnvironmentStatus } from '../domain/environment-status.ts';
import type { GateStay } from '../domain/gate-stay.ts';
import type { CheckAnswer, CheckVerdict } from '../domain/gates/check-question.ts';
import type { Vote } from '../domain/gates/votes.ts';
import type { GuardedPlace, GuardStatus } from '../domain/guard/guard.ts';
import type { HostDecision } from '../domain/guided-failure.ts';
import type { HostAnswer, HostRequest } from '../domain/host-request.ts';
import type { KnownBy } from '../domain/people/known-by.ts';
import type { Permission } from '../domain/people/permission.ts';
import type { Mover } from '../domain/reach.ts';
import type { ReleaseStatus } from '../domain/release.ts';
import type { RetentionRow } from '../domain/retention-report.ts';
import type { RetentionStatus } from '../domain/retention-run.ts';
import type { RollbackCase } from '../domain/rollback-preview.ts';
import type { RollbackAnswer, RollbackRequest } from '../domain/rollback-request.ts';
import type { BreakGlass } from '../domain/standing.ts';
import type { StageTakenBack } from '../domain/taken-back.ts';
import type { WayBackNews } from '../domain/way-back-news.ts';

/** A vote as it arrives: the person comes from the credential that the server checked. */
export interface VoteMessage {
  readonly stage: string;
  readonly decision: Vote['decision'];
  readonly person: string;
  readonly known?: KnownBy;
  /** The person's groups, as the credential tells them. */
  readonly groups?: readonly string[];
  readonly comment: string;
  /** What the gate's form asked for; the server has checked it. */
  readonly input?: unknown;
  /** The plan that the person saw; undefined votes on the plan that waits now. */
  readonly planHash?: string;
  /** The rules whose form was filled in. */
  readonly policyRevision?: string;
}

/** An answer of an external check as it arrives: the server has checked that it is the check's own. */
export interface CheckAnswerMessage extends CheckAnswer {
  readonly known?: KnownBy;
}

export interface PromoteMessage {
  readonly stage: string;
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
  /** Jobs that are run though they ran well for the release there before. */
  readonly runAgain?: readonly string[];
  /** The environments that the person may promote to; absent where that is all of them. */
  readonly reach?: readonly string[];
}

export interface CancelMessage {
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
}

export interface RatifyMessage {
  readonly person: string;
  readonly reason: string;
  readonly known?: KnownBy;
}

export interface EndGuardMessage {
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
}

/** To releases, environments and guards: a freeze, block or hold began or ended, so that they look again at once. */
export const standingChanged = defineSignal('standingChanged');

// release
export const releaseStatus = defineQuery<ReleaseStatus>('releaseStatus');
/** The type of a refusal that is about who asked alone: somebody else may. */
export const NOT_ALLOWED = 'NotAllowed';

export const vote = defineUpdate<ReleaseStatus, [VoteMessage]>('vote');
/** Answers what counts now, which a repeated answer has said before. */
export const answerCheck = defineUpdate<CheckVerdict, [CheckAnswerMessage]>('answerCheck');
export const promote = defineUpdate<ReleaseStatus, [PromoteMessage]>('promote');
export const cancelRelease = defineUpdate<ReleaseStatus, [CancelMessage]>('cancelRelease');
/** Somebody set off what was there already: a starter too, and it goes no further by itself than they may take it. */
export const startedToo = defineSignal<[Mover]>('startedToo');
/** An environment went back from a release whose stage had passed there. */
export const stageTakenBack = defineSignal<[StageTakenBack]>('stageTakenBack');
/** An environment tells a release how its request stands. */
export const requestNews = defineSignal<[RequestNews]>('requestNews');

// environment
export const environmentStatus = defineQuery<EnvironmentStatus>('environmentStatus');
/** Names of the jobs that ran for a release here and were not undone. */
export const jobsDone = defineQuery<readonly string[], [number]>('jobsDone');
/** What a rollback to a release, or to the last good one, would be about. */
export const rollbackQuestion = defineQuery<RollbackCase, [number | undefined]>('rollbackQuestion');
/** A release has come to the gates of an environment where newer releases take the place of older ones, or has been voted on there. */
export const reachGates = defineSignal<[GateStay]>('reachGates');
/** It got no further. */
export const leaveGates = defineSignal<[string]>('leaveGates');
export const requestDeployment = defineSignal<[DeploymentRequest]>('requestDeployment');
export const withdrawRequest =
  defineSignal<[{ readonly requestId: string; readonly person: string; readonly reason: string }]>('withdrawRequest');
export const bringHost = defineUpdate<HostAnswer, [HostRequest]>('bringHost');
export const rollback = defineUpdate<RollbackAnswer, [RollbackRequest]>('rollback');
/** From people and monitors, during the bake time. */
export const raiseAlarm = defineUpdate<RollbackAnswer, [AlarmMessage]>('raiseAlarm');

// break-glass
/** Answers when it is written down. */
export const glassBroken = defineUpdate<BreakGlass, []>('glassBroken');
export const ratifyGlass = defineUpdate<BreakGlass, [RatifyMessage]>('ratifyGlass');
/** An environment tells how the rollback ended that followed. */
export const wayBackEnded = defineSignal<[WayBackNews]>('wayBackEnded');

// guard
export const guardStatus = defineQuery<GuardStatus>('guardStatus');
/** A job asks, by GitHub's number of its deployment, with what its environment stands for by now. */
export const jobWaits = defineSignal<[number, (readonly GuardedPlace[])?]>('jobWaits');
/** A person has it turned away, whatever the gates say. */
export const endGuard = defineUpdate<GuardStatus, [EndGuardMessage]>('endGuard');

// deployment
export const decideHost = defineUpdate<DeploymentProgress, [HostDecision]>('decideHost');
export const deploymentProgress = defineQuery<DeploymentProgress>('deploymentProgress');

// retention
export const retentionStatus = defineQuery<RetentionStatus>('retentionStatus');
/** What becomes or became of each tag of a repository; empty until the run has gone through it. */
export const retentionRows = defineQuery<readonly RetentionRow[], [string]>('retentionRows');

/**
 * What the server asks of a person before it sends an update in their name; `message` where no person does, and a signed message proves itself.
 * Workflows take its word: who reaches Temporal can do everything.
 */
export const PERMISSIONS_OF_UPDATES = {
  vote: 'vote',
  answerCheck: 'message',
  promote: 'promote',
  cancelRelease: 'cancel',
  bringHost: 'deploy-host',
  rollback: 'roll-back',
  raiseAlarm: 'raise-alarm',
  decideHost: 'decide',
  glassBroken: 'break-glass',
  ratifyGlass: 'ratify',
  endGuard: 'cancel',
} as const satisfies Readonly<Record<string, Permission | 'message'>>;
