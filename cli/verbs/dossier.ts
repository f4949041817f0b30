import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference, printReference } from '../reference.ts';
import { dossierPage } from '../rendering/dossier-page.ts';
import { pageOf } from '../rendering/page.ts';

export interface DossierOptions extends CommonOptions {
  readonly stage: string;
  readonly host?: string;
}

/** Shows what is known of the containers that a failed deployment removed. Ends with 1 when nothing is kept. */
export async function dossier(context: Context, words: readonly string[], options: DossierOptions): Promise<ExitCode> {
  const { out } = context.terminal;
  const client = await connect(context, options);
  const reference = await findReleaseReference(words, client);
  const answer = await client.dossiers(reference.application, reference.number, options.stage, options.host);
  if (options.json) printJson(context, answer);
  else if (answer.dossiers.length > 0) out.line(answer.dossiers.map((one) => dossierPage(one, pageOf(out))).join('\n\n'));
  else
    out.line(
      `No dossier is kept of ${options.stage} of ${printReference(reference)}${options.host === undefined ? '' : ` on ${options.host}`}`,
    );
  return answer.dossiers.length === 0 ? EXIT.failed : EXIT.done;
}
