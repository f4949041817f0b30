import type Docker from 'dockerode';
import { BaseMoved } from '../../activities/images/errors.ts';
import type { ImageIndexes, RegistryCredentials } from '../../activities/images.ts';
import { PlatformMissing } from '../../activities/registry/copy-errors.ts';
import { parseDigest } from '../../domain/digest.ts';
import type { NeededImage } from '../../domain/dockerfile.ts';
import { isOffered } from '../../domain/host-platform.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { BaseImage } from '../../domain/image-labels.ts';
import type { Platform } from '../../domain/oci-manifest.ts';
import { parsePlatform, printPlatform } from '../../domain/platform.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';
import { registryOf, repositoryIn } from './pull-failure.ts';
import { authConfig, PULL_IDLE_MS, transferError } from './pull-image.ts';

/** Where images are asked what they are for that engines do not know it of. */
export type PlatformReader = Pick<ImageIndexes, 'platformOf'>;

interface AskOptions {
  readonly credentials: RegistryCredentials;
  readonly signal: AbortSignal;
}

/**
 * Says what images are in their registries now, as the engine sees these, each once. A build by BuildKit that asks registries for its bases takes them from
 * there and leaves the engine's names alone, of which each has one platform. Throws PlatformMissing, ImageNotFound, EngineUnreachable and the
 * registry's errors.
 */
export async function askBases(
  engine: Engine,
  needed: readonly Required<NeededImage>[],
  options: AskOptions & { readonly indexes: PlatformReader },
): Promise<readonly BaseImage[]> {
  const names = [...new Set(needed.map(({ name }) => name))];
  return Promise.all(
    names.map(async (name) => {
      const { digest, repository, platforms } = await ask(engine, name, options);
      const offered = platforms.length > 0 ? platforms : await saidBy({ repository, digest }, options);
      for (const { platform } of needed.filter((one) => one.name === name)) requirePlatform(name, platform, offered);
      return { name, digest };
    }),
  );
}

/** Engines tell the platforms of indexes and of Docker's own images, and of an OCI image none. */
async function saidBy(image: PinnedImage, { indexes, signal }: { readonly indexes: PlatformReader; readonly signal: AbortSignal }) {
  const platform = await indexes.platformOf(image, { signal });
  return platform === undefined ? [] : [platform];
}

/**
 * BuildKit takes an image of one platform for any, and then calls what it makes of it what it was asked for. Of an index that does not say what its images
 * are for it looks into each.
 */
function requirePlatform(name: string, wanted: string, offered: readonly Platform[]): void {
  if (offered.some(({ os }) => os === '') || isOffered(parsePlatform(wanted), offered)) return;
  throw new PlatformMissing(name, [wanted], offered.filter(({ os }) => os !== 'unknown').map(printPlatform));
}

/** Which of the images that a build may take layers from are there; the others speed nothing up and stop nothing. */
export async function askCaches(
  engine: Engine,
  names: readonly string[],
  options: AskOptions & { readonly onProgress: (line: string) => void },
): Promise<readonly BaseImage[]> {
  const asked = names.map(async (name) => {
    try {
      const { digest } = await ask(engine, name, options);
      return [{ name, digest }];
    } catch (error) {
      options.signal.throwIfAborted();
      options.onProgress(`nothing is taken from ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

/** Asks again after a build: what it took between two equal answers is what they say. Throws BaseMoved, and what askBases throws. */
export async function requireUnmoved(
  engine: Engine,
  bases: readonly BaseImage[],
  options: AskOptions & { readonly component: string },
): Promise<void> {
  for (const { name, digest } of bases) {
    const seen = await ask(engine, name, options);
    if (digest !== seen.digest) throw new BaseMoved(options.component, name, digest, seen.digest);
  }
}

/** What a registry has under a name, and for which platforms; none where the engine cannot tell. */
async function ask(engine: Engine, name: string, { credentials, signal }: AskOptions) {
  const doing = `look ${name} up`;
  const repository = repositoryIn(name);
  try {
    const auth = authConfig(registryOf(repository), await credentials(registryOf(repository)));
    const { Descriptor, Platforms } = await callEngine(engine, doing, { signal, deadlineMs: PULL_IDLE_MS }, (abortSignal) =>
      askDistribution(engine.docker, name === repository ? `${name}:latest` : name, auth, abortSignal),
    );
    return { repository, digest: parseDigest(Descriptor.digest), platforms: Platforms ?? [] };
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 400) throw asEngineError(engine, doing, error);
    throw await transferError({ engine, doing, repository, image: name }, error, signal);
  }
}

interface Distribution {
  readonly Platforms?: readonly Platform[] | null;
  readonly Descriptor: { readonly digest: string };
}

/** Engine API, "Get image information from the registry". dockerode's own call does not pass a signal on. */
function askDistribution(
  docker: Docker,
  name: string,
  authconfig: Docker.AuthConfig | undefined,
  abortSignal: AbortSignal,
): Promise<Distribution> {
  const statusCodes = { 200: true, 401: 'refused', 404: 'not found', 500: 'server error' };
  const request = {
    path: `/distribution/${name}/json`,
    method: 'GET',
    abortSignal,
    statusCodes,
    ...(authconfig !== undefined && { authconfig }),
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error, found) => (error ? reject(error) : resolve(found as Distribution)));
  });
}
