import { types } from 'node:util';
import type Docker from 'dockerode';
import { EngineFault, EngineRefused, EngineUnreachable, type HostPlace } from '../../activities/hosts/errors.ts';
import { wordsOf } from './words-of.ts';

/** One engine with the names that messages need. */
export interface Engine extends HostPlace {
  readonly docker: Docker;
  /** Milliseconds that an ordinary call may take. */
  readonly deadlineMs: number;
}

export const ORDINARY_DEADLINE_MS = 30_000;

interface CallLimits {
  readonly signal: AbortSignal;
  /** Milliseconds; the engine's ordinary deadline otherwise. */
  readonly deadlineMs?: number;
}

/**
 * One request to an engine, bounded by a deadline and the caller's signal. `doing` completes "expected the engine to …".
 * An answer with a status of 400 or more is thrown as EngineAnswer, for the caller to read; no answer is EngineUnreachable.
 */
export async function callEngine<T>(
  engine: Engine,
  doing: string,
  limits: CallLimits,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  limits.signal.throwIfAborted();
  const deadlineMs = limits.deadlineMs ?? engine.deadlineMs;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DeadlinePassed(deadlineMs)), deadlineMs);
  const signal = AbortSignal.any([limits.signal, deadline.signal]);
  try {
    return await Promise.race([call(signal), rejectedBy(signal)]);
  } catch (error) {
    if (limits.signal.aborted) throw limits.signal.reason;
    if (deadline.signal.aborted) throw unreachable(engine, doing, deadline.signal.reason);
    throw EngineAnswer.from(error) ?? unreachable(engine, doing, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Not every call of the client heeds a signal, so the wait is ended here as well. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Why a call was given up, as the cause of EngineUnreachable. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs / 1000} s`);
  }
}

/** An engine's answer that says no. Internal to this room: callers turn it into what it means. */
export class EngineAnswer extends Error {
  override readonly name = 'EngineAnswer';

  private constructor(
    readonly status: number,
    message: string,
    options: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The answer that the client's error stands for; undefined when there was none. */
  static from(error: unknown): EngineAnswer | undefined {
    if (!types.isNativeError(error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
    const said = 'json' in error ? messageOf(error.json) : undefined;
    return new EngineAnswer(error.statusCode, (said ?? error.message).trim(), { cause: error });
  }
}

function messageOf(body: unknown): string | undefined {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? message : undefined;
}

/** Turns an answer that the caller has no special meaning for into EngineFault (5xx) or EngineRefused (4xx). Any other error stays itself. */
export function asEngineError(engine: Engine, doing: string, error: unknown): unknown {
  if (!(error instanceof EngineAnswer)) return error;
  const Reason = error.status >= 500 ? EngineFault : EngineRefused;
  return new Reason(engine, doing, error.message, { cause: error });
}

/** No answer came at all; the client's own message says where the way ended. */
export function unreachable(engine: Engine, doing: string, error: unknown): EngineUnreachable {
  return new EngineUnreachable(engine, doing, wordsOf(error), { cause: error });
}
