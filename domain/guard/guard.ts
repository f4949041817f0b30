import type { GateReport } from '../gates/report.ts';
import type { StageState } from '../release.ts';

/** A guard: jobs of one run of GitHub Actions that wait for the gates of an environment. */
export interface Guard {
  readonly repository: { readonly id: number; readonly name: string };
  /** GitHub's number of the run. */
  readonly run: number;
  /** As GitHub calls the environment. */
  readonly environment: string;
  /** What it stands for here: all of them must have the commit. */
  readonly places: readonly GuardedPlace[];
}

export interface GuardedPlace {
  readonly application: string;
  readonly environment: string;
}

/** The run as GitHub shows it now. */
export interface GuardedRun {
  readonly commit: string;
  /** `push`, `workflow_dispatch`, … */
  readonly event: string;
  /** Whether its commit is another repository's, as for a fork's pull request. */
  readonly isForeign: boolean;
}

/** The newest release of the run's commit, with its stages that go to the environment. */
export interface GuardedRelease {
  readonly number: number;
  /** Why it could not begin. */
  readonly fault?: string;
  /** Whether its pipeline has been read: until then nothing can be said of its stages. */
  readonly isRead: boolean;
  readonly stages: readonly GuardedStage[];
  /** What the environment runs, and what is on its way there just now. */
  readonly current: number | null;
  readonly changing: number | null;
}

export interface GuardedStage {
  readonly name: string;
  readonly state: StageState;
  /** What is looked at once more at the last moment before a deployment, as it is now. */
  readonly last: readonly GateReport[];
}

export interface PlaceSeen extends GuardedPlace {
  /** Absent where there is none. */
  readonly release?: GuardedRelease;
}

/** What a run is told, or what it waits for; `reason` is for people. */
export interface GuardVerdict {
  readonly kind: 'approved' | 'rejected' | 'waiting';
  readonly reason: string;
  /** Commands in comments that say more of what waits, or open it. */
  readonly commands?: readonly string[];
}

/** What was seen of a guard: its verdict, or that nothing waits at GitHub any more. */
export type GuardSeen = GuardVerdict | GuardGone;

export interface GuardGone {
  readonly kind: 'gone';
  readonly reason: string;
  /** The newest job asked so lately that the server of GitHub that was asked may not know of it yet. */
  readonly mayLag?: true;
}

/** What is told to GitHub; `by` is the person who ordered it, whatever the gates say. */
export interface GuardAnswer {
  readonly kind: 'approved' | 'rejected';
  readonly reason: string;
  readonly by?: string;
}

/** How a guard stands, for people. Times are ISO 8601 in UTC. */
export interface GuardStatus extends Guard {
  readonly since: string;
  /** What it waits for, in words. */
  readonly waitsFor: string;
}

export interface GuardEnd {
  readonly kind: GuardAnswer['kind'] | 'gone' | 'late';
  readonly reason: string;
}
