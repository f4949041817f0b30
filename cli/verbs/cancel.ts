import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference, printReference } from '../reference.ts';

export interface CancelOptions extends CommonOptions {
  readonly reason: string;
}

/** Stops a release; a deployment under way returns its hosts to the last good release first. */
export async function cancel(context: Context, words: readonly string[], options: CancelOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const reference = await findReleaseReference(words, client);
  const status = await client.cancel(reference.application, reference.number, { reason: options.reason });
  if (options.json) printJson(context, status);
  else
    context.terminal.out.line(
      `${printReference(reference)} is told to stop; 'tidegate status ${printReference(reference)}' shows how it ends`,
    );
  return EXIT.done;
}
