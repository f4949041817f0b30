import { type CommonOptions, type Context, connect } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { findReleaseReference } from '../reference.ts';
import { finishWatch } from '../watching/finish-watch.ts';

export interface WatchOptions extends CommonOptions {
  /** False with --no-wait. */
  readonly wait: boolean;
  readonly until?: string;
}

/** Shows a release live; ends as it ends. */
export async function watch(context: Context, words: readonly string[], options: WatchOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const reference = await findReleaseReference(words, client);
  const wish = { stopAtGates: !options.wait, ...(options.until !== undefined && { until: options.until }) };
  return finishWatch(context, client, reference, wish, options);
}
