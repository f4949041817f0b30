import type Docker from 'dockerode';
import { platformsOfHost } from '../../../domain/host-platform.ts';
import type { Platform } from '../../../domain/oci-manifest.ts';
import { asEngineError, callEngine, type Engine } from '../engine-calls.ts';

/** What of an engine decides how it gets its images. */
export interface EngineKind {
  /** Whose images it runs, its own first. */
  readonly platforms: readonly Platform[];
  /** Whether it knows layers by their content alone, wherever they come from, so that a later pull finds them. */
  readonly takesLayers: boolean;
}

/** Docker's own stores. Those of containerd and of Podman know content by the names under which a registry has it. */
const GRAPH_DRIVERS = ['overlay2', 'fuse-overlayfs', 'btrfs', 'zfs', 'aufs', 'devicemapper', 'vfs'];

interface EngineInfo {
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly Driver?: string;
  readonly DriverStatus?: readonly (readonly string[])[] | null;
}

/** Asks an engine what it is. Throws EngineUnreachable, EngineFault. */
export async function engineKind(engine: Engine, { signal }: { readonly signal: AbortSignal }): Promise<EngineKind> {
  const doing = 'say what it is';
  try {
    return kindOf(await callEngine(engine, doing, { signal }, (abortSignal) => askInfo(engine.docker, abortSignal)));
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

/** Reads `GET /info` (Engine API, "Get system information"). */
export function kindOf({ OSType = 'linux', Architecture = 'x86_64', Driver = '', DriverStatus }: EngineInfo): EngineKind {
  const isContainerd = (DriverStatus ?? []).some(([key]) => key === 'driver-type');
  return { platforms: platformsOfHost(OSType, Architecture), takesLayers: GRAPH_DRIVERS.includes(Driver) && !isContainerd };
}

/** The types of dockerode's own call know no signal. */
function askInfo(docker: Docker, abortSignal: AbortSignal): Promise<EngineInfo> {
  const statusCodes = { 200: true, 500: 'server error' };
  return new Promise((resolve, reject) => {
    docker.modem.dial({ path: '/info', method: 'GET', abortSignal, statusCodes }, (error, info) =>
      error ? reject(error) : resolve(info as EngineInfo),
    );
  });
}
