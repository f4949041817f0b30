import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { standingPage } from '../rendering/standing-page.ts';

export interface StandingOptions extends CommonOptions {
  readonly environment?: string;
}

/** Lists what people decided beforehand and what has not ended. */
export async function standing(context: Context, application: string | undefined, options: StandingOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const { environment } = options;
  const found = await client.decisions.standing({
    ...(application !== undefined && { application }),
    ...(environment !== undefined && { environment }),
  });
  const { out } = context.terminal;
  if (options.json) printJson(context, found);
  else out.line(standingPage(found.decisions, pageOf(out)));
  return EXIT.done;
}
