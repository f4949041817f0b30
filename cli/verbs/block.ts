import { type CommonOptions, type Context, connect } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { findReleaseReference } from '../reference.ts';
import { sayDecision } from '../rendering/standing-page.ts';

export interface BlockOptions extends CommonOptions {
  readonly digest?: string;
  readonly reason: string;
}

/** Keeps a release, or whatever has an image, from being promoted by anybody. */
export async function block(context: Context, words: readonly string[], options: BlockOptions): Promise<ExitCode> {
  const { digest, reason } = options;
  if ((digest === undefined) === (words.length === 0)) throw new UsageError('What is to be blocked?', 'name a release, or --digest');
  const client = await connect(context, options);
  if (digest !== undefined) return sayDecision(context, options, await client.decisions.block({ digest, reason }));
  const { application, number } = await findReleaseReference(words, client);
  return sayDecision(context, options, await client.decisions.block({ application, release: number, reason }));
}
