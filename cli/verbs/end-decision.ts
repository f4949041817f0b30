import type { StandingDecision } from '../../domain/standing.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { decisionText } from '../rendering/standing-page.ts';

export interface EndOptions extends CommonOptions {
  readonly reason?: string;
}

/** Ends a freeze, block or hold before its time; which one need not be said where one stands. */
export async function endDecision(
  context: Context,
  kind: Exclude<StandingDecision['kind'], 'break-glass'>,
  id: string | undefined,
  options: EndOptions,
): Promise<ExitCode> {
  const client = await connect(context, options);
  const ended = await client.decisions.end(kind, id ?? (await onlyOne(client, kind)), options.reason ?? '');
  if (options.json) printJson(context, ended);
  else context.terminal.out.line(`Ended: ${decisionText(ended)}`);
  return EXIT.done;
}

/** Throws UsageError unless exactly one stands. */
async function onlyOne(client: ApiClient, kind: StandingDecision['kind']): Promise<string> {
  const { decisions } = await client.decisions.standing({});
  const ids = decisions.filter((decision) => decision.kind === kind).map((decision) => decision.id);
  const [only] = ids;
  if (only === undefined) throw new UsageError(`There is no ${kind}`, "'tidegate standing' lists what stands");
  if (ids.length > 1) throw new UsageError(`There are several: ${ids.join(', ')}`, "name the one; 'tidegate standing' lists them");
  return only;
}
