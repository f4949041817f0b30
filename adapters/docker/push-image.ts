import type { Readable } from 'node:stream';
import type { RegistryCredentials } from '../../activities/images.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { callEngine, type Engine } from './engine-calls.ts';
import { followToEnd, type StreamLine } from './follow-to-end.ts';
import { registryOf } from './pull-failure.ts';
import { authConfig, transferError } from './pull-image.ts';

export interface PushOptions {
  readonly signal: AbortSignal;
  readonly credentials: RegistryCredentials;
  /** Milliseconds of silence after which the push is given up. */
  readonly idleMs: number;
  readonly onLine: (line: string) => void;
}

/** Pushes a tag and returns the digest that the engine says the registry gave it. Throws what pulls throw. */
export async function pushImage(engine: Engine, repository: string, tag: string, options: PushOptions): Promise<Digest> {
  const { signal, idleMs, onLine } = options;
  const image = `${repository}:${tag}`;
  const doing = `push ${image}`;
  try {
    const registry = registryOf(repository);
    const authconfig = authConfig(registry, await options.credentials(registry)) ?? NOBODY;
    const stream = await callEngine(engine, doing, { signal, deadlineMs: idleMs }, (abortSignal) =>
      engine.docker.getImage(repository).push({ tag, authconfig, abortSignal }),
    );
    return await followToEnd(stream as Readable, { signal, idleMs, onLine, verdict: pushedDigest });
  } catch (error) {
    throw await transferError({ engine, doing, repository, image }, error, signal);
  }
}

/** Engines insist on the header even where nobody signs in: this is `{}`. */
const NOBODY = { key: 'e30=' };

function pushedDigest({ aux }: StreamLine): Digest | undefined {
  return typeof aux?.Digest === 'string' ? parseDigest(aux.Digest) : undefined;
}
