import type { Deployment, DeploymentOutcome, DeploymentProgress } from './deployment.ts';
import type { Stint } from './gates/facts.ts';
import type { GoodRelease, HostBehind } from './good-release.ts';

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

export interface QueuedRequest {
  readonly requestId: string;
  readonly release: number;
  readonly since: string;
  readonly requestedBy: string;
  /** Why it may not begin though nothing is before it. */
  readonly held?: readonly HeldBack[];
}

/** Why something in the queue may not begin yet. */
export interface HeldBack {
  readonly kind: string;
  /** A sentence. */
  readonly reason: string;
  /** When that ends by itself, ISO 8601. */
  readonly until?: string;
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

/** The same for people: `runs` is the number of the release. */
export interface Drift extends Omit<HostBehind, 'runs'> {
  readonly runs: number | null;
}
