import { Readable } from 'node:stream';
import { DiskFull, EngineFault } from '../../../activities/hosts/errors.ts';
import type { Digest } from '../../../domain/digest.ts';
import { callEngine, type Engine, EngineAnswer, unreachable } from '../engine-calls.ts';
import { followToEnd, StreamCut, StreamFailed, type StreamLine } from '../follow-to-end.ts';
import { isDiskFull } from '../pull-failure.ts';

/** Whatever an engine is sent, it is not sent for longer. */
const LONGEST_MS = 6 * 3_600_000;

interface LoadOptions {
  readonly signal: AbortSignal;
  /** Milliseconds in which an engine neither takes something nor says something, after which it is given up. */
  readonly idleMs: number;
  readonly onLine: (line: string) => void;
}

/**
 * Has an engine take an archive, and checks that what it took is the image of this configuration (`POST /images/load`). An archive that
 * fails is not taken, and its own failure is thrown. Throws DiskFull, EngineFault or EngineUnreachable.
 */
export async function loadImage(
  engine: Engine,
  image: string,
  config: Digest,
  archive: AsyncIterable<Buffer>,
  options: LoadOptions,
): Promise<void> {
  const doing = `take the layers of ${image}`;
  const watch = new Watch(engine, doing, options.idleMs);
  const body = Readable.from(watched(archive, watch), { objectMode: false });
  let broken: Error | undefined;
  body.once('error', (error) => {
    broken = error;
  });
  try {
    const taken = await take(engine, doing, body, { ...options, watch });
    if (taken !== config) throw new EngineFault(engine, doing, `it took ${taken}, and not the image ${config}`);
  } catch (error) {
    options.signal.throwIfAborted();
    throw broken ?? loadError(engine, doing, error);
  } finally {
    body.destroy();
    watch.end();
  }
}

/** What an engine says that it took. It answers when it pleases: often only after the last byte. */
async function take(engine: Engine, doing: string, body: Readable, options: LoadOptions & { readonly watch: Watch }): Promise<string> {
  const { watch, onLine } = options;
  const signal = AbortSignal.any([options.signal, watch.signal]);
  const stream = await callEngine(engine, doing, { signal, deadlineMs: LONGEST_MS }, (abortSignal) =>
    engine.docker.loadImage(body, { abortSignal } as object),
  );
  const hear = (line: string): void => {
    watch.alive();
    onLine(line);
  };
  return followToEnd(stream as Readable, { signal, idleMs: undefined, onLine: hear, verdict: takenIn });
}

async function* watched(archive: AsyncIterable<Buffer>, watch: Watch): AsyncGenerator<Buffer> {
  for await (const chunk of archive) {
    watch.alive();
    yield chunk;
  }
}

/** The line in which an engine names what it took: an image without a name has the digest of its configuration for one. */
function takenIn({ stream }: StreamLine): string | undefined {
  return /^Loaded image ID: (sha256:[0-9a-f]{64})\s*$/.exec(stream ?? '')?.[1];
}

function loadError(engine: Engine, doing: string, error: unknown): unknown {
  if (error instanceof StreamCut) return unreachable(engine, doing, error);
  if (!(error instanceof StreamFailed || error instanceof EngineAnswer)) return error;
  if (isDiskFull(error.message)) return new DiskFull(engine, doing, error.message);
  return new EngineFault(engine, doing, error.message, { cause: error });
}

/** Ends what stands still on the engine's side, and whatever is still open when all is over. */
class Watch {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(engine: Engine, doing: string, idleMs: number) {
    const reason = () => new EngineFault(engine, doing, `it neither took nor said anything for ${idleMs / 1000} s`);
    this.#timer = setTimeout(() => this.#controller.abort(reason()), idleMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  alive(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}
