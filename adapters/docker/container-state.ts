import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { LabelsUnreadable } from '../../activities/hosts/errors.ts';
import type { ContainerState } from '../../activities/hosts/ports.ts';
import type { Settings } from '../../domain/container-words.ts';
import { type Digest, MalformedDigest, parseDigest } from '../../domain/digest.ts';
import { LABEL } from '../../domain/labels.ts';
import type { ObservedContainer } from '../../domain/plan.ts';

const STATUSES = ['created', 'running', 'restarting', 'exited', 'paused', 'dead', 'removing'] as const;
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'] as const;

/** A component's container as the engine lists it. Throws LabelsUnreadable. */
export function observedContainer(host: string, listed: ContainerInfo): ObservedContainer {
  const name = withoutSlash(listed.Names[0] ?? listed.Id);
  const read = (label: string) => labelText(host, name, listed.Labels, label);
  const count = (label: string) => labelNumber(host, name, listed.Labels, label);
  return {
    name,
    component: read(LABEL.component),
    release: count(LABEL.release),
    deployment: read(LABEL.deployment),
    generation: count(LABEL.generation),
    replica: count(LABEL.replica),
    digest: labelDigest(host, name, listed.Labels),
    spec: read(LABEL.spec),
    // One that keeps ending is started again and again by its engine: it is to be stopped like any that runs.
    running: listed.State === 'running' || listed.State === 'restarting',
    ...settingsOf(listed.Labels[LABEL.settings]),
    ...secretsOf(listed.Labels[LABEL.secretFiles]),
    ...(listed.Labels[LABEL.stateful] === 'true' && { isStateful: true }),
    // An engine lists an image by the name that it was asked for, and by its id once it has forgotten the name.
    ...(!listed.Image.includes('@') && { imageGone: true }),
  };
}

/** A label that does not read names no version, so that the container counts as one whose secrets changed. */
function secretsOf(label: string | undefined): Pick<ObservedContainer, 'secrets'> {
  if (label === undefined) return {};
  const versions = settingsOf(label).settings;
  return { secrets: versions ?? {} };
}

/** What the label says is for people: one that does not read is as good as none. */
function settingsOf(label: string | undefined): Pick<ObservedContainer, 'settings'> {
  try {
    const settings: unknown = JSON.parse(label ?? 'null');
    return isSettings(settings) ? { settings } : {};
  } catch {
    return {};
  }
}

function isSettings(value: unknown): value is Settings {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((words) => typeof words === 'string')
  );
}

/** A container as the engine inspects it; `digest` is that of the image which it was created from. */
export function containerState(inspected: ContainerInspectInfo, digest: Digest): ContainerState {
  const { State: state } = inspected;
  return {
    name: withoutSlash(inspected.Name),
    id: inspected.Id,
    status: STATUSES.find((status) => status === state.Status) ?? 'dead',
    health: HEALTHS.find((health) => health === state.Health?.Status) ?? 'none',
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    restarts: inspected.RestartCount,
    address: addressOf(inspected),
    startedAt: state.StartedAt,
    isKept: inspected.HostConfig.RestartPolicy?.Name === 'always',
    labels: inspected.Config.Labels,
    digest,
  };
}

/** The digest that a container was created by; undefined when it was created from a tag. */
export function createdFrom(inspected: ContainerInspectInfo): Digest | undefined {
  const [, digest] = inspected.Config.Image.split('@');
  return digest === undefined ? undefined : parseDigest(digest);
}

/** The address in the network that the container was created in, whatever it was joined to later. */
function addressOf(inspected: ContainerInspectInfo): string | undefined {
  if (!inspected.State.Running) return undefined;
  const network = inspected.HostConfig.NetworkMode ?? '';
  return inspected.NetworkSettings.Networks[network]?.IPAddress || undefined;
}

function labelText(host: string, name: string, labels: Readonly<Record<string, string>>, label: string): string {
  const value = labels[label];
  if (value === undefined || value === '') throw new LabelsUnreadable(host, name, label, 'missing');
  return value;
}

function labelNumber(host: string, name: string, labels: Readonly<Record<string, string>>, label: string): number {
  const value = labelText(host, name, labels, label);
  if (!/^\d{1,15}$/.test(value)) throw new LabelsUnreadable(host, name, label, JSON.stringify(value));
  return Number(value);
}

function labelDigest(host: string, name: string, labels: Readonly<Record<string, string>>): Digest {
  const value = labelText(host, name, labels, LABEL.digest);
  try {
    return parseDigest(value);
  } catch (error) {
    if (error instanceof MalformedDigest) throw new LabelsUnreadable(host, name, LABEL.digest, JSON.stringify(value));
    throw error;
  }
}

function withoutSlash(name: string): string {
  return name.replace(/^\//, '');
}
