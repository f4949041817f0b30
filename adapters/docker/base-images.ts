import type Docker from 'dockerode';
import type { RegistryCredentials } from '../../activities/images.ts';
import { registryOf } from './pull-failure.ts';
import { authConfig } from './pull-image.ts';

const FROM = /^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)/gim;

/** The registries that a Dockerfile's base images come from, as far as they stand there in plain words. */
export function baseRegistries(dockerfile: string): string[] {
  const images = [...dockerfile.matchAll(FROM)].flatMap(([, image]) => (image === undefined || image.includes('$') ? [] : [image]));
  return [...new Set(images.filter((image) => image !== 'scratch').map(registryOf))];
}

/** The credentials for these registries as X-Registry-Config holds them (Engine API, "Build an image"). */
export async function registryConfig(registries: readonly string[], credentials: RegistryCredentials): Promise<Docker.RegistryConfig> {
  const entries = registries.map(async (registry): Promise<[string, object] | undefined> => {
    const auth = authConfig(registry, await credentials(registry));
    return auth && [registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry, auth];
  });
  const found = (await Promise.all(entries)).filter((entry) => entry !== undefined);
  return Object.fromEntries(found) as Docker.RegistryConfig;
}
