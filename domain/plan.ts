import { canonicalJson, type HashFunction } from './canonical.ts';
import type { DeployableComponent, DeployableRelease } from './deployment.ts';
import type { Digest } from './digest.ts';

/** A component's container as a host's engine reports it; every field is read from labels and state. */
export interface ObservedContainer {
  readonly name: string;
  readonly component: string;
  readonly release: number;
  readonly deployment: string;
  readonly generation: number;
  readonly replica: number;
  readonly digest: Digest;
  readonly spec: string;
  readonly running: boolean;
}

export type PlannedAction = 'create' | 'replace' | 'keep' | 'remove';

export interface PlannedComponent {
  readonly component: string;
  readonly action: PlannedAction;
  readonly from?: { readonly release: number; readonly digest: string };
  readonly to?: { readonly release: number; readonly digest: string };
  /** What differs, in words: `image`, `settings`, `replicas`. */
  readonly changes: readonly string[];
}

export interface HostPlan {
  readonly host: string;
  readonly components: readonly PlannedComponent[];
}

export interface DeploymentPlan {
  readonly hosts: readonly HostPlan[];
  readonly hash: string;
}

/** The plan with the hash that approvals are bound to; what was approved is what runs. */
export function sealPlan(hosts: readonly HostPlan[], hash: HashFunction): DeploymentPlan {
  return { hosts, hash: hash(canonicalJson(hosts)) };
}

/**
 * What a deployment of `release` would do to a host on which `serving` is seen.
 * `serving` holds the containers of the environment's current generation; stopped leftovers are no part of a plan.
 * The order in which an engine lists them makes no difference: a plan's hash is what people approve.
 */
export function planHost(host: string, serving: readonly ObservedContainer[], release: DeployableRelease): HostPlan {
  const ordered = [...serving].sort((a, b) => b.generation - a.generation || (a.name < b.name ? -1 : 1));
  const wanted = release.components.map((component) => planComponent(component, ordered, release.number));
  const names = new Set(release.components.map((component) => component.name));
  const unwanted = [...new Set(serving.map((container) => container.component))].filter((name) => !names.has(name));
  unwanted.sort((a, b) => (a < b ? -1 : 1));
  return { host, components: [...wanted, ...unwanted.map((name) => planRemoval(name, ordered))] };
}

function planComponent(component: DeployableComponent, serving: readonly ObservedContainer[], release: number): PlannedComponent {
  const present = serving.filter((container) => container.component === component.name);
  const to = { release, digest: component.image.digest };
  const first = present[0];
  if (first === undefined) return { component: component.name, action: 'create', to, changes: [] };
  const from = { release: first.release, digest: first.digest };
  const changes = changesBetween(component, present);
  return { component: component.name, action: changes.length === 0 ? 'keep' : 'replace', from, to, changes };
}

function changesBetween(component: DeployableComponent, present: readonly ObservedContainer[]): string[] {
  const changes: string[] = [];
  if (present.some((container) => container.digest !== component.image.digest)) changes.push('image');
  if (present.some((container) => container.spec !== component.specHash)) changes.push('settings');
  if (present.length !== component.run.replicas) changes.push('replicas');
  if (present.some((container) => !container.running)) changes.push('not running');
  return changes;
}

function planRemoval(component: string, serving: readonly ObservedContainer[]): PlannedComponent {
  const first = serving.find((container) => container.component === component);
  return { component, action: 'remove', ...(first && { from: { release: first.release, digest: first.digest } }), changes: [] };
}
