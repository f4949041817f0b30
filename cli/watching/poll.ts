import { setTimeout as sleep } from 'node:timers/promises';
import { ServerRefused, ServerUnreachable } from '../errors.ts';

const INTERVAL_MS = 400;
/** A server that restarts is back by then; what was watched goes on meanwhile. */
const PATIENCE_MS = 60_000;

export interface Polling<Seen> {
  readonly read: () => Promise<Seen>;
  /** True ends it. */
  readonly decide: (seen: Seen) => boolean;
  readonly onOutage: (error: Error) => void;
  readonly interrupted: AbortSignal;
}

/** Reads until it is decided. An outage of the server is waited out for a minute. Throws what `read` throws, and Interrupted. */
export async function poll<Seen>({ read, decide, onOutage, interrupted }: Polling<Seen>): Promise<Seen> {
  let outageSince: number | undefined;
  for (;;) {
    interrupted.throwIfAborted();
    try {
      const seen = await read();
      outageSince = undefined;
      if (decide(seen)) return seen;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (outageSince === undefined) onOutage(error);
      outageSince ??= Date.now();
      if (Date.now() - outageSince > PATIENCE_MS) throw error;
    }
    // An interruption is noticed at the top of the loop, whoever wakes it.
    await sleep(INTERVAL_MS, undefined, { signal: interrupted }).catch(() => interrupted.throwIfAborted());
  }
}

function isOutage(error: unknown): error is Error {
  return error instanceof ServerUnreachable || (error instanceof ServerRefused && error.status === 503);
}
