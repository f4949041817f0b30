import type { DeployableRelease } from '../../domain/deployment.ts';
import type { RequestNews } from '../../domain/deployment-request.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { GateStay } from '../../domain/gate-stay.ts';
import type { AskedCheck } from '../../domain/gates/check-question.ts';
import type { CountsSoFar } from '../../domain/gates/counts-so-far.ts';
import type { GateQuestion } from '../../domain/gates/question.ts';
import type { Vote } from '../../domain/gates/votes.ts';
import type { Strategy } from '../../domain/pipeline.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';
import type { Mover, Movers } from '../../domain/reach.ts';
import type { ReleaseBoard } from '../../domain/release-board.ts';

/** What would be deployed, and by whose rules. */
export interface Proposal {
  readonly policy: EnvironmentPolicy;
  readonly plan: DeploymentPlan;
  readonly release: DeployableRelease;
}

/** A stage that waits at its gates, with all that it needs to go on waiting there. */
export interface StageWait {
  readonly attempt: number;
  readonly proposal: Proposal;
  readonly strategy: Strategy;
  /** Since when it waits, ISO 8601: deadlines are counted from it. */
  readonly since: string;
  /** What it last asked. */
  readonly asked: GateQuestion;
  /** What it last told of why it waits. */
  readonly told: string;
  /** How often it has looked. */
  readonly looks: number;
  /** How the environment knows it; absent where releases do not take each other's place. */
  readonly stay?: GateStay;
}

/** What a release hands to its next run, where its history has become long while it waits at gates. Plain JSON. */
export interface ReleaseSoFar {
  readonly board: ReleaseBoard;
  readonly votes: readonly Vote[];
  readonly waits: Readonly<Record<string, StageWait>>;
  readonly promotedBy: Readonly<Record<string, string>>;
  /** By stage: everybody who ever took it on by hand. */
  readonly promoters: Readonly<Record<string, readonly string[]>>;
  readonly promoter?: string;
  /** By stage: who last took it on, and how far that person may. */
  readonly movers: Movers;
  /** Who set it off, as far as that limits it or excludes them; absent in what an earlier version handed on. */
  readonly starters?: readonly Mover[];
  readonly runAgain: Readonly<Record<string, readonly string[]>>;
  readonly news: Readonly<Record<string, RequestNews>>;
  /** What external checks were asked, and what they answered. */
  readonly checks: readonly AskedCheck[];
  /** By environment: what its routers had counted; absent in what an earlier version handed on. */
  readonly counts?: Readonly<Record<string, CountsSoFar>>;
  /** Ids of votes and promotions that were taken: Temporal knows a repeated one within one run alone. */
  readonly taken: readonly string[];
  /** What lists show. */
  readonly shown: string;
  /** By stage: the deployment that GitHub was told of. */
  readonly deployments: Readonly<Record<string, string>>;
}
