import { type CommonOptions, type Context, connect } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { parseEnd } from '../moments.ts';
import { sayDecision } from '../rendering/standing-page.ts';

export interface DelegateOptions extends CommonOptions {
  readonly to: string;
  readonly until?: string;
  readonly for?: string;
  readonly reason: string;
}

/** Lets somebody vote in the place of who asks, until a moment. */
export async function delegate(context: Context, options: DelegateOptions): Promise<ExitCode> {
  const until = parseEnd(options, Date.now());
  if (until === undefined) throw new UsageError('A delegation has an end', 'give it with --until or --for');
  const client = await connect(context, options);
  const { to, reason } = options;
  return sayDecision(context, options, await client.decisions.delegate({ to, until, reason }));
}
