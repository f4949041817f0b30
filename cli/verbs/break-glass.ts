import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { findReleaseReference } from '../reference.ts';
import { sayDecision } from '../rendering/standing-page.ts';

export interface BreakGlassOptions extends CommonOptions {
  readonly environment: string;
  readonly skip: string;
  readonly incident: string;
  readonly reason: string;
}

/** Lets a release past the gates that are named, each by its own name. */
export async function breakGlass(context: Context, words: readonly string[], options: BreakGlassOptions): Promise<ExitCode> {
  const { environment, incident, reason } = options;
  const skips = gatesOf(options.skip);
  const client = await connect(context, options);
  const { application, number } = await findReleaseReference(words, client);
  return sayDecision(
    context,
    options,
    await client.decisions.breakGlass(application, environment, { release: number, skips, incident, reason }),
  );
}

/** Whether there are gates of these names the server knows. */
function gatesOf(text: string): readonly string[] {
  const named = text.split(',').map((gate) => gate.trim());
  if (named.every((gate) => gate !== '')) return named;
  throw new UsageError(`--skip ${JSON.stringify(text)} names nothing`, "name gates as 'tidegate explain' shows them");
}

export interface RatifyOptions extends CommonOptions {
  readonly reason?: string;
}

/** Stands by somebody else's breaking of the glass. */
export async function ratify(context: Context, id: string | undefined, options: RatifyOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  return sayDecision(context, options, await client.decisions.ratify(id ?? (await onlyOne(client)), options.reason ?? ''));
}

/** Throws UsageError unless exactly one waits to be ratified. */
async function onlyOne(client: ApiClient): Promise<string> {
  const { decisions } = await client.decisions.standing({});
  const waiting = decisions.filter((one) => one.kind === 'break-glass' && one.ratified === undefined).map(({ id }) => id);
  const [only] = waiting;
  if (only === undefined) throw new UsageError('No broken glass waits to be ratified', "'tidegate standing' lists what stands");
  if (waiting.length > 1) throw new UsageError(`There are several: ${waiting.join(', ')}`, "name the one; 'tidegate approvals' lists them");
  return only;
}
