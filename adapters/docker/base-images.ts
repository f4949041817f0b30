import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { RegistryCredentials } from '../../activities/images.ts';
import type { Foundations } from '../../domain/dockerfile.ts';
import { bestFor } from '../../domain/host-platform.ts';
import { type BaseImage, IMAGE_LABELS, type ImageLabels } from '../../domain/image-labels.ts';
import type { Platform } from '../../domain/oci-manifest.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';
import { followToEnd } from './follow-to-end.ts';
import { inspectImage } from './inspect-image.ts';
import { registryOf, repositoryIn } from './pull-failure.ts';
import { authConfig, PULL_IDLE_MS, transferError } from './pull-image.ts';

/** The credentials for these registries as X-Registry-Config holds them (Engine API, "Build an image"). */
export async function registryConfig(registries: readonly string[], credentials: RegistryCredentials): Promise<Docker.RegistryConfig> {
  const entries = registries.map(async (registry): Promise<[string, object] | undefined> => {
    const auth = authConfig(registry, await credentials(registry));
    return auth && [registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry, auth];
  });
  const found = (await Promise.all(entries)).filter((entry) => entry !== undefined);
  return Object.fromEntries(found) as Docker.RegistryConfig;
}

export interface BaseOptions {
  readonly credentials: RegistryCredentials;
  /** What runs on the engine's machine, the best first; nothing where it does not say. */
  readonly platforms: readonly Platform[];
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/**
 * Has the engine hold every image that a build begins with or copies from, and says which ones they are: the build takes those then, as an engine asks no
 * registry for what it holds. Throws ImageNotFound, EngineUnreachable and the registry's errors.
 */
export async function holdBases(engine: Engine, names: readonly string[], options: BaseOptions): Promise<readonly BaseImage[]> {
  const bases: BaseImage[] = [];
  for (const name of names) bases.push(await hold(engine, name, options));
  return bases;
}

/** Brings what a build may take layers from; what is not there speeds nothing up and stops nothing. */
export async function holdCaches(engine: Engine, names: readonly string[], options: BaseOptions): Promise<readonly BaseImage[]> {
  const held: BaseImage[] = [];
  for (const name of names) {
    try {
      held.push(await hold(engine, name, options));
    } catch (error) {
      options.signal.throwIfAborted();
      options.onProgress(`nothing is taken from ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return held;
}

async function hold(engine: Engine, name: string, options: BaseOptions): Promise<BaseImage> {
  const there = await look(engine, name, options);
  if (there !== undefined) return there;
  await pull(engine, name, options);
  return (await look(engine, name, { ...options, platforms: [] })) ?? { name };
}

/** An engine has one image under a name, which somebody may have brought for another platform. */
async function look(engine: Engine, name: string, options: Pick<BaseOptions, 'signal' | 'platforms'>): Promise<BaseImage | undefined> {
  const { signal, platforms } = options;
  const doing = `inspect ${name}`;
  try {
    const image = await callEngine(engine, doing, { signal }, (abortSignal) => inspectImage(engine.docker, name, abortSignal));
    if (!isForAny(platforms, image)) return undefined;
    const { RepoDigests = [] } = image;
    const [, digest] = (RepoDigests.find((one) => isOf(one, name)) ?? RepoDigests[0] ?? '').split('@');
    return { name, ...(digest !== undefined && { digest }) };
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return undefined;
    throw asEngineError(engine, doing, error);
  }
}

function isForAny(platforms: readonly Platform[], { Os: os, Architecture: architecture, Variant }: Docker.ImageInspectInfo): boolean {
  if (platforms.length === 0 || architecture === '') return true;
  const variant = Variant === undefined || Variant === '' ? {} : { variant: Variant };
  return bestFor(platforms, [{ platform: { os, architecture, ...variant } }]) !== undefined;
}

/** The engine knows images of Docker Hub by their short names. */
function isOf(repoDigest: string, name: string): boolean {
  return repoDigest.split('@')[0] === repositoryIn(name).replace(/^docker\.io\/(library\/)?/, '');
}

async function pull(engine: Engine, name: string, options: BaseOptions): Promise<void> {
  const { credentials, signal, onProgress: onLine } = options;
  const doing = `pull ${name}`;
  const repository = repositoryIn(name);
  // Without a tag the engine would bring them all.
  const fromImage = name === repository ? `${name}:latest` : name;
  onLine(`pulling ${fromImage}`);
  try {
    const auth = authConfig(registryOf(repository), await credentials(registryOf(repository)));
    const stream = await callEngine(engine, doing, { signal, deadlineMs: PULL_IDLE_MS }, (abortSignal) =>
      engine.docker.createImage(auth ?? {}, { fromImage, abortSignal }),
    );
    const verdict = ({ status }: { readonly status?: string }) => (status?.startsWith('Status: ') === true ? true : undefined);
    await followToEnd(stream as Readable, { signal, idleMs: PULL_IDLE_MS, onLine, verdict });
  } catch (error) {
    throw await transferError({ engine, doing, repository, image: name }, error, signal);
  }
}

/** Whoever writes a cache decides what is in the layers that are taken from it. */
export function cacheLabels(caches: readonly BaseImage[]): ImageLabels {
  return caches.length === 0 ? {} : { [IMAGE_LABELS.caches]: JSON.stringify(caches) };
}

/** What an image says of those that it was made from. */
export function baseLabels({ base }: Foundations, bases: readonly BaseImage[]): ImageLabels {
  if (bases.length === 0) return {};
  const own = bases.find(({ name }) => name === base);
  return {
    ...(own !== undefined && { [IMAGE_LABELS.baseName]: own.name }),
    ...(own?.digest !== undefined && { [IMAGE_LABELS.baseDigest]: own.digest }),
    [IMAGE_LABELS.bases]: JSON.stringify(bases),
  };
}
