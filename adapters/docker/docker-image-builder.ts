import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { BuildFailed } from '../../activities/images/errors.ts';
import type {
  BuildOptions,
  BuildRequest,
  BuildSecrets,
  ImageBuilder,
  Registry,
  RegistryCredentials,
  SourceArchive,
} from '../../activities/images.ts';
import { RegistryUnavailable } from '../../activities/registry/errors.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { IMAGE_LABELS } from '../../domain/image-labels.ts';
import { buildImage } from './build-image.ts';
import { type Engine, ORDINARY_DEADLINE_MS } from './engine-calls.ts';
import { registryOf } from './pull-failure.ts';
import { PULL_IDLE_MS } from './pull-image.ts';
import { pushImage } from './push-image.ts';

export interface ImageBuilderOptions {
  /** The build host's name in the installation. */
  readonly host: string;
  /** Its engine's address for messages. */
  readonly endpoint: string;
  readonly docker: Docker;
  readonly source: SourceArchive;
  readonly registry: Registry;
  readonly credentials: RegistryCredentials;
  /** By default there are none. */
  readonly secrets?: BuildSecrets;
  /** Further labels for a component's images; they must be the same for the same request. */
  readonly labels?: (request: BuildRequest) => Readonly<Record<string, string>>;
  /** Milliseconds of silence after which a push is given up; 60 s. */
  readonly pushIdleMs?: number;
}

/** Builds images on one engine from a commit's files, and pushes them under a tag that names all that went into them. */
export function createDockerImageBuilder(options: ImageBuilderOptions): ImageBuilder {
  const { host, endpoint, docker } = options;
  const engine: Engine = { host, endpoint, docker, deadlineMs: ORDINARY_DEADLINE_MS };
  return { build: (request, limits) => build(engine, options, request, limits) };
}

async function build(engine: Engine, options: ImageBuilderOptions, request: BuildRequest, limits: BuildOptions): Promise<PinnedImage> {
  const { repository } = request;
  const tag = buildTag(request);
  const earlier = await adopt(options.registry, repository, tag, limits);
  if (earlier !== undefined) return earlier;
  const image = `${repository}:${tag}`;
  await buildImage({ ...options, engine, image, labels: labelsOf(options, request) }, request, limits);
  const { signal, onProgress: onLine } = limits;
  const idleMs = options.pushIdleMs ?? PULL_IDLE_MS;
  const digest = await pushImage(engine, repository, tag, { signal, idleMs, onLine, credentials: options.credentials });
  return confirmed(options.registry, { repository, digest }, signal);
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
