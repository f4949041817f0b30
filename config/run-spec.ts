import type { ContainerOptions, VolumeMount } from '../domain/container.ts';
import type { HealthCheck, Publication, RunSpec } from '../domain/pipeline.ts';
import type { SecretFile } from '../domain/secret-file.ts';
import { toDrain } from './drain-schema.ts';
import type { PipelineDocument } from './pipeline-schema.ts';
import type { VolumeDocument } from './volume-schema.ts';

type ComponentDocument = PipelineDocument['components'][string];

/** How a component is run, with what the file leaves open filled in. */
export function toRunSpec(document: ComponentDocument): RunSpec {
  const { environment, volumes, publish, stopGrace, drain, replicas } = document;
  const health = toHealthCheck(document.health, publish);
  return {
    ...toContainerOptions(document),
    environment,
    ...toSecrets(document.secrets),
    volumes: volumes.map(toVolume),
    ...(publish !== undefined && { publish: toPublication(publish, health) }),
    health,
    stopGraceMs: stopGrace,
    ...toDrain(drain),
    replicas,
  };
}

const READABLE = 0o444;

/** In the order of their names: the same secrets written in another order are the same container. */
function toSecrets(secrets: ComponentDocument['secrets'] = {}): Pick<RunSpec, 'secrets'> {
  const files = Object.entries(secrets).map(([name, secret]): SecretFile => {
    return typeof secret === 'string' ? { name, value: secret, uid: 0, gid: 0, mode: READABLE } : { name, ...secret };
  });
  return files.length === 0 ? {} : { secrets: files.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

const SAME = [
  ...(['entrypoint', 'command', 'user', 'workingDirectory', 'hostname', 'stopSignal', 'init', 'readOnlyRoot', 'noNewPrivileges'] as const),
  ...(['capabilities', 'pids', 'ulimits', 'cpus', 'extraHosts', 'labels', 'logging', 'aliases', 'networks'] as const),
] as const;

/** What is not in the file is not in what is made of it, so that defaults are decided in one place. */
function toContainerOptions(document: ComponentDocument): ContainerOptions {
  const { memory, swap, memoryReservation, shm } = document;
  return {
    ...Object.fromEntries(SAME.flatMap((key) => (document[key] === undefined ? [] : [[key, document[key]]]))),
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(swap !== undefined && { swapBytes: swap }),
    ...(memoryReservation !== undefined && { memoryReservationBytes: memoryReservation }),
    ...(shm !== undefined && { shmBytes: shm }),
  };
}

function toVolume({ name, bind, tmpfs, path, readOnly }: VolumeDocument): VolumeMount {
  if (tmpfs !== undefined) return { tmpfs: { sizeBytes: tmpfs.size, mode: tmpfs.mode }, path };
  const access = readOnly === undefined ? {} : { readOnly };
  return bind === undefined ? { name: name ?? '', path, ...access } : { bind, path, ...access };
}

function toPublication(publish: NonNullable<ComponentDocument['publish']>, health: HealthCheck): Publication {
  const { port, host = '', path = '/', identity, tcp } = publish;
  if (tcp !== undefined) return { port, tcp };
  return { port, host, path, identityPath: identity ?? (health.kind === 'http' ? health.path : path) };
}

const ASKED = { intervalMs: 500, timeoutMs: 2_000, threshold: 2, deadlineMs: 30_000 };
const RUNNING = { stableMs: 2_000, deadlineMs: 30_000 };

function toHealthCheck(health: ComponentDocument['health'], publish: ComponentDocument['publish']): HealthCheck {
  const path = publish?.path ?? '/';
  if (health?.http !== undefined) {
    const { path: own, interval, timeout, threshold, deadline } = health.http;
    return { kind: 'http', path: own ?? path, intervalMs: interval, timeoutMs: timeout, threshold, deadlineMs: deadline };
  }
  if (health?.tcp !== undefined) {
    const { port, interval, timeout, threshold, deadline } = health.tcp;
    // Without a port there is nothing to ask; `pipelineFaults` says so.
    return { kind: 'tcp', port: port ?? publish?.port ?? 0, intervalMs: interval, timeoutMs: timeout, threshold, deadlineMs: deadline };
  }
  if (health?.command !== undefined) {
    const { run, interval, timeout, startPeriod, failures, deadline } = health.command;
    return {
      kind: 'command',
      command: run,
      intervalMs: interval,
      timeoutMs: timeout,
      startPeriodMs: startPeriod,
      failures,
      deadlineMs: deadline,
    };
  }
  if (health?.container !== undefined) return { kind: 'container', deadlineMs: health.container.deadline };
  if (health?.running !== undefined) return { kind: 'running', stableMs: health.running.stable, deadlineMs: health.running.deadline };
  if (publish === undefined) return { kind: 'running', ...RUNNING };
  return publish.tcp === undefined ? { kind: 'http', path, ...ASKED } : { kind: 'tcp', port: publish.port, ...ASKED };
}
