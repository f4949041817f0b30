import type { Scope } from '../../domain/standing.ts';
import { type CommonOptions, type Context, connect } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { parseEnd, parseMoment } from '../moments.ts';
import { sayDecision } from '../rendering/standing-page.ts';

export interface FreezeOptions extends CommonOptions {
  readonly environment?: string;
  readonly everything?: boolean;
  readonly from?: string;
  readonly until?: string;
  readonly for?: string;
  readonly owner?: string;
  readonly reason: string;
}

/** Lets nothing go forward until a moment; rollbacks go on. */
export async function freeze(context: Context, application: string | undefined, options: FreezeOptions): Promise<ExitCode> {
  const scope = scopeOf(application, options);
  const from = options.from === undefined ? undefined : parseMoment('--from', options.from);
  const until = parseEnd(options, from === undefined ? Date.now() : Date.parse(from));
  if (until === undefined) throw new UsageError('A freeze has an end', 'give it with --until or --for');
  const client = await connect(context, options);
  const { owner, reason } = options;
  const begun = await client.decisions.freeze({
    scope,
    reason,
    until,
    ...(from !== undefined && { from }),
    ...(owner !== undefined && { owner }),
  });
  return sayDecision(context, options, begun);
}

/** All of an installation is frozen only on purpose. */
function scopeOf(application: string | undefined, { environment, everything = false }: FreezeOptions): Scope {
  const scope = { ...(application !== undefined && { application }), ...(environment !== undefined && { environment }) };
  const named = Object.keys(scope).length > 0;
  if (!named && !everything) throw new UsageError('What is to be frozen?', 'name an application, --environment, or --everything');
  if (named && everything) throw new UsageError('--everything leaves nothing out', 'take it away, or the application and --environment');
  return scope;
}
