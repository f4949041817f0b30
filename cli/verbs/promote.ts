import { type CommonOptions, type Context, connect, printJson, progressOutput } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference, printReference } from '../reference.ts';
import { finishWatch } from '../watching/finish-watch.ts';

export interface PromoteOptions extends CommonOptions {
  readonly to: string;
  readonly reason?: string;
  /** Jobs that are run though they ran before. */
  readonly runAgain?: readonly string[];
  /** True with --wait, false with --no-wait, undefined with neither. */
  readonly wait?: boolean;
}

/** Takes a release through one stage, and follows it there: to the stage's end, or to a gate that holds it. */
export async function promote(context: Context, words: readonly string[], options: PromoteOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const reference = await findReleaseReference(words, client);
  const { to: stage, reason = '', runAgain } = options;
  const status = await client.promote(reference.application, reference.number, { stage, reason, ...(runAgain && { runAgain }) });
  const progress = progressOutput(context, options);
  progress.line(`${printReference(reference)} is on its way through ${options.to}`);
  if (options.wait !== false)
    return finishWatch(context, client, reference, { until: options.to, stopAtGates: options.wait !== true }, options);
  if (options.json) printJson(context, status);
  return EXIT.done;
}
