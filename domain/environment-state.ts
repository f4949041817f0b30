import type { Watched } from './alarm.ts';
import type { AnsweredRollback } from './answered-rollbacks.ts';
import type { PreviousRelease } from './deployment.ts';
import type { EndedDeployment } from './environment-status.ts';
import type { Work } from './environment-work.ts';
import type { GateStay } from './gate-stay.ts';
import type { Stint } from './gates/facts.ts';
import type { GoodRelease, HostBehind } from './good-release.ts';
import type { AppliedJob } from './job.ts';

/** All that an environment workflow knows; plain JSON, carried from run to run. */
export interface EnvironmentState {
  readonly application: string;
  readonly environment: string;
  /** The highest generation given out. */
  readonly generation: number;
  readonly current: GoodRelease | null;
  readonly history: readonly GoodRelease[];
  /** What ran here, one after the other, oldest first; absent where an earlier version wrote down the last of it. */
  readonly stints?: readonly Stint[];
  readonly queue: readonly Work[];
  /** Releases at the gates, where newer ones take the place of older ones; absent elsewhere. */
  readonly atGates?: readonly GateStay[];
  /** Stays at the gates that are over, the last ones: one that is told of late is none. */
  readonly leftGates?: readonly string[];
  readonly running: {
    readonly work: Work;
    readonly deployment: string;
    readonly generation: number;
    readonly since: string;
    /** What it waits for in its turn; absent where it goes on. */
    readonly waitsFor?: 'checkpoint';
  } | null;
  readonly last: EndedDeployment | null;
  /** Hosts that the last good deployment left out; absent in states of before there were any. */
  readonly behind?: readonly HostBehind[];
  /** Jobs that ran here before a switch and were not undone, as they came; absent where there were none. */
  readonly applied?: readonly AppliedJob[];
  readonly answered: readonly string[];
  /** Rollbacks that were answered, oldest first; absent in what an earlier version carried over. */
  readonly rollbacks?: readonly AnsweredRollback[];
  /** When warm containers of the previous version are to be stopped, in milliseconds since the epoch. */
  readonly bakeEndsAt: number | null;
  /** What watches over the last promotion until its bake time ends; absent where nothing does. */
  readonly watched?: Watched;
}

/** An environment in which nothing was ever deployed. */
export function emptyEnvironment(application: string, environment: string): EnvironmentState {
  return {
    application,
    environment,
    generation: 0,
    current: null,
    history: [],
    queue: [],
    running: null,
    last: null,
    answered: [],
    bakeEndsAt: null,
  };
}

/** What a deployment that fails goes back to. */
export function previousOf({ current }: EnvironmentState): PreviousRelease | null {
  return current && { release: current.release, deployment: current.deployment, generation: current.generation };
}

/** A release that was found good here, as far back as the environment remembers. */
export function goodRelease({ current, history }: EnvironmentState, number: number): GoodRelease | undefined {
  return [...(current === null ? [] : [current]), ...history].find(({ release }) => release.number === number);
}
