import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { BuildFailed } from '../../activities/images/errors.ts';
import type {
  BuildOptions,
  BuildRequest,
  BuildSecrets,
  ImageBuilder,
  ImageIndexes,
  PlatformImage,
  Registry,
  RegistryCredentials,
  SourceArchive,
} from '../../activities/images.ts';
import { RegistryUnavailable } from '../../activities/registry/errors.ts';
import { platformTag } from '../../domain/build-platform.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { IMAGE_LABELS } from '../../domain/image-labels.ts';
import { buildImage } from './build-image.ts';
import { eachPlatform } from './each-platform.ts';
import { type Engine, ORDINARY_DEADLINE_MS } from './engine-calls.ts';
import { registryOf } from './pull-failure.ts';
import { PULL_IDLE_MS } from './pull-image.ts';
import { pushImage } from './push-image.ts';

/** An engine that builds. */
export interface BuildPlace {
  /** The host's name in the installation. */
  readonly host: string;
  /** Its engine's address for messages. */
  readonly endpoint: string;
  readonly docker: Docker;
}

export interface ImageBuilderOptions extends BuildPlace {
  /** Where the images of a platform are built instead; undefined for a platform that has no host of its own. */
  readonly placeFor?: (platform: string) => BuildPlace | undefined;
  readonly source: SourceArchive;
  readonly registry: Registry;
  readonly indexes: ImageIndexes;
  readonly credentials: RegistryCredentials;
  /** By default there are none. */
  readonly secrets?: BuildSecrets;
  /** Further labels for a component's images; they must be the same for the same request. */
  readonly labels?: (request: BuildRequest) => Readonly<Record<string, string>>;
  /** Milliseconds of silence after which a push is given up; 60 s. */
  readonly pushIdleMs?: number;
}

/** Builds images from a commit's files, and pushes them under a tag that names all that went into them. */
export function createDockerImageBuilder(options: ImageBuilderOptions): ImageBuilder {
  return { build: (request, limits) => build(options, request, limits) };
}

async function build(options: ImageBuilderOptions, request: BuildRequest, limits: BuildOptions): Promise<PinnedImage> {
  const { repository } = request;
  const { platforms = [] } = request.source;
  const tag = buildTag(request);
  const earlier = await adopt(options.registry, repository, tag, limits);
  if (earlier !== undefined) return earlier;
  if (platforms.length <= 1) return buildOne(options, request, { ...limits, tag, platform: platforms[0] });
  const images = await eachPlatform(platforms, limits, (platform, of) => buildPlatform(options, request, { ...of, tag, platform }));
  const annotations = labelsOf(options, request);
  const digest = await options.indexes.join(repository, tag, images, { annotations, signal: limits.signal });
  return confirmed(options.registry, { repository, digest }, limits.signal);
}

/** Under a tag of its own: engines push by tags alone, and what was built before an interruption is not built again. */
async function buildPlatform(
  options: ImageBuilderOptions,
  request: BuildRequest,
  { platform, ...rest }: BuildOptions & { readonly tag: string; readonly platform: string },
): Promise<PlatformImage> {
  const tag = platformTag(rest.tag, platform);
  const earlier = await adopt(options.registry, request.repository, tag, rest);
  const { digest } = earlier ?? (await buildOne(options, request, { ...rest, tag, platform }));
  return { platform, digest };
}

type OneBuild = BuildOptions & { readonly tag: string; readonly platform: string | undefined };

async function buildOne(options: ImageBuilderOptions, request: BuildRequest, one: OneBuild): Promise<PinnedImage> {
  const { repository } = request;
  const { tag, platform, signal, onProgress: onLine } = one;
  const engine = engineFor(options, platform);
  const image = { image: `${repository}:${tag}`, labels: labelsOf(options, request), ...(platform !== undefined && { platform }) };
  await buildImage({ ...options, ...image, engine }, request, one);
  const idleMs = options.pushIdleMs ?? PULL_IDLE_MS;
  const digest = await pushImage(engine, repository, tag, { signal, idleMs, onLine, credentials: options.credentials });
  return confirmed(options.registry, { repository, digest }, signal);
}

function engineFor({ host, endpoint, docker, placeFor }: ImageBuilderOptions, platform: string | undefined): Engine {
  const place = (platform === undefined ? undefined : placeFor?.(platform)) ?? { host, endpoint, docker };
  return { ...place, deadlineMs: ORDINARY_DEADLINE_MS };
}

/**
 * What an earlier attempt pushed is this release's image: builds are not reproducible, so a second one would give the same commit
 * another digest, after someone may have seen the first. The tag names everything that a build starts from, and is written here alone,
 * after the build has ended well.
 */
async function adopt(
  registry: Registry,
  repository: string,
  tag: string,
  { signal, onProgress }: BuildOptions,
): Promise<PinnedImage | undefined> {
  const digest = await registry.resolve(repository, tag, { signal });
  if (digest === undefined) return undefined;
  onProgress(`${repository}:${tag} was built before: ${digest}`);
  return { repository, digest };
}

/** The engine's word for what the registry holds is checked with the registry. */
async function confirmed(registry: Registry, image: PinnedImage, signal: AbortSignal): Promise<PinnedImage> {
  if (await registry.has(image, { signal })) return image;
  const seen = 'it accepted the push, and does not hold it afterwards';
  throw new RegistryUnavailable({ registry: registryOf(image.repository), image: printImage(image), by: 'tidegate', seen });
}

/** Commit, and the hash of how the component is built from it: the same inputs have the same tag, others another. */
export function buildTag(request: BuildRequest): string {
  const { application, component, commit } = request;
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new BuildFailed(component, commit, 'expected a whole commit of 40 digits, since names move');
  // Time changes nothing of what comes out. Caches can, as a layer is believed to be what its image says: an image names them by its labels instead,
  // since who adds one for speed does not ask for every image anew.
  const { timeoutMs: _, cacheFrom: _caches, ...settings } = request.source;
  const inputs = createHash('sha256').update(canonicalJson({ application, component, settings }));
  return `${commit}-${inputs.digest('hex').slice(0, 12)}`;
}

/** No creation time: it would give every build another digest. */
function labelsOf({ labels }: ImageBuilderOptions, request: BuildRequest): Record<string, string> {
  const { application, component, commit } = request;
  return { [IMAGE_LABELS.revision]: commit, [IMAGE_LABELS.title]: `${application}/${component}`, ...labels?.(request) };
}
