import type { ContainerSpec, ContainerState, ExaminedContainer } from '../../../activities/hosts/ports.ts';
import type { Settings } from '../../../domain/container-words.ts';
import { LABEL } from '../../../domain/labels.ts';
import type { ObservedContainer } from '../../../domain/plan.ts';

/** How containers of an image behave; a good one answers well and as itself. */
export type Behaviour = 'good' | 'exits' | 'restarts' | 'unhealthy' | 'silent' | 'false-identity';

/** A container of a host in memory. */
export interface FakeContainer {
  readonly spec: ContainerSpec;
  status: ContainerState['status'];
  restarts: number;
  startedAt: number;
  exitCode?: number;
  readonly address: string;
}

/** As engines list it. */
export function observed({ spec, status }: FakeContainer): ObservedContainer {
  const label = (name: string): string => spec.labels[name] ?? '';
  return {
    name: spec.name,
    component: label(LABEL.component),
    release: Number(label(LABEL.release)),
    deployment: label(LABEL.deployment),
    generation: Number(label(LABEL.generation)),
    replica: Number(label(LABEL.replica)),
    digest: spec.image.digest,
    spec: label(LABEL.spec),
    running: status === 'running' || status === 'restarting',
    ...(spec.labels[LABEL.stateful] === 'true' && { isStateful: true }),
    ...(LABEL.secretFiles in spec.labels && { secrets: JSON.parse(label(LABEL.secretFiles)) as Settings }),
    settings: JSON.parse(label(LABEL.settings)) as Settings,
  };
}

/** As it is looked at when it has failed. */
export function examined({ spec, status, restarts, exitCode = 3 }: FakeContainer): ExaminedContainer {
  return {
    container: spec.name,
    digest: spec.image.digest,
    status,
    exitCode: status === 'exited' ? exitCode : 0,
    outOfMemory: false,
    restarts,
    startedAt: '',
    finishedAt: '',
    error: '',
    health: { status: 'none', log: [] },
    log: `said by ${spec.name}`,
  };
}

/** As engines inspect it. `isKept` is whether its restart policy has it started again. */
export function inspected({ spec, status, restarts, startedAt, address, exitCode = 3 }: FakeContainer, isKept: boolean): ContainerState {
  return {
    name: spec.name,
    id: spec.name,
    status,
    health: 'none',
    exitCode: status === 'exited' ? exitCode : 0,
    outOfMemory: false,
    restarts,
    address: status === 'running' ? address : undefined,
    startedAt: new Date(startedAt).toISOString(),
    isKept,
    labels: spec.labels,
    digest: spec.image.digest,
  };
}
