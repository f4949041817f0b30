import type { BuildOptions, BuildRequest, RegistryCredentials } from '../../activities/images.ts';
import type { NeededImage } from '../../domain/dockerfile.ts';
import type { BaseImage } from '../../domain/image-labels.ts';
import type { Platform } from '../../domain/oci-manifest.ts';
import { askBases, askCaches, type PlatformReader, requireUnmoved } from './asked-images.ts';
import { holdBases, holdCaches } from './base-images.ts';
import type { Engine } from './engine-calls.ts';
import { repositoryIn } from './pull-failure.ts';

/** The images that a build takes something from. */
export interface Takings {
  readonly bases: readonly BaseImage[];
  readonly caches: readonly BaseImage[];
  /** Their names for the builder: by digest where no engine holds them, so that it takes what the labels say and nothing that has come to that name since. */
  readonly cacheFrom: readonly string[];
  /** To be called when the build has ended well. Throws BaseMoved where it may have taken others. */
  confirm(): Promise<void>;
}

interface TakingsOptions extends BuildOptions {
  readonly engine: Engine;
  readonly credentials: RegistryCredentials;
  readonly indexes: PlatformReader;
  /** What runs on the engine's machine, the best first. */
  readonly platforms: readonly Platform[];
  /** What the build is for, where that is said. */
  readonly platform?: string | undefined;
}

/**
 * Finds what a build takes from elsewhere: for the engine's own platform it has the engine hold that, for another it asks what registries have, as the build
 * will. Throws ImageNotFound, EngineUnreachable and the registry's errors.
 */
export async function takingsOf(
  needed: readonly NeededImage[],
  { component, source }: BuildRequest,
  options: TakingsOptions,
): Promise<Takings> {
  const { engine, platform } = options;
  const { cacheFrom = [] } = source;
  if (platform === undefined) {
    const bases = await holdBases(engine, [...new Set(needed.map(({ name }) => name))], options);
    const caches = await holdCaches(engine, cacheFrom, options);
    return { bases, caches, cacheFrom: caches.map(({ name }) => name), confirm: () => Promise.resolve() };
  }
  const bases = await askBases(
    engine,
    needed.map((image) => ({ platform, ...image })),
    options,
  );
  const caches = await askCaches(engine, cacheFrom, options);
  const confirm = () => requireUnmoved(engine, bases, { ...options, component });
  return { bases, caches, cacheFrom: caches.map(pinned), confirm };
}

/** An engine that holds an image under the name would take that otherwise, whatever the registry has. */
function pinned({ name, digest }: BaseImage): string {
  return digest === undefined ? name : `${repositoryIn(name)}@${digest}`;
}
