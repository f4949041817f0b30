import type { ContainerCreateOptions, HealthConfig } from 'dockerode';
import type { ContainerSpec } from '../../activities/hosts/ports.ts';
import { type ContainerForm, containerForm, type EngineHealthCheck, type VolumeMount, wholeSeconds } from '../../domain/container.ts';
import { printImage } from '../../domain/image.ts';
import { LABEL } from '../../domain/labels.ts';
import { SECRETS_FOLDER } from '../../domain/secret-file.ts';
import { secretNames } from './resolved-environment.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;

type HostSettings = NonNullable<ContainerCreateOptions['HostConfig']>;

/** Engines count grace in whole seconds: rounded up, so that nobody gets less than they asked for. */
export const graceSeconds = wholeSeconds;

/**
 * What the engine is asked to create; `environment` has its values resolved, `secrets` is the host's folder with the secret files.
 * Keys are those of Engine API 1.41.
 */
export function containerSettings(
  spec: ContainerSpec,
  environment: Readonly<Record<string, string>>,
  secrets?: string,
): ContainerCreateOptions {
  const form = containerForm(spec.run);
  return {
    name: spec.name,
    Image: printImage(spec.image),
    // The label of secrets also when there are none: without it a log is not shown.
    Labels: { ...form.labels, ...spec.labels, [LABEL.secrets]: secretNames(spec.environment).join(',') },
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    StopTimeout: form.stopGraceSeconds,
    // Without this an engine drops port bindings and says nothing; the router also reads it.
    ...(form.publish && { ExposedPorts: { [`${form.publish.port}/tcp`]: {} } }),
    ...(form.entrypoint && { Entrypoint: [...form.entrypoint] }),
    ...(form.command && { Cmd: [...form.command] }),
    ...(form.user !== '' && { User: form.user }),
    ...(form.workingDirectory !== '' && { WorkingDir: form.workingDirectory }),
    ...(form.hostname !== '' && { Hostname: form.hostname }),
    ...(form.stopSignal !== undefined && { StopSignal: form.stopSignal }),
    ...(form.health && { Healthcheck: healthSettings(form.health) }),
    HostConfig: hostSettings(spec, form, secrets),
    NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [...spec.aliases] } } },
  };
}

function healthSettings({ command, intervalMs, timeoutMs, startPeriodMs, failures }: EngineHealthCheck): HealthConfig {
  const nanoseconds = (milliseconds: number): number => milliseconds * NANOSECONDS_PER_MILLISECOND;
  return {
    Test: ['CMD', ...command],
    Interval: nanoseconds(intervalMs),
    Timeout: nanoseconds(timeoutMs),
    StartPeriod: nanoseconds(startPeriodMs),
    Retries: failures,
  };
}

function hostSettings(spec: ContainerSpec, form: ContainerForm, secrets: string | undefined): HostSettings {
  return {
    NetworkMode: spec.network,
    // Whoever is created only waits: `start` gives the policy that brings a serving container back, `stop` takes it away.
    RestartPolicy: { Name: 'no' },
    Init: form.init,
    LogConfig: { Type: form.logging.driver, Config: { ...form.logging.options } },
    Mounts: [
      ...spec.volumes.map((volume) => mountOf(volume, volumeLabels(spec.labels))),
      // An engine that finds no such folder does not start the container: it never runs without its secrets.
      ...(secrets === undefined ? [] : [mountOf({ bind: secrets, path: SECRETS_FOLDER, readOnly: true }, {})]),
    ],
    ReadonlyRootfs: form.readOnlyRoot,
    ...(form.noNewPrivileges && { SecurityOpt: ['no-new-privileges'] }),
    // Engines differ in their own sets, and this one is the same everywhere.
    CapDrop: ['ALL'],
    CapAdd: [...form.capabilities],
    ExtraHosts: sorted(form.extraHosts).map(([name, address]) => `${name}:${address}`),
    ...limits(form),
  };
}

function limits(form: ContainerForm): HostSettings {
  const { memoryBytes: memory, swapBytes: swap, memoryReservationBytes: reservation, cpus, shmBytes: shm } = form;
  return {
    PidsLimit: form.pids,
    Ulimits: sorted(form.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    ...(memory !== undefined && { Memory: memory }),
    // Engines count memory and swap together.
    ...(memory !== undefined && swap !== undefined && { MemorySwap: memory + swap }),
    ...(reservation !== undefined && { MemoryReservation: reservation }),
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * NANOSECONDS_PER_SECOND) }),
    ...(shm !== undefined && { ShmSize: shm }),
  };
}

function mountOf(volume: VolumeMount, labels: Record<string, string>): NonNullable<HostSettings['Mounts']>[number] {
  if ('tmpfs' in volume) {
    const { sizeBytes, mode } = volume.tmpfs;
    return { Type: 'tmpfs', Source: '', Target: volume.path, TmpfsOptions: { SizeBytes: sizeBytes, Mode: mode } };
  }
  const at = { Target: volume.path, ReadOnly: volume.readOnly ?? false };
  // Unlike the short form, an engine makes no folder that is not there.
  if ('bind' in volume) return { Type: 'bind', Source: volume.bind, ...at, BindOptions: { Propagation: 'rprivate' } };
  const VolumeOptions = { NoCopy: false, Labels: labels, DriverConfig: { Name: 'local', Options: {} } };
  return { Type: 'volume', Source: volume.name, ...at, VolumeOptions };
}

function sorted<Value>(record: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A volume outlives releases, so it says only whose it is. */
function volumeLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const lasting: readonly string[] = [LABEL.installation, LABEL.application, LABEL.environment];
  return Object.fromEntries(Object.entries(labels).filter(([name]) => lasting.includes(name)));
}
