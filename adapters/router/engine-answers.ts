import { EngineFault, EngineRefused } from '../../activities/hosts/errors.ts';
import { RouterFailed } from '../../activities/router/errors.ts';

/** An engine's no, in its own words; undefined for what is none. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof EngineFault || error instanceof EngineRefused)) return undefined;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** What the router is asked through its engine may be refused while it restarts: that is worth another attempt. */
export async function askRouter<T>(host: string, doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const seen = refusalOf(error);
    throw seen === undefined ? error : new RouterFailed(host, doing, seen, { cause: error });
  }
}
