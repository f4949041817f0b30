import type { DeploymentPlan } from './plan.ts';

/** What taking a release through a deploy stage would do now. Nothing is changed by asking. */
export type PlanPreview =
  | { readonly kind: 'planned'; readonly stage: string; readonly environment: string; readonly plan: DeploymentPlan }
  /** Images of these components are not known yet: what builds them has not passed. */
  | { readonly kind: 'unbuilt'; readonly stage: string; readonly environment: string; readonly components: readonly string[] }
  /** The pipeline has no deploy stage of this name. */
  | { readonly kind: 'unknown-stage'; readonly stage: string; readonly stages: readonly string[] }
  /** A host, the pipeline file or a worker did not answer. */
  | { readonly kind: 'failed'; readonly stage: string; readonly reason: string };

/** What bringing one host to what its environment runs would do now. */
export type HostPreview =
  | { readonly kind: 'planned'; readonly release: number; readonly plan: DeploymentPlan }
  /** The environment runs no release that was found good. */
  | { readonly kind: 'nothing-runs' }
  | { readonly kind: 'unknown-host'; readonly hosts: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: string };
