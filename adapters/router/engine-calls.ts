import type Docker from 'dockerode';
import { EngineFault, EngineUnreachable, type HostPlace } from '../../activities/hosts/errors.ts';

/** The engine that a router runs on, with the names that messages need. */
export interface RouterPlace extends HostPlace {
  readonly docker: Docker;
}

const DEADLINE_MS = 15_000;

/**
 * One request to the engine, bounded by a deadline and the caller's signal. `doing` completes "expected the engine to …".
 * An answer that says no is thrown as EngineAnswer, for the caller to read; no answer is EngineUnreachable.
 */
export async function callEngine<T>(
  place: RouterPlace,
  doing: string,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(deadlineMs);
  const either = AbortSignal.any([signal, deadline]);
  try {
    return await Promise.race([call(either), rejectedBy(either)]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (deadline.aborted) throw new EngineUnreachable(place, doing, `no answer within ${deadlineMs / 1000} s`, { cause: error });
    throw answerOf(error) ?? new EngineUnreachable(place, doing, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Not every call of the client heeds a signal, so the wait is ended here as well. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** An engine's answer that says no. Internal to this room: callers turn it into what it means. */
export class EngineAnswer extends Error {
  override readonly name = 'EngineAnswer';

  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Gives `undefined` for the engine's 404. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return undefined;
    throw error;
  }
}

/** What an answer means where nothing special was expected: a fault of the engine, to be tried again. */
export function asFault(place: RouterPlace, doing: string, error: unknown): unknown {
  return error instanceof EngineAnswer ? new EngineFault(place, doing, error.message, { cause: error }) : error;
}

function answerOf(error: unknown): EngineAnswer | undefined {
  if (error instanceof EngineAnswer) return error;
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  return new EngineAnswer(error.statusCode, error.message.trim(), { cause: error });
}
