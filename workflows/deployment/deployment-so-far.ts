import type { CanaryProgress, HostPhase, HostReport } from '../../domain/deployment.ts';
import type { JobMoment, JobReport, JobTask } from '../../domain/job.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { WantedSecrets } from '../../domain/secret-file.ts';

/** What has been done to a deployment's hosts while nothing is at work on any of them. Plain JSON. */
export interface HostsSoFar {
  readonly phases: Readonly<Record<string, HostPhase>>;
  /** Names of hosts whose undo is owed, in the order in which they were first acted on. */
  readonly prepared: readonly string[];
  readonly touched: readonly string[];
  readonly switched: readonly HostReport[];
  /** Which values the secrets had when a host was prepared, by the host's name. */
  readonly secrets?: Readonly<Record<string, WantedSecrets>>;
  readonly left: readonly HostReport[];
  readonly failures: number;
  /** How many questions were asked. */
  readonly asked: number;
  /** The step of a canary that was passed last. */
  readonly canary?: CanaryProgress;
  /** Whether a job ran that nothing undoes. */
  readonly isPastForwardOnly?: boolean;
}

/** The jobs of a deployment while none of them runs. Plain JSON. */
export interface JobsSoFar {
  readonly reports: readonly JobReport[];
  /** What the way back undoes. */
  readonly done: readonly JobTask[];
  readonly left: readonly string[];
  /** The moments whose jobs are over. */
  readonly over: readonly JobMoment[];
}

/** What a deployment hands to its next run, where its history has become long. */
export interface DeploymentSoFar {
  readonly hosts: HostsSoFar;
  readonly jobs: JobsSoFar;
  /** Records that the ledger has not taken yet. */
  readonly unwritten: readonly LedgerEntry[];
}
