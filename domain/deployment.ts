import type { HostSelector } from './host-selection.ts';
import type { PinnedImage } from './image.ts';
import type { RunSpec, Strategy } from './pipeline.ts';

/** A release as an environment runs it: everything needed to run it again later. */
export interface DeployableRelease {
  readonly application: string;
  readonly number: number;
  readonly commit?: string;
  /** In the order in which they are switched on each host. */
  readonly components: readonly DeployableComponent[];
}

export interface DeployableComponent {
  readonly name: string;
  readonly image: PinnedImage;
  readonly run: RunSpec;
  readonly hosts?: HostSelector;
  readonly specHash: string;
}

export interface HostReference {
  readonly name: string;
  readonly site: string;
}

/** One attempt to make an environment run a release. Plain JSON: it travels in workflow payloads. */
export interface Deployment {
  /** The deployment workflow's id. */
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  /** Grows by one with each deployment of the environment; a lower one may not act after a higher one. */
  readonly generation: number;
  readonly kind: 'promotion' | 'rollback';
  readonly release: DeployableRelease;
  /** What served before, and serves again if this fails. */
  readonly previous: { readonly release: DeployableRelease; readonly deployment: string; readonly generation: number } | null;
  readonly hosts: readonly HostReference[];
  readonly strategy: Strategy;
  readonly planHash: string;
}

/** `unrestored`: it is no longer in the installation, or a later deployment is at work there. */
export type HostOutcome = 'switched' | 'restored' | 'untouched' | 'unrestored';

/** What a deployment did to one host. */
export interface HostReport {
  readonly host: string;
  readonly outcome: HostOutcome;
  readonly detail: string;
  /** Component to the digest that was seen to run there afterwards. */
  readonly digests: Readonly<Record<string, string>>;
}

export type DeploymentOutcome =
  | { readonly kind: 'succeeded'; readonly hosts: readonly HostReport[] }
  | { readonly kind: 'rolled-back'; readonly reason: string; readonly hosts: readonly HostReport[] }
  | { readonly kind: 'failed'; readonly reason: string; readonly hosts: readonly HostReport[] }
  | { readonly kind: 'plan-changed'; readonly planHash: string };

/** Where a running deployment is, for `status` and `watch`. */
export interface DeploymentProgress {
  readonly phase: 'planning' | 'preparing' | 'switching' | 'rolling-back' | 'done';
  readonly hosts: Readonly<
    Record<string, 'waiting' | 'preparing' | 'prepared' | 'switching' | 'switched' | 'restoring' | 'restored' | 'failed'>
  >;
}
