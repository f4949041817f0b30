import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { ImageBuildOptions } from 'dockerode';
import { DiskFull } from '../../activities/hosts/errors.ts';
import { ArchiveRefused, BuildFailed, SourceUnavailable } from '../../activities/images/errors.ts';
import type { BuildOptions, BuildRequest, BuildSecrets, RegistryCredentials, SourceArchive } from '../../activities/images.ts';
import { RegistryUnavailable } from '../../activities/registry/errors.ts';
import { ArchiveCut, ArchiveFault } from '../../domain/archive/faults.ts';
import { foundationsOf } from '../../domain/dockerfile.ts';
import { baseLabels, cacheLabels, holdBases, holdCaches, registryConfig } from './base-images.ts';
import { buildContext, insideArchive } from './build-context.ts';
import { openSecretBuild } from './buildkit/secret-build.ts';
import { startBuild } from './buildkit/start-build.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer, unreachable } from './engine-calls.ts';
import { type FollowOptions, followToEnd, StreamCut, StreamFailed, type StreamLine } from './follow-to-end.ts';
import { plainText } from './log-text.ts';
import { isDiskFull, isUnavailable, registryOf } from './pull-failure.ts';

export interface ImageBuild {
  readonly engine: Engine;
  readonly source: SourceArchive;
  readonly credentials: RegistryCredentials;
  readonly secrets?: BuildSecrets;
  readonly labels: Readonly<Record<string, string>>;
  /** The name with tag that the image gets on the engine. */
  readonly image: string;
}

const KEPT_LINES = 20;

/** Builds an image on the engine from its commit's files. Throws BuildFailed, DiskFull, RegistryUnavailable, EngineUnreachable or what the source throws. */
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
    if (seen !== undefined) throw new BuildFailed(request.component, request.commit, seen, lines);
    throw buildError(build.engine, request, error, lines);
  }
}

async function runBuild(build: ImageBuild, request: BuildRequest, options: BuildOptions): Promise<void> {
  const before = await prepared(build, request, options);
  const secretly = await openSecretBuild(build, request, { signal: options.signal, registries: before.registryconfig });
  try {
    const settings = { ...settingsOf(build, request, secretly?.arguments), ...before, ...(secretly?.settings ?? CLASSIC) };
    await runOnEngine(build, request, { ...options, settings, ...(secretly !== undefined && { words: secretly.words }) });
  } catch (error) {
    throw secretly === undefined ? error : secretly.failure(error);
  } finally {
    secretly?.close();
  }
}

/** The builder that every engine has. Intermediate containers are removed even after a failure. */
const CLASSIC = { version: '1', rm: true, forcerm: true } as const;

function settingsOf({ image }: ImageBuild, { source }: BuildRequest, further: Readonly<Record<string, string>> = {}) {
  const { dockerfile, target, arguments: values, platform } = source;
  return {
    t: image,
    dockerfile,
    buildargs: { ...further, ...values },
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
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

/** Brings what the build takes from elsewhere, and says by labels what that is. */
async function prepared({ engine, source, labels, credentials }: ImageBuild, request: BuildRequest, options: BuildOptions) {
  const { arguments: values, target, platform, cacheFrom = [] } = request.source;
  const foundations = foundationsOf(await readDockerfile(source, request, options.signal), values, target);
  const holding = { ...options, credentials, ...(platform !== undefined && { platform }) };
  const bases = await holdBases(engine, foundations.images, holding);
  const caches = await holdCaches(engine, cacheFrom, holding);
  const registries = [request.repository, ...foundations.images].map(registryOf);
  return {
    labels: { ...labels, ...baseLabels(foundations, bases), ...cacheLabels(caches) },
    registryconfig: await registryConfig([...new Set(registries)], credentials),
    ...(caches.length > 0 && { cachefrom: JSON.stringify(caches.map(({ name }) => name)) }),
  };
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

function buildError(engine: Engine, { component, commit, repository }: BuildRequest, error: unknown, lines: readonly string[]): unknown {
  const doing = `build ${component} from ${commit}`;
  if (error instanceof StreamCut) return unreachable(engine, doing, error);
  if (error instanceof EngineAnswer && error.status >= 500 && !/dockerfile/i.test(error.message))
    return asEngineError(engine, doing, error);
  if (!(error instanceof StreamFailed || error instanceof EngineAnswer)) return error;
  if (isDiskFull(error.message)) return new DiskFull(engine, doing, error.message);
  // A step that ran and failed has an exit code; without one the engine itself could not go on, for a base image, say.
  const ofStep = error instanceof StreamFailed && error.exitCode !== undefined;
  if (!ofStep && isUnavailable(error.message, repository)) {
    const exchange = { registry: 'of a base image', image: `the build of ${component}`, by: `host ${engine.host}`, seen: error.message };
    return new RegistryUnavailable(exchange, { cause: error });
  }
  const hint = /--mount option requires BuildKit/i.test(error.message) ? '; name the secrets that its steps mount in build.secrets' : '';
  return new BuildFailed(component, commit, error.message + hint, lines);
}
