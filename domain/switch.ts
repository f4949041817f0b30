import type { DeployableComponent, DeployableRelease } from './deployment.ts';
import { containerName } from './labels.ts';
import type { ObservedContainer } from './plan.ts';
import { changedSecrets, type SecretVersions } from './secret-file.ts';

/** Where an application runs. */
export interface Place {
  readonly application: string;
  readonly environment: string;
}

/** One container that is to serve, and what it answers as its identity. */
export interface Runner {
  readonly name: string;
  readonly replica: number;
  readonly generation: number;
  /** The deployment that it was made by: its TIDEGATE_DEPLOYMENT. */
  readonly deployment: string;
}

/**
 * `keep` goes on with what serves; `return` takes back what served in an earlier deployment of the same release; `create` makes
 * new containers. Only what is behind the router is taken back: there the router refuses whoever comes too late, while of a
 * container outside it nobody could tell whether it was started by the latest or by one who was overtaken.
 */
export interface ComponentChoice {
  readonly component: DeployableComponent;
  readonly kind: 'keep' | 'return' | 'create';
  readonly runners: readonly Runner[];
}

/** A deployment as far as it decides what runs. */
export interface Cause {
  readonly deployment: string;
  readonly generation: number;
}

/** The highest generation on a host above `generation`: whoever sees one has been overtaken. Undefined when there is none. */
export function overtakenBy(generation: number, observed: readonly ObservedContainer[]): number | undefined {
  const highest = Math.max(0, ...observed.map((container) => container.generation));
  return highest > generation ? highest : undefined;
}

/** What the router is told by the way there and by the way back: a late switch must not undo the restoration of its own generation. */
export const switchFence = (generation: number): number => generation;
export const restoreFence = (generation: number): number => generation + 0.5;

/**
 * A component's containers that serve, read from the host alone: those that the router gives requests to, and where it
 * gives none, the running ones of the highest generation. Warm ones of earlier generations do not serve.
 */
export function servingContainers(
  component: string,
  observed: readonly ObservedContainer[],
  routed: readonly string[],
): readonly ObservedContainer[] {
  const own = observed.filter((container) => container.component === component);
  const behindRouter = own.filter((container) => routed.includes(container.name));
  if (behindRouter.length > 0) return inOrder(behindRouter);
  const running = own.filter((container) => container.running);
  const newest = Math.max(0, ...running.map((container) => container.generation));
  return inOrder(running.filter((container) => container.generation === newest));
}

/**
 * The containers that are to serve a component of the release in this deployment. The choice is the same when asked again
 * after the containers were made, and after requests were moved to them. Containers whose secret files have other values than
 * `secrets` serve no longer: what changed a password wants it used.
 */
export function chooseForSwitch(
  place: Place,
  component: DeployableComponent,
  release: number,
  cause: Cause,
  observed: readonly ObservedContainer[],
  serving: readonly ObservedContainer[],
  secrets?: SecretVersions,
): ComponentChoice {
  const isCurrent = (group: readonly ObservedContainer[]): boolean =>
    isWhole(component, group) && group.every((container) => changedSecrets(container.secrets, secrets).length === 0);
  const own = observed.filter((container) => container.component === component.name);
  const earlier = own.filter((container) => container.generation < cause.generation);
  const isBegun = own.length > earlier.length;
  if (!isBegun) {
    if (serving.every((container) => container.running) && isCurrent(serving)) return choice(component, 'keep', serving);
    const returning = groups(earlier).find((group) => isCurrent(group) && group.every((container) => container.release === release));
    if (component.run.publish !== undefined && returning !== undefined) return choice(component, 'return', returning);
  }
  return { component, kind: 'create', runners: replicas(component, (replica) => newRunner(place, component, cause, replica)) };
}

/**
 * The containers that served a component of the previous release, to serve it again: a whole and running group first, then
 * the newest of which anything is left; what is missing of it is made again under its own name.
 */
export function chooseForRestore(
  place: Place,
  component: DeployableComponent,
  previous: Cause,
  observed: readonly ObservedContainer[],
): ComponentChoice {
  const own = observed.filter((container) => container.component === component.name && container.generation <= previous.generation);
  const alike = groups(own.filter((container) => isAlike(component, container)));
  const isReady = (group: readonly ObservedContainer[]): boolean => isWhole(component, group) && group.every(({ running }) => running);
  const found = alike.find(isReady) ?? alike.find((group) => isWhole(component, group)) ?? alike[0];
  if (found !== undefined && isWhole(component, found)) return choice(component, 'return', found);
  const first = found?.[0];
  const cause = first === undefined ? previous : { deployment: first.deployment, generation: first.generation };
  return { component, kind: 'create', runners: replicas(component, (replica) => newRunner(place, component, cause, replica)) };
}

/** Containers of components that the release no longer has, still running. */
export function runningStrangers(release: DeployableRelease, observed: readonly ObservedContainer[]): readonly ObservedContainer[] {
  const names = new Set(release.components.map((component) => component.name));
  return inOrder(observed.filter((container) => container.running && !names.has(container.component)));
}

export interface Retirement {
  /** To be kept for a rollback and stopped: what is down already could be started again by its engine. */
  readonly stop: readonly ObservedContainer[];
  /** Older ones, to be stopped and removed. */
  readonly remove: readonly ObservedContainer[];
}

/**
 * What is no longer needed once a deployment has proved itself: all that does not serve. Of each component what came last up to
 * the previous generation stays, stopped; kept components carry an earlier generation than the release they belong to.
 */
export function chooseForRetirement(
  observed: readonly ObservedContainer[],
  serving: readonly ObservedContainer[],
  previousGeneration: number | null,
): Retirement {
  const idle = observed.filter((container) => !serving.some(({ name }) => name === container.name));
  const kept = idle.filter((container) => container.generation === lastGeneration(container.component, idle, previousGeneration));
  return {
    stop: inOrder(kept),
    remove: inOrder(idle.filter((container) => !kept.includes(container))),
  };
}

function lastGeneration(component: string, idle: readonly ObservedContainer[], limit: number | null): number | undefined {
  if (limit === null) return undefined;
  const generations = idle.filter((container) => container.component === component).map((container) => container.generation);
  return Math.max(...generations.filter((generation) => generation <= limit));
}

/** Whether an answer proves the identity: the deployment's id, and not a longer one that begins like it, in a header or the body. */
export function holdsIdentity(
  answer: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  deployment: string,
): boolean {
  // JSON may escape the slashes of an id.
  const texts = [...Object.values(answer.headers), answer.body.replaceAll('\\/', '/')];
  return texts.some((text) => occurrences(text, deployment).some((end) => !/^[A-Za-z0-9/_-]/.test(text.slice(end, end + 1))));
}

/** Where each occurrence ends. */
function occurrences(text: string, part: string): number[] {
  const ends: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) ends.push(at + part.length);
  return ends;
}

function isAlike(component: DeployableComponent, container: ObservedContainer): boolean {
  return container.digest === component.image.digest && container.spec === component.specHash;
}

function isWhole(component: DeployableComponent, group: readonly ObservedContainer[]): boolean {
  return group.length === component.run.replicas && group.every((container) => isAlike(component, container));
}

/** By generation, newest first. */
function groups(containers: readonly ObservedContainer[]): readonly (readonly ObservedContainer[])[] {
  const generations = [...new Set(containers.map((container) => container.generation))].sort((a, b) => b - a);
  return generations.map((generation) => inOrder(containers.filter((container) => container.generation === generation)));
}

function inOrder(containers: readonly ObservedContainer[]): readonly ObservedContainer[] {
  return [...containers].sort((a, b) => b.generation - a.generation || (a.name < b.name ? -1 : 1));
}

function choice(component: DeployableComponent, kind: 'keep' | 'return', containers: readonly ObservedContainer[]): ComponentChoice {
  return { component, kind, runners: containers.map(runnerOf) };
}

function runnerOf({ name, replica, generation, deployment }: ObservedContainer): Runner {
  return { name, replica, generation, deployment };
}

function replicas(component: DeployableComponent, make: (replica: number) => Runner): Runner[] {
  return Array.from({ length: component.run.replicas }, (_, index) => make(index + 1));
}

function newRunner(place: Place, component: DeployableComponent, cause: Cause, replica: number): Runner {
  const name = containerName({ ...place, component: component.name, generation: cause.generation, replica });
  return { name, replica, ...cause };
}
