import type { DeploymentProgress, HostReport } from './deployment.ts';
import type { GateReport } from './gates/report.ts';
import type { Images } from './image.ts';
import type { BaseImage } from './image-labels.ts';
import type { JobReport } from './job.ts';
import type { DeploymentPlan } from './plan.ts';

/** How a stage of a release stands. Times are ISO 8601 in UTC. */
export type StageState =
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'waiting';
      readonly since: string;
      readonly gates: readonly GateReport[];
      readonly plan: DeploymentPlan;
      readonly policyRevision: string;
    }
  | {
      readonly kind: 'queued';
      readonly since: string;
      readonly position: number;
      readonly behind: number | null;
      /** Why it may not begin though its turn came. */
      readonly held?: string;
    }
  | {
      readonly kind: 'running';
      readonly since: string;
      readonly detail: string;
      readonly deployment?: string;
      readonly progress?: DeploymentProgress;
    }
  | {
      readonly kind: 'passed';
      readonly at: string;
      readonly milliseconds: number;
      readonly images: Images;
      /** Of a build, by component: what its image was made from. */
      readonly bases?: Readonly<Record<string, readonly BaseImage[]>>;
      readonly hosts?: readonly HostReport[];
      readonly jobs?: readonly JobReport[];
    }
  | {
      /** The release serves in the environment, and not on every host: this does not count as passed. */
      readonly kind: 'incomplete';
      readonly at: string;
      readonly milliseconds: number;
      readonly reason: string;
      readonly hosts: readonly HostReport[];
      readonly jobs?: readonly JobReport[];
    }
  | {
      readonly kind: 'failed';
      readonly at: string;
      readonly milliseconds: number;
      readonly reason: string;
      readonly hosts?: readonly HostReport[];
      readonly jobs?: readonly JobReport[];
    }
  | {
      readonly kind: 'rolled-back';
      readonly at: string;
      readonly milliseconds: number;
      readonly reason: string;
      readonly to: number | null;
      readonly hosts: readonly HostReport[];
      readonly jobs?: readonly JobReport[];
    }
  | { readonly kind: 'rejected'; readonly at: string; readonly by: string; readonly comment: string }
  | { readonly kind: 'expired'; readonly at: string; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly at: string; readonly by: string; readonly reason: string }
  /** A newer release took its place while it waited. */
  | { readonly kind: 'superseded'; readonly at: string; readonly by: number; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

export type StageKind = StageState['kind'];

export type ReleaseOutcome = 'promoted' | 'incomplete' | 'failed' | 'rolled-back' | 'rejected' | 'expired' | 'superseded' | 'cancelled';

/** `running` while work goes on, `waiting` while only gates or a queue hold it. */
export type ReleaseState = 'running' | 'waiting' | ReleaseOutcome;

/** What a release is, as asked for and registered; it never changes. */
export interface ReleaseRecord {
  readonly application: string;
  readonly number: number;
  readonly commit?: string;
  /** Images given at creation, tags already resolved; built components come with the build stage. */
  readonly images: Images;
  /** Components whose images are those of the release before, and not claimed to be of the commit; absent where there are none. */
  readonly kept?: readonly string[];
  readonly initiator: string;
  readonly createdAt: string;
}

export interface StageStatus {
  readonly name: string;
  readonly stageKind: 'build' | 'test' | 'deploy';
  readonly environment?: string;
  /** What the stage's strategy means for users, where they will notice it. */
  readonly warning?: string;
  readonly state: StageState;
}

/** The whole of a release for people and machines: what `status`, `watch` and the API show. */
export interface ReleaseStatus {
  readonly release: ReleaseRecord;
  readonly pipelineRevision: string;
  readonly images: Images;
  readonly stages: readonly StageStatus[];
  readonly state: ReleaseState;
  /** Why the release could not begin: its pipeline cannot be read, say. */
  readonly fault?: string;
}

/** How a stage can stand, in the order in which that happens. */
export const STAGE_KINDS = [
  'pending',
  'waiting',
  'queued',
  'running',
  'passed',
  'incomplete',
  'failed',
  'rolled-back',
  'rejected',
  'expired',
  'superseded',
  'cancelled',
  'skipped',
] as const satisfies readonly StageKind[];

const ENDED: readonly StageKind[] = [
  'passed',
  'incomplete',
  'failed',
  'rolled-back',
  'rejected',
  'expired',
  'superseded',
  'cancelled',
  'skipped',
];

/** Whether a stage has come to its end in this attempt. */
export function hasEnded(state: StageState): boolean {
  return ENDED.includes(state.kind);
}

/** The one state that sums up a release's stages: an unfinished stage first, then the worst end. */
export function releaseState(stages: readonly StageState[]): ReleaseState {
  const kinds = new Set(stages.map((stage) => stage.kind));
  if (kinds.has('running')) return 'running';
  const worst = (['rolled-back', 'failed', 'incomplete', 'rejected', 'expired', 'superseded', 'cancelled'] as const).find((kind) =>
    kinds.has(kind),
  );
  if (kinds.has('waiting') || kinds.has('queued')) return 'waiting';
  if (kinds.has('pending')) return worst ?? 'running';
  // What an attempt by hand left out has not passed.
  return worst ?? (kinds.has('skipped') ? 'failed' : 'promoted');
}
