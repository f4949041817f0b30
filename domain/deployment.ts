import type { Alarm } from './alarm.ts';
import type { OnUnclear, Verdict } from './canary.ts';
import type { FailureRule, HostQuestion } from './guided-failure.ts';
import type { Backup, Hooks } from './hooks.ts';
import type { HostSelector } from './host-selection.ts';
import type { PinnedImage } from './image.ts';
import type { Job, JobReport, JobTask } from './job.ts';
import type { LedgerEntry } from './ledger.ts';
import type { RunSpec, Strategy } from './pipeline.ts';
import type { WantedSecrets } from './secret-file.ts';

/** A release as an environment runs it: everything needed to run it again later. */
export interface DeployableRelease {
  readonly application: string;
  readonly number: number;
  readonly commit?: string;
  /** In the order in which they are switched on each host. */
  readonly components: readonly DeployableComponent[];
  /** Absent where there are none. */
  readonly jobs?: readonly Job[];
}

/** What an application runs in an environment now. */
export interface RunningRelease {
  readonly application: string;
  readonly environment: string;
  readonly release: DeployableRelease;
  /** True while a deployment is at work there. */
  readonly isChanging?: boolean;
  /** Hosts that run something else, and what; null where that is nothing, or not known. */
  readonly behind?: Readonly<Record<string, DeployableRelease | null>>;
}

export interface DeployableComponent {
  readonly name: string;
  readonly image: PinnedImage;
  readonly run: RunSpec;
  readonly hosts?: HostSelector;
  /** One writer: no two versions of it ever run at once. */
  readonly isStateful?: true;
  readonly backup?: Backup;
  readonly hooks?: Hooks;
  readonly specHash: string;
}

export interface HostReference {
  readonly name: string;
  readonly site: string;
  /** As the installation labels it; absent where it does not. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a host returns to. */
export interface PreviousRelease {
  readonly release: DeployableRelease;
  readonly deployment: string;
  readonly generation: number;
}

/** One attempt to make an environment run a release. Plain JSON: it travels in workflow payloads. */
export interface Deployment {
  /** The deployment workflow's id. */
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  /** Grows by one with each deployment of the environment; a lower one may not act after a higher one. */
  readonly generation: number;
  /** `host` brings one host to what the environment runs. */
  readonly kind: 'promotion' | 'rollback' | 'host';
  readonly release: DeployableRelease;
  /** What served before, and serves again if this fails. */
  readonly previous: PreviousRelease | null;
  /** Hosts that an earlier deployment left out, and what each runs instead: what it returns to if this fails. */
  readonly behind?: Readonly<Record<string, PreviousRelease | null>>;
  readonly hosts: readonly HostReference[];
  readonly strategy: Strategy;
  readonly planHash: string;
  /** Jobs that ran for the release here before, and do not run again. */
  readonly jobsDone?: readonly string[];
  /** Jobs that ran for the release here before, and run again: what they had done is not the deployment's to undo. */
  readonly runAgain?: readonly string[];
  /** What a rollback undoes once the earlier release serves, in order. */
  readonly undo?: readonly JobTask[];
  /** On one host: which values secrets had when it was prepared. What was decided then is decided the same in every later step. */
  readonly secrets?: WantedSecrets;
  /** What takes the release back during its bake time: a part of the plan. */
  readonly alarms?: readonly Alarm[];
  /** Who is asked when so many hosts failed that it would go back; absent asks nobody. */
  readonly onFailure?: FailureRule;
  /** Who is asked instead once a job ran that nothing undoes; absent where the release has none. */
  readonly onForwardOnly?: FailureRule;
  /** What happens where the figures of a canary do not tell, and who is asked; absent goes back. */
  readonly onUnclear?: UnclearRule;
}

/** What a stage wants where its canary is unclear, with those who may answer; everybody who may use the API where it names nobody. */
export interface UnclearRule extends OnUnclear {
  readonly deciders?: readonly string[];
}

/**
 * `unrestored`: it is no longer in the installation, or a later deployment is at work there. `skipped`: it failed and was put back
 * while the deployment went on. `excluded`: it failed, and what it runs now is not known for sure.
 */
export type HostOutcome = 'switched' | 'restored' | 'untouched' | 'unrestored' | 'skipped' | 'excluded';

/** What a deployment did to one host. */
export interface HostReport {
  readonly host: string;
  readonly outcome: HostOutcome;
  readonly detail: string;
  /** Component to the digest that was seen to run there afterwards. */
  readonly digests: Readonly<Record<string, string>>;
  /** Component to the milliseconds in which neither version of it ran or had requests here; measured where the old one stops first. */
  readonly gaps?: Readonly<Record<string, number>>;
  /** The id of what is kept of the containers that were removed here. */
  readonly dossier?: string;
}

/** What ended but a plan that changed. */
interface Ended {
  readonly hosts: readonly HostReport[];
  /** What became of its jobs, in the order in which they ran; absent where none did. */
  readonly jobs?: readonly JobReport[];
}

export type DeploymentOutcome =
  | ({ readonly kind: 'succeeded' } & Ended)
  /** The release serves, and not on every host: some failed and were left out; or a job could not be undone. */
  | ({ readonly kind: 'incomplete'; readonly reason: string } & Ended)
  | ({ readonly kind: 'rolled-back'; readonly reason: string } & Ended)
  | ({ readonly kind: 'failed'; readonly reason: string } & Ended)
  | { readonly kind: 'plan-changed'; readonly planHash: string };

/** What a deployment's workflow hands back: the outcome, and records that the ledger did not take in time. */
export type DeploymentEnd = DeploymentOutcome & { readonly unwritten?: readonly LedgerEntry[] };

/** Where a running deployment is, for `status` and `watch`. */
export interface DeploymentProgress {
  readonly phase:
    | 'planning'
    | 'preparing'
    | 'pre-deploy'
    | 'starting'
    | 'canary'
    | 'switching'
    | 'post-deploy'
    | 'rolling-back'
    | 'undoing'
    | 'done';
  readonly hosts: Readonly<Record<string, HostPhase>>;
  /** The job that runs now. */
  readonly job?: string;
  /** What people are asked; absent where nobody is. */
  readonly questions?: readonly HostQuestion[];
  /** Where a canary is; absent before it begins, and for other strategies. */
  readonly canary?: CanaryProgress;
}

/** The step of a canary that is or was the last one. */
export interface CanaryProgress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Percent of the requests that the new version has on every host. */
  readonly weight: number;
  /** When the step is judged, ISO 8601; absent while weights move, and while nobody knows what its figures mean. */
  readonly until?: string;
  /** What was found last, of this step or of the one before; absent until one was judged. */
  readonly verdict?: Verdict;
}

export type HostPhase =
  | 'waiting'
  | 'preparing'
  | 'prepared'
  | 'starting'
  | 'started'
  | 'weighing'
  | 'weighed'
  | 'measuring'
  | 'measured'
  | 'switching'
  | 'switched'
  | 'restoring'
  | 'restored'
  | 'asking'
  | 'left-out'
  | 'failed';

/** Whether a deployment left a host out, so that it runs something else than its environment. */
export function isLeftOut(report: HostReport): boolean {
  return report.outcome === 'skipped' || report.outcome === 'excluded';
}

/** Whether the environment runs the release from now on: on all of its hosts, or on all but those that were left out. */
export function isAdopted(outcome: DeploymentOutcome): outcome is Extract<DeploymentOutcome, { kind: 'succeeded' | 'incomplete' }> {
  return outcome.kind === 'succeeded' || outcome.kind === 'incomplete';
}
