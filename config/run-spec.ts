import type { HealthCheck, Publication, RunSpec } from '../domain/pipeline.ts';
import type { PipelineDocument } from './pipeline-schema.ts';

type ComponentDocument = PipelineDocument['components'][string];

/** How a component is run, with what the file leaves open filled in. */
export function toRunSpec(document: ComponentDocument): RunSpec {
  const { command, environment, volumes, publish, stopGrace, drain, replicas, memory, cpus } = document;
  const health = toHealthCheck(document.health, publish);
  return {
    ...(command !== undefined && { command }),
    environment,
    volumes,
    ...(publish !== undefined && { publish: toPublication(publish, health) }),
    health,
    stopGraceMs: stopGrace,
    drainMs: drain,
    replicas,
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(cpus !== undefined && { cpus }),
  };
}

function toPublication(publish: NonNullable<ComponentDocument['publish']>, health: HealthCheck): Publication {
  const { port, host, path, identity } = publish;
  return { port, host, path, identityPath: identity ?? (health.kind === 'http' ? health.path : path) };
}

const HTTP = { intervalMs: 500, timeoutMs: 2_000, threshold: 2, deadlineMs: 30_000 };
const RUNNING = { stableMs: 2_000, deadlineMs: 30_000 };

function toHealthCheck(health: ComponentDocument['health'], publish: ComponentDocument['publish']): HealthCheck {
  const path = publish?.path ?? '/';
  if (health?.http !== undefined) {
    const { path: own, interval, timeout, threshold, deadline } = health.http;
    return { kind: 'http', path: own ?? path, intervalMs: interval, timeoutMs: timeout, threshold, deadlineMs: deadline };
  }
  if (health?.container !== undefined) return { kind: 'container', deadlineMs: health.container.deadline };
  if (health?.running !== undefined) return { kind: 'running', stableMs: health.running.stable, deadlineMs: health.running.deadline };
  return publish === undefined ? { kind: 'running', ...RUNNING } : { kind: 'http', path, ...HTTP };
}
