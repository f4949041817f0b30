import { platformsOfHost } from '../../../domain/host-platform.ts';
import type { Platform } from '../../../domain/oci-manifest.ts';
import type { EngineInfo } from '../engine-info.ts';

/** What of an engine decides how it gets its images. */
export interface EngineKind {
  /** Whose images it runs, its own first. */
  readonly platforms: readonly Platform[];
  /** Whether it knows layers by their content alone, wherever they come from, so that a later pull finds them. */
  readonly takesLayers: boolean;
}

/** Docker's own stores. Those of containerd and of Podman know content by the names under which a registry has it. */
const GRAPH_DRIVERS = ['overlay2', 'fuse-overlayfs', 'btrfs', 'zfs', 'aufs', 'devicemapper', 'vfs'];

export function kindOf({ OSType = 'linux', Architecture = 'x86_64', Driver = '', DriverStatus }: EngineInfo): EngineKind {
  const isContainerd = (DriverStatus ?? []).some(([key]) => key === 'driver-type');
  return { platforms: platformsOfHost(OSType, Architecture), takesLayers: GRAPH_DRIVERS.includes(Driver) && !isContainerd };
}
