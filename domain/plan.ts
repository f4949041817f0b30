import { type Alarm, alarmWords } from './alarm.ts';
import { canonicalJson, type HashFunction } from './canonical.ts';
import { type SettingChange, type Settings, settingChanges, settingsInWords } from './container-words.ts';
import type { DeployableComponent, DeployableRelease } from './deployment.ts';
import type { Digest } from './digest.ts';
import { switchSteps } from './hooks.ts';
import type { PlannedJob } from './job.ts';
import type { Strategy } from './pipeline.ts';
import { changedSecrets, type SecretVersions, type WantedSecrets } from './secret-file.ts';
import { strategyWords } from './strategy-words.ts';

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
  /** True also of one that ends again and again, and that its engine starts each time. */
  readonly running: boolean;
  /** Whether it was made as a component's one writer, so that the next version starts when it has stopped. */
  readonly isStateful?: true;
  /** Which values its secret files had; absent where it has none. */
  readonly secrets?: SecretVersions;
  /** What it was made with; undefined when it does not say. */
  readonly settings?: Settings;
  /** True when the engine no longer knows its image by the digest, so that it could not be made again without a registry. */
  readonly imageGone?: boolean;
}

export type PlannedAction = 'create' | 'replace' | 'keep' | 'remove';

export interface PlannedVersion {
  readonly release: number;
  readonly digest: string;
}

/** What is done to one component on a host. Versions, settings in words, and never a value of a variable. */
export interface PlannedComponent {
  readonly component: string;
  readonly action: PlannedAction;
  readonly from?: PlannedVersion;
  readonly to?: PlannedVersion;
  /** What differs: `image`, `replicas`, `not running`, each setting by name, or `settings` where the container does not say which. */
  readonly changes: readonly SettingChange[];
  /** The values that its secret files will have, told apart by keyed digests: a value that changes after the approval changes the plan. */
  readonly secrets?: SecretVersions;
  /** What is done around the switch, and how it is done where people notice, in words; absent where there is nothing to say. */
  readonly steps?: readonly string[];
  /**
   * What is there of `to` where it ran before: its containers, running or not, its image alone, or nothing, so that the image must be
   * pulled. Only where a return is planned.
   */
  readonly found?: 'running' | 'stopped' | 'image' | 'nothing';
  /**
   * What a way back would find of `from` on the host. `ready`: its containers, and its image should they be lost. `image-gone`: its
   * containers alone. Undefined where nothing goes away.
   */
  readonly back?: 'ready' | 'image-gone';
}

export interface HostPlan {
  readonly host: string;
  /** In the order in which they are switched, what goes last. */
  readonly components: readonly PlannedComponent[];
}

/**
 * All that a deployment would do. Plans travel in workflow histories, and hosts are mostly alike: what is done to a component is
 * there once, and each host names the effects that it gets by their place. `hostPlans` puts them together.
 */
export interface DeploymentPlan {
  /** Order and batches, in words. */
  readonly strategy: string;
  readonly effects: readonly PlannedComponent[];
  /** In the order in which they run; absent where there are none. */
  readonly jobs?: readonly PlannedJob[];
  /** In the order in which they are switched. */
  readonly hosts: readonly { readonly host: string; readonly effects: readonly number[] }[];
  /** What takes the release back during its bake time, in words; absent where nothing does. */
  readonly alarms?: readonly string[];
  readonly hash: string;
}

/** What a plan has beside its hosts. */
interface PlanParts {
  readonly jobs?: readonly PlannedJob[];
  readonly alarms?: readonly Alarm[];
}

/** The plan with the hash that approvals are bound to; what was approved is what runs. */
export function sealPlan(
  plans: readonly HostPlan[],
  strategy: Strategy,
  hash: HashFunction,
  { jobs = [], alarms = [] }: PlanParts = {},
): DeploymentPlan {
  const effects: PlannedComponent[] = [];
  const places = new Map<string, number>();
  const placeOf = (component: PlannedComponent): number => {
    const key = canonicalJson(component);
    const place = places.get(key) ?? effects.push(component) - 1;
    places.set(key, place);
    return place;
  };
  const hosts = plans.map(({ host, components }) => ({ host, effects: components.map(placeOf) }));
  const before = jobs.length > 0 && { jobs };
  const afterwards = alarms.length > 0 && { alarms: alarms.map(alarmWords) };
  const content = { strategy: strategyWords(strategy), ...before, effects, hosts, ...afterwards };
  return { ...content, hash: hash(canonicalJson(content)) };
}

/** A plan host by host. */
export function hostPlans({ effects, hosts }: Pick<DeploymentPlan, 'effects' | 'hosts'>): readonly HostPlan[] {
  return hosts.map(({ host, effects: places }) => ({
    host,
    components: places.flatMap((place) => {
      const effect = effects[place];
      return effect === undefined ? [] : [effect];
    }),
  }));
}

/**
 * What a deployment of `release` would do to a host on which `serving` is seen.
 * `serving` holds the containers of the environment's current generation; stopped leftovers are no part of a plan.
 * The order in which an engine lists them makes no difference: a plan's hash is what people approve.
 */
export function planHost(
  host: string,
  serving: readonly ObservedContainer[],
  release: DeployableRelease,
  hash: HashFunction,
  secrets: WantedSecrets = {},
): HostPlan {
  const ordered = [...serving].sort((a, b) => b.generation - a.generation || (a.name < b.name ? -1 : 1));
  const wanted = release.components.map((component) => {
    const versions = secrets[component.name];
    const planned = planComponent(component, ordered, release.number, hash, versions);
    const isHandedOver = ordered.some((container) => container.component === component.name && container.isStateful === true);
    const steps = planned.action === 'keep' ? [] : switchSteps(component, isHandedOver);
    return { ...planned, ...(versions !== undefined && { secrets: versions }), ...(steps.length > 0 && { steps }) };
  });
  const names = new Set(release.components.map((component) => component.name));
  const unwanted = [...new Set(serving.map((container) => container.component))].filter((name) => !names.has(name));
  unwanted.sort((a, b) => (a < b ? -1 : 1));
  return { host, components: [...wanted, ...unwanted.flatMap((name) => planRemoval(name, ordered))] };
}

function planComponent(
  component: DeployableComponent,
  serving: readonly ObservedContainer[],
  release: number,
  hash: HashFunction,
  secrets: SecretVersions | undefined,
): PlannedComponent {
  const present = serving.filter((container) => container.component === component.name);
  const to = { release, digest: component.image.digest };
  const first = present[0];
  if (first === undefined) return { component: component.name, action: 'create', to, changes: [] };
  const from = { release: first.release, digest: first.digest };
  const changes = changesBetween(component, present, hash, secrets);
  if (changes.length === 0) return { component: component.name, action: 'keep', from, to, changes };
  return { component: component.name, action: 'replace', from, to, changes, back: wayBack(present) };
}

function changesBetween(
  component: DeployableComponent,
  present: readonly ObservedContainer[],
  hash: HashFunction,
  secrets: SecretVersions | undefined,
): SettingChange[] {
  const { image, run, specHash } = component;
  const changes: SettingChange[] = [];
  if (present.some((container) => container.digest !== image.digest)) changes.push({ what: 'image' });
  const other = present.find((container) => container.spec !== specHash);
  if (other !== undefined) changes.push(...settingsBetween(other.settings, settingsInWords(run, hash)));
  changes.push(...secretChanges(present, secrets, changes));
  if (present.length !== run.replicas) changes.push({ what: 'replicas', from: String(present.length), to: String(run.replicas) });
  if (present.some((container) => !container.running)) changes.push({ what: 'not running' });
  return changes;
}

/** Another value behind an unchanged reference: that there is one, and nothing of it. */
function secretChanges(
  present: readonly ObservedContainer[],
  wanted: SecretVersions | undefined,
  known: readonly SettingChange[],
): SettingChange[] {
  const names = new Set(present.flatMap((container) => changedSecrets(container.secrets, wanted)));
  return [...names].map((name) => ({ what: `secret ${name}` })).filter(({ what }) => !known.some((change) => change.what === what));
}

/** Another form that reads alike differs in what an older version of Tidegate had no words for. */
function settingsBetween(from: Settings | undefined, to: Settings): readonly SettingChange[] {
  const changes = from === undefined ? [] : settingChanges(from, to);
  return changes.length === 0 ? [{ what: 'settings' }] : changes;
}

function planRemoval(component: string, serving: readonly ObservedContainer[]): PlannedComponent[] {
  const present = serving.filter((container) => container.component === component);
  const [first] = present;
  if (first === undefined) return [];
  return [{ component, action: 'remove', from: { release: first.release, digest: first.digest }, changes: [], back: wayBack(present) }];
}

function wayBack(present: readonly ObservedContainer[]): 'ready' | 'image-gone' {
  return present.some((container) => container.imageGone === true) ? 'image-gone' : 'ready';
}
