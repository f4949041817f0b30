import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { wordsOf } from './words-of.ts';

/** One line of the JSON stream in which engines report builds, pulls and pushes. */
export interface StreamLine {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string; readonly code?: number };
  readonly aux?: Readonly<Record<string, unknown>>;
}

export interface FollowOptions<T> {
  readonly signal: AbortSignal;
  /** Milliseconds without a line after which the stream is given up; undefined waits for as long as `signal` lets it. */
  readonly idleMs: number | undefined;
  /** What a line says about the outcome; the last verdict counts. */
  readonly verdict: (line: StreamLine) => T | undefined;
  readonly onLine?: (text: string) => void;
  /** What of a line is for people; by default what it says in plain words. */
  readonly words?: (line: StreamLine) => readonly string[];
}

/** How many of the last lines are kept for people. */
const KEPT_LINES = 20;

/** No engine writes longer lines; without a bound one bad line could fill the memory. */
const LONGEST_LINE = 1_000_000;

/**
 * Reads an engine's stream to its end and returns its verdict. Engines answer 200 before they begin, so the stream alone tells
 * how it went. Throws StreamFailed (an `errorDetail`), StreamCut (an end without verdict), StreamIdle, or the signal's reason.
 */
export async function followToEnd<T>(stream: Readable, options: FollowOptions<T>): Promise<T> {
  const kept: string[] = [];
  let verdict: T | undefined;
  for await (const line of linesOf(stream, options)) {
    for (const text of (options.words ?? textOf)(line)) {
      kept.splice(0, kept.length - KEPT_LINES + 1);
      kept.push(text);
      options.onLine?.(text);
    }
    if (line.errorDetail !== undefined || line.error !== undefined) throw new StreamFailed(line, kept);
    verdict = options.verdict(line) ?? verdict;
  }
  if (verdict === undefined) throw new StreamCut('it ended without saying how it went', kept);
  return verdict;
}

async function* linesOf(stream: Readable, { signal, idleMs }: FollowOptions<unknown>): AsyncGenerator<StreamLine> {
  const watch = watchOver(stream, signal, idleMs);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      watch.alive();
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw new StreamCut(`a line is longer than ${LONGEST_LINE} characters`, []);
      for (const line of lines) if (line.trim() !== '') yield parseLine(line);
    }
    if (rest.trim() !== '') yield parseLine(rest);
  } catch (error) {
    throw signal.aborted ? signal.reason : asCut(error);
  } finally {
    watch.end();
    stream.destroy();
  }
}

/** Destroys the stream on abort and when it says nothing for too long; the engine notices and ends its side. */
function watchOver(stream: Readable, signal: AbortSignal, idleMs: number | undefined) {
  const abort = () => stream.destroy(new Error('aborted'));
  const timer = idleMs === undefined ? undefined : setTimeout(() => stream.destroy(new StreamIdle(idleMs)), idleMs);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    alive: () => timer?.refresh(),
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

function parseLine(line: string): StreamLine {
  try {
    return JSON.parse(line) as StreamLine;
  } catch {
    throw new StreamCut(`a line is no JSON: ${line.slice(0, 200)}`, []);
  }
}

/** For people; the output of a build comes in pieces of several lines. */
export function textOf(line: StreamLine): string[] {
  const said = line.stream ?? line.error ?? [line.id, line.status, line.progress].filter((part) => part !== undefined).join(' ');
  return said
    .split('\n')
    .map((text) => text.trimEnd())
    .filter((text) => text !== '');
}

function asCut(error: unknown): unknown {
  if (error instanceof StreamIdle || error instanceof StreamCut) return error;
  return new StreamCut(wordsOf(error), [], { cause: error });
}

/** The engine said in its stream that it failed. */
export class StreamFailed extends Error {
  override readonly name = 'StreamFailed';
  /** The exit code of the build step that failed. */
  readonly exitCode: number | undefined;

  constructor(
    line: StreamLine,
    readonly lines: readonly string[],
  ) {
    super(line.errorDetail?.message ?? line.error ?? 'without saying why');
    this.exitCode = line.errorDetail?.code;
  }
}

/** The stream ended, or broke, before the engine said how it went. */
export class StreamCut extends Error {
  override readonly name = 'StreamCut';

  constructor(
    reason: string,
    readonly lines: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`its answer broke off: ${reason}`, options);
  }
}

/** The stream is open, and nothing comes. */
export class StreamIdle extends Error {
  override readonly name = 'StreamIdle';

  constructor(idleMs: number) {
    super(`nothing was heard for ${idleMs / 1000} s`);
  }
}
