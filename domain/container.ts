import { type Capabilities, effectiveCapabilities } from './capabilities.ts';
import type { Publication, RunSpec } from './pipeline.ts';
import type { SecretFile } from './secret-file.ts';

/** What a component may say about its container beyond what nearly every component says. Sizes in bytes. */
export interface ContainerOptions {
  /** Instead of the image's; the image's own command goes with it. */
  readonly entrypoint?: readonly string[];
  /** `name`, `uid`, or either with `:group`. */
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly hostname?: string;
  readonly stopSignal?: string;
  /** Whether a small process 1 reaps orphans and passes signals on. */
  readonly init?: boolean;
  readonly readOnlyRoot?: boolean;
  readonly noNewPrivileges?: boolean;
  readonly capabilities?: Capabilities;
  /** Processes and threads at most. */
  readonly pids?: number;
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  /** Beyond `memoryBytes`; 0 for none. */
  readonly swapBytes?: number;
  readonly memoryReservationBytes?: number;
  readonly shmBytes?: number;
  /** Host name to address, or to `host-gateway`. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly logging?: Logging;
  /** Further names in the application's network. */
  readonly aliases?: readonly string[];
  /** Networks of the host that it joins besides the application's own, which the environment's owners allow. */
  readonly networks?: readonly string[];
}

/** -1 is no limit. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

export interface Logging {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A folder in a container that is not of its image. */
export type VolumeMount =
  /** A volume of the application in its environment; every component that names it shares it. */
  | { readonly name: string; readonly path: string; readonly readOnly?: boolean }
  /** A folder of the host, which the environment's owners allow. */
  | { readonly bind: string; readonly path: string; readonly readOnly?: boolean }
  /** Memory that goes with the container. `mode` as in chmod. */
  | { readonly tmpfs: { readonly sizeBytes: number; readonly mode: number }; readonly path: string };

/** How an engine itself asks a container. Milliseconds. */
export interface EngineHealthCheck {
  readonly command: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly failures: number;
}

/** All that a container is made with and that cannot be changed while it lives, with every default filled in. */
export interface ContainerForm extends Required<Omit<ContainerOptions, OptionalInForm | 'capabilities' | 'stopSignal'>> {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets?: readonly SecretFile[];
  readonly volumes: readonly VolumeMount[];
  readonly publish?: Publication;
  readonly health?: EngineHealthCheck;
  /** Those that it has, and no others. */
  readonly capabilities: readonly string[];
  readonly stopSignal?: string;
  readonly stopGraceSeconds: number;
  readonly memoryBytes?: number;
  readonly swapBytes?: number;
  readonly memoryReservationBytes?: number;
  readonly shmBytes?: number;
  readonly cpus?: number;
}

type OptionalInForm = 'entrypoint' | 'swapBytes' | 'memoryReservationBytes' | 'shmBytes';

/** Enough for threads by the thousand, and too few for a fork bomb to take its host down. */
export const DEFAULT_PIDS = 4_096;

/** Bounded by itself (five files of 20 MB); json-file fills the disk. */
const DEFAULT_LOGGING: Logging = { driver: 'local', options: {} };

/** What a component's container is made with. Two components of one form can share a container: what differs is not of the container. */
export function containerForm(run: RunSpec): ContainerForm {
  const { drainMs: _, drain: __, replicas: ___, health, stopGraceMs, capabilities, volumes, aliases, networks, ...rest } = run;
  return {
    user: '',
    workingDirectory: '',
    hostname: '',
    init: true,
    readOnlyRoot: false,
    noNewPrivileges: true,
    pids: DEFAULT_PIDS,
    ulimits: {},
    extraHosts: {},
    labels: {},
    logging: DEFAULT_LOGGING,
    ...rest,
    aliases: [...(aliases ?? [])].sort(),
    networks: [...(networks ?? [])].sort(),
    capabilities: effectiveCapabilities(capabilities),
    volumes: volumes.map(withAccess),
    stopGraceSeconds: wholeSeconds(stopGraceMs),
    ...(health.kind === 'command' && { health: engineHealth(health) }),
  };
}

/** Engines count grace in whole seconds: rounded up, so that nobody gets less than they asked for. */
export function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}

function withAccess(volume: VolumeMount): VolumeMount {
  return 'tmpfs' in volume ? volume : { ...volume, readOnly: volume.readOnly ?? false };
}

function engineHealth({ command, intervalMs, timeoutMs, startPeriodMs, failures }: EngineHealthCheck): EngineHealthCheck {
  return { command, intervalMs, timeoutMs, startPeriodMs, failures };
}
