import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { EngineUnreachable } from '../../activities/hosts/errors.ts';
import type { ImageSource } from '../../activities/images/image-source.ts';
import type { RegistryCredential, RegistryCredentials } from '../../activities/images.ts';
import { DigestMismatch } from '../../activities/registry/content-errors.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { deliverLayers } from './delivery/deliver-layers.ts';
import { asEngineError, callEngine, DeadlinePassed, type Engine, EngineAnswer, unreachable } from './engine-calls.ts';
import { followToEnd, StreamCut, StreamFailed, StreamIdle } from './follow-to-end.ts';
import { inspectImage } from './inspect-image.ts';
import { registryOf, type Transfer, transferFailure } from './pull-failure.ts';

export interface PullOptions {
  readonly signal: AbortSignal;
  readonly credentials: RegistryCredentials;
  /** Where Tidegate itself reads what the engine lacks; without it the engine downloads by itself. */
  readonly source?: ImageSource | undefined;
  /** Milliseconds without a sign of progress after which the pull is given up. */
  readonly idleMs: number;
  readonly onProgress: (detail: string) => void;
}

/** A silent pull ends after this. */
export const PULL_IDLE_MS = 60_000;

const PROGRESS_MS = 900;

/**
 * Makes sure that the engine has the image of exactly this digest: brings it the layers and has it pull unless it is there, then asks
 * it what it has. Reports progress at least every second. Throws ImageNotFound, WrongPlatform, DiskFull, DigestMismatch, EngineUnreachable,
 * EngineFault, and the registry's errors.
 */
export async function pullImage(engine: Engine, image: PinnedImage, options: PullOptions): Promise<void> {
  if (await hasImage(engine, image, options.signal)) return;
  let detail = `pulling ${printImage(image)}`;
  options.onProgress(detail);
  const timer = setInterval(() => options.onProgress(detail), PROGRESS_MS);
  try {
    const onLine = (line: string): void => {
      detail = line;
    };
    const { source } = options;
    if (source !== undefined) await deliverLayers(engine, image, { ...options, source, onLine });
    // With all layers there, the engine asks its registry for the manifest alone. Then it knows the image by its digest.
    await pull(engine, image, options, onLine);
  } finally {
    clearInterval(timer);
  }
  if (await hasImage(engine, image, options.signal)) return;
  throw new DigestMismatch(image, `host ${engine.host}`, 'a pull that ended well, and no such image');
}

/** Whether the engine has the image under this repository and digest. Throws DigestMismatch when what it has bears another. */
export async function hasImage(engine: Engine, image: PinnedImage, signal: AbortSignal): Promise<boolean> {
  const doing = `inspect ${printImage(image)}`;
  try {
    const { RepoDigests } = await callEngine(engine, doing, { signal }, (abortSignal) =>
      inspectImage(engine.docker, printImage(image), abortSignal),
    );
    // The engine shortens names of docker.io here, so the digest alone is compared: it is the identity.
    if (RepoDigests.some((text) => text.endsWith(`@${image.digest}`))) return true;
    throw new DigestMismatch(image, `host ${engine.host}`, RepoDigests.join(', ') || 'an image without a digest');
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return false;
    throw asEngineError(engine, doing, error);
  }
}

async function pull(engine: Engine, image: PinnedImage, options: PullOptions, onLine: (line: string) => void): Promise<void> {
  const doing = `pull ${printImage(image)}`;
  const transfer = { engine, doing, repository: image.repository, image: printImage(image) };
  const { signal, idleMs } = options;
  try {
    const authconfig = authConfig(registryOf(image.repository), await options.credentials(registryOf(image.repository)));
    const request = { fromImage: printImage(image) };
    // The engine answers when the registry has given it the manifest, so the same patience bounds the answer and the silences after it.
    const stream = await callEngine(engine, doing, { signal, deadlineMs: idleMs }, (abortSignal) =>
      startPull(engine.docker, authconfig, { ...request, abortSignal }),
    );
    await followToEnd(stream, { signal, idleMs, onLine, verdict: ({ status }) => (status?.startsWith('Status: ') ? true : undefined) });
  } catch (error) {
    throw await transferError(transfer, error, signal);
  }
}

/** What a failed pull or push means. An engine that is silent about it and answers otherwise waits for the registry. */
export async function transferError(transfer: Transfer, error: unknown, signal: AbortSignal): Promise<unknown> {
  const { engine, doing } = transfer;
  if (signal.aborted) return signal.reason;
  const said = error instanceof StreamFailed || error instanceof StreamIdle || error instanceof EngineAnswer;
  if (said) return transferFailure(transfer, error.message, { cause: error });
  if (error instanceof StreamCut) return unreachable(engine, doing, error);
  if (error instanceof EngineUnreachable && error.cause instanceof DeadlinePassed && (await answers(engine, signal))) {
    return transferFailure(transfer, `nothing was heard: ${error.cause.message}`, { cause: error });
  }
  return error;
}

async function answers(engine: Engine, signal: AbortSignal): Promise<boolean> {
  const limits = { signal, deadlineMs: Math.min(5_000, engine.deadlineMs) };
  const listing = callEngine(engine, 'list containers', limits, (abortSignal) => engine.docker.listContainers({ limit: 1, abortSignal }));
  return listing.then(
    () => true,
    () => false,
  );
}

async function startPull(docker: Docker, authconfig: object | undefined, request: object): Promise<Readable> {
  return (await docker.createImage(authconfig ?? {}, request)) as Readable;
}

/** The credential in the form of the X-Registry-Auth header (Engine API, "Authentication"). */
export function authConfig(registry: string, credential: RegistryCredential | undefined): Docker.AuthConfig | undefined {
  if (credential === undefined) return undefined;
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  if ('identityToken' in credential) return { identitytoken: credential.identityToken.reveal(), serveraddress } as Docker.AuthConfigObject;
  return { username: credential.username, password: credential.password.reveal(), serveraddress };
}
