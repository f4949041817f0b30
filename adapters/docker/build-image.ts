import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { ImageBuildOptions } from 'dockerode';
import { DiskFull } from '../../activities/hosts/errors.ts';
import { ArchiveRefused, BuildFailed, SourceUnavailable } from '../../activities/images/errors.ts';
import type {
  BuildOptions,
  BuildRequest,
  BuildSecrets,
  ImageIndexes,
  RegistryCredentials,
  SourceArchive,
} from '../../activities/images.ts';
import { RegistryUnavailable } from '../../activities/registry/errors.ts';
import { ArchiveCut, ArchiveFault } from '../../domain/archive/faults.ts';
import { platformArguments } from '../../domain/build-platform.ts';
import { type Foundations, foundationsOf, neededImages, reachedImages } from '../../domain/dockerfile.ts';
import { isOffered } from '../../domain/host-platform.ts';
import type { Platform } from '../../domain/oci-manifest.ts';
import { parsePlatform } from '../../domain/platform.ts';
import { baseLabels, cacheLabels, registryConfig } from './base-images.ts';
import { buildContext, insideArchive } from './build-context.ts';
import { takingsOf } from './build-takings.ts';
import { openKitBuild } from './buildkit/kit-build.ts';
import { startBuild } from './buildkit/start-build.ts';
import { kindOf } from './delivery/engine-kind.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer, unreachable } from './engine-calls.ts';
import { engineInfo } from './engine-info.ts';
import { type FollowOptions, followToEnd, StreamCut, StreamFailed, type StreamLine } from './follow-to-end.ts';
import { plainText } from './log-text.ts';
import { isDiskFull, isUnavailable, registryOf } from './pull-failure.ts';

export interface ImageBuild {
  readonly engine: Engine;
  readonly source: SourceArchive;
  readonly credentials: RegistryCredentials;
  readonly indexes: ImageIndexes;
  readonly secrets?: BuildSecrets;
  readonly labels: Readonly<Record<string, string>>;
  /** The name with tag that the image gets on the engine. */
  readonly image: string;
  /** What it is for; what the engine's machine runs where it is absent. */
  readonly platform?: string;
}

const KEPT_LINES = 20;

/**
 * Builds an image on the engine from its commit's files. Throws BuildFailed, BaseMoved, DiskFull, RegistryUnavailable, EngineUnreachable or what the source
 * throws.
 */
export async function buildImage(build: ImageBuild, request: BuildRequest, options: BuildOptions): Promise<void> {
  const lines: string[] = [];
  const limit = AbortSignal.timeout(request.source.timeoutMs);
  const onProgress = (text: string) => {
    const line = plainText(text);
    lines.splice(0, lines.length - KEPT_LINES + 1);
    lines.push(line);
    options.onProgress(line);
  };
  try {
    await runBuild(build, request, { signal: AbortSignal.any([options.signal, limit]), onProgress });
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    const seen = limit.aborted ? `it took longer than ${request.source.timeoutMs / 1000} s` : undefined;
    if (seen !== undefined) throw new BuildFailed(builtAs(build, request), request.commit, seen, lines);
    throw buildError(build, request, error, lines);
  }
}

async function runBuild(build: ImageBuild, request: BuildRequest, options: BuildOptions): Promise<void> {
  const { settings: before, confirm } = await prepared(build, request, options);
  const kit = await openKitBuild(build, request, { signal: options.signal, registries: before.registryconfig });
  try {
    const settings = { ...settingsOf(build, request, kit?.arguments), ...before, ...(kit?.settings ?? CLASSIC) };
    await runOnEngine(build, request, { ...options, settings, ...(kit !== undefined && { words: kit.words }) });
    await confirm();
  } catch (error) {
    throw kit === undefined ? error : kit.failure(error);
  } finally {
    kit?.close();
  }
}

/** The builder that every engine has. Intermediate containers are removed even after a failure. */
const CLASSIC = { version: '1', rm: true, forcerm: true } as const;

function settingsOf({ image, platform }: ImageBuild, { source }: BuildRequest, further: Readonly<Record<string, string>> = {}) {
  const { dockerfile, target, arguments: values } = source;
  return {
    t: image,
    dockerfile,
    buildargs: { ...further, ...values },
    ...(target !== undefined && { target }),
    // From their registries: under a name the engine holds one platform's image alone.
    ...(platform !== undefined && { platform, pull: true }),
  };
}

type EngineBuild = BuildOptions & Pick<FollowOptions<unknown>, 'words'> & { readonly settings: ImageBuildOptions };

async function runOnEngine({ engine, image, source }: ImageBuild, request: BuildRequest, options: EngineBuild): Promise<void> {
  const { signal, onProgress: onLine, settings, words } = options;
  const context = await openContext(source, request, signal);
  let broken: Error | undefined;
  context.tar.once('error', (error) => {
    broken = error;
  });
  try {
    const stream = await callEngine(engine, `build ${image}`, { signal, deadlineMs: request.source.timeoutMs }, (abortSignal) =>
      startBuild(engine.docker, context.tar, settings, abortSignal),
    );
    const verdict = (line: StreamLine) => line.aux?.ID ?? undefined;
    await followToEnd(stream, { signal, idleMs: undefined, onLine, verdict, ...(words !== undefined && { words }) });
  } catch (error) {
    throw broken === undefined ? error : sourceError(request, broken);
  } finally {
    context.tar.destroy();
  }
}

/** Finds what the build takes from elsewhere, and says by labels what that is. */
async function prepared(build: ImageBuild, request: BuildRequest, options: BuildOptions) {
  const { engine, labels, credentials, indexes, platform } = build;
  const { platforms } = kindOf(await engineInfo(engine, options));
  const { foundations, needed } = await readFoundations(build, request, { ...options, platforms });
  const takings = { ...options, engine, credentials, indexes, platforms, platform };
  const { bases, caches, cacheFrom, confirm } = await takingsOf(needed, request, takings);
  const registries = [request.repository, ...foundations.images].map(registryOf);
  const settings = {
    labels: { ...labels, ...baseLabels(foundations, bases), ...cacheLabels(caches) },
    registryconfig: await registryConfig([...new Set(registries)], credentials),
    ...(cacheFrom.length > 0 && { cachefrom: JSON.stringify(cacheFrom) }),
  };
  return { settings, confirm };
}

type OnPlatforms = BuildOptions & { readonly platforms: readonly Platform[] };

async function readFoundations({ source, platform }: ImageBuild, request: BuildRequest, { signal, platforms }: OnPlatforms) {
  const { arguments: values, target, secrets = [] } = request.source;
  const [own] = platforms;
  const automatic = platform === undefined || own === undefined ? {} : platformArguments(parsePlatform(platform), own);
  const text = await readDockerfile(source, request, signal);
  const foundations = foundationsOf(text, values, target, automatic);
  requirePlatform(request, platform, foundations);
  const imagesOf = platform === undefined && secrets.length === 0 ? neededImages : reachedImages;
  return { foundations, needed: imagesOf(text, values, target, automatic) };
}

/** BuildKit would call the image what it was asked for, whatever is in it. */
function requirePlatform({ component, commit }: BuildRequest, platform: string | undefined, { base, basePlatform }: Foundations): void {
  if (platform === undefined || basePlatform === undefined) return;
  if (isOffered(parsePlatform(platform), [parsePlatform(basePlatform)])) return;
  const way = 'leave --platform out of the FROM that the image begins with, or ask for that platform alone in build.platforms';
  throw new BuildFailed(component, commit, `it is for ${platform}, and its Dockerfile begins it with ${base} for ${basePlatform}: ${way}`);
}

async function readDockerfile(source: SourceArchive, request: BuildRequest, signal: AbortSignal): Promise<string> {
  const { application, commit, component } = request;
  const path = within(request, posix.join(within(request, request.source.context), request.source.dockerfile));
  if (await source.exists(application, commit, path, { signal })) return source.file(application, commit, path, { signal });
  throw new BuildFailed(component, commit, `expected the Dockerfile at ${path}, and the commit has no such file`);
}

/** The context as a tar. */
async function openContext(source: SourceArchive, request: BuildRequest, signal: AbortSignal): Promise<{ tar: Readable }> {
  const { application, commit } = request;
  const folder = within(request, request.source.context);
  const ignorePath = within(request, posix.join(folder, '.dockerignore'));
  const hasIgnore = await source.exists(application, commit, ignorePath, { signal });
  const ignore = hasIgnore ? await source.file(application, commit, ignorePath, { signal }) : undefined;
  const archive = await source.archive(application, commit, { signal });
  const { isWrapped } = archive;
  return { tar: buildContext(archive.tar, { commit, isWrapped, folder, dockerfile: request.source.dockerfile, ignore }) };
}

/** What made the archive end, in the words of whoever builds from it. */
function sourceError({ application, commit }: BuildRequest, error: Error): Error {
  if (error instanceof ArchiveFault) return new ArchiveRefused(application, commit, error.message, { cause: error });
  return error instanceof ArchiveCut ? new SourceUnavailable(application, commit, error.message) : error;
}

function within({ component, commit }: BuildRequest, path: string): string {
  try {
    return insideArchive(path);
  } catch {
    throw new BuildFailed(component, commit, `${path} lies outside of the repository`);
  }
}

function buildError({ engine, platform }: ImageBuild, request: BuildRequest, error: unknown, lines: readonly string[]): unknown {
  const { component, commit, repository } = request;
  const doing = `build ${component} from ${commit}`;
  if (error instanceof StreamCut) return unreachable(engine, doing, error);
  if (error instanceof EngineAnswer && error.status >= 500 && !/dockerfile/i.test(error.message))
    return asEngineError(engine, doing, error);
  if (!(error instanceof StreamFailed || error instanceof EngineAnswer)) return error;
  if (isDiskFull(error.message)) return new DiskFull(engine, doing, error.message);
  // A step that ran and failed has an exit code; without one the engine itself could not go on, for a base image, say.
  const ofStep = error instanceof StreamFailed && error.exitCode !== undefined;
  if (!ofStep && isUnavailable(error.message, repository)) {
    const seen = error.message + hintFor(error.message, engine.host, platform);
    const exchange = { registry: 'of a base image', image: `the build of ${component}`, by: `host ${engine.host}`, seen };
    return new RegistryUnavailable(exchange, { cause: error });
  }
  const seen = error.message + hintFor([error.message, ...lines].join('\n'), engine.host, platform);
  return new BuildFailed(builtAs({ platform }, request), commit, seen, lines);
}

/** Of several platforms that are built at once people want to know which one failed. */
function builtAs({ platform }: { readonly platform?: string | undefined }, { component }: BuildRequest): string {
  return platform === undefined ? component : `${component} for ${platform}`;
}

function hintFor(words: string, host: string, platform = 'its own platform'): string {
  if (/--mount option requires BuildKit/i.test(words)) return '; name the secrets that its steps mount in build.secrets';
  if (/server gave HTTP response to HTTPS client/i.test(words))
    return `; BuildKit knows insecure registries by their own addresses alone: write http://HOST:PORT among those in daemon.json of host ${host}`;
  if (/exec format error/i.test(words))
    return `; host ${host} cannot run steps for ${platform}: let them run in a stage FROM --platform=$BUILDPLATFORM, name a host for it in build.platforms of tidegate.yaml, or install emulation on the host`;
  return '';
}
