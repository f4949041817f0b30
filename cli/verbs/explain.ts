import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference, printReference } from '../reference.ts';
import { explanationPage } from '../rendering/explanation-page.ts';
import { pageOf } from '../rendering/page.ts';

export interface ExplainOptions extends CommonOptions {
  readonly stage?: string;
}

/** Says all that stands between a release and its stages, or one of them, and what to do about it. */
export async function explain(context: Context, words: readonly string[], options: ExplainOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const reference = await findReleaseReference(words, client);
  const { stages } = await client.explain(reference.application, reference.number, options.stage);
  const { out } = context.terminal;
  if (options.json) printJson(context, { ...reference, stages });
  else out.line(explanationPage(printReference(reference), stages, pageOf(out)));
  return EXIT.done;
}
