import type { BuildPlace } from '../adapters/docker/docker-image-builder.ts';
import type { Installation } from '../config/installation.ts';
import { isSamePlatform, parsePlatform } from '../domain/platform.ts';
import { connectionOf, type HostConnection } from './connect-hosts.ts';

type BuildPlaces = BuildPlace & { placeFor(platform: string): BuildPlace | undefined };

/** Where images are built: the build host, and for the platforms that have them hosts of their own. Throws UnknownHost. */
export function buildPlaces({ build }: Installation, connections: ReadonlyMap<string, HostConnection>): BuildPlaces {
  const at = (host: string): BuildPlace => ({ host, ...connectionOf(connections, host) });
  const places = Object.entries(build.platforms).map(([platform, host]) => ({ platform: parsePlatform(platform), place: at(host) }));
  const placeFor = (platform: string) => places.find((one) => isSamePlatform(one.platform, parsePlatform(platform)))?.place;
  return { ...at(build.host), placeFor };
}
