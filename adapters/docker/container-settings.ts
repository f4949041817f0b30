import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerSpec } from '../../activities/hosts/ports.ts';
import { printImage } from '../../domain/image.ts';
import { LABEL } from '../../domain/labels.ts';
import { secretNames } from './resolved-environment.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** Engines count grace in whole seconds: rounded up, so that nobody gets less than they asked for. */
export function graceSeconds(graceMs: number): number {
  return Math.ceil(graceMs / 1000);
}

/** What the engine is asked to create; `environment` has its values resolved. Keys are those of Engine API 1.41. */
export function containerSettings(spec: ContainerSpec, environment: Readonly<Record<string, string>>): ContainerCreateOptions {
  const { run } = spec;
  return {
    name: spec.name,
    Image: printImage(spec.image),
    // Also when there are none: without it a log is not shown.
    Labels: { ...spec.labels, [LABEL.secrets]: secretNames(spec.environment).join(',') },
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    StopTimeout: graceSeconds(run.stopGraceMs),
    // Without this an engine drops port bindings and says nothing; the router also reads it.
    ...(run.publish && { ExposedPorts: { [`${run.publish.port}/tcp`]: {} } }),
    ...(run.command && { Cmd: [...run.command] }),
    HostConfig: hostSettings(spec),
    NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [...spec.aliases] } } },
  };
}

function hostSettings(spec: ContainerSpec): NonNullable<ContainerCreateOptions['HostConfig']> {
  const { run } = spec;
  return {
    NetworkMode: spec.network,
    // Whoever is created only waits: `start` gives the policy that brings a serving container back, `stop` takes it away.
    RestartPolicy: { Name: 'no' },
    // Reaps orphans and passes signals on for programs that were not written to be process 1.
    Init: true,
    // Bounded by itself (five files of 20 MB); json-file fills the disk.
    LogConfig: { Type: 'local', Config: {} },
    Mounts: spec.volumes.map(({ name, path }) => ({
      Type: 'volume',
      Source: name,
      Target: path,
      VolumeOptions: { NoCopy: false, Labels: volumeLabels(spec.labels), DriverConfig: { Name: 'local', Options: {} } },
    })),
    ...(run.memoryBytes !== undefined && { Memory: run.memoryBytes }),
    ...(run.cpus !== undefined && { NanoCpus: Math.round(run.cpus * NANOSECONDS_PER_SECOND) }),
  };
}

/** A volume outlives releases, so it says only whose it is. */
function volumeLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const lasting: readonly string[] = [LABEL.installation, LABEL.application, LABEL.environment];
  return Object.fromEntries(Object.entries(labels).filter(([name]) => lasting.includes(name)));
}
