import { type CommonOptions, type Context, connect } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { parseEnd } from '../moments.ts';
import { findApplication } from '../reference.ts';
import { sayDecision } from '../rendering/standing-page.ts';

export interface HoldOptions extends CommonOptions {
  readonly environment: string;
  readonly at?: number;
  readonly until?: string;
  readonly for?: string;
  readonly reason: string;
}

/** Keeps an environment at a release. */
export async function hold(context: Context, name: string | undefined, options: HoldOptions): Promise<ExitCode> {
  const until = parseEnd(options, Date.now());
  const client = await connect(context, options);
  const application = await findApplication(name, client);
  const wish = { reason: options.reason, ...(options.at !== undefined && { release: options.at }), ...(until !== undefined && { until }) };
  return sayDecision(context, options, await client.decisions.hold(application, options.environment, wish));
}
