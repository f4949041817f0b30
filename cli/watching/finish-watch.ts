import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, printJson, progressOutput } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { ReleaseReference } from '../reference.ts';
import { outcomeSentence, outcomeText } from '../rendering/outcome.ts';
import { pageOf } from '../rendering/page.ts';
import { releasePage } from '../rendering/release-page.ts';
import type { WatchWish } from './end-of-watch.ts';
import { followRelease } from './follow-release.ts';

/** Follows a release, then says how it stands: the whole of it, or as JSON its status. */
export async function finishWatch(
  context: Context,
  client: ApiClient,
  reference: ReleaseReference,
  wish: WatchWish,
  options: CommonOptions,
): Promise<ExitCode> {
  const output = progressOutput(context, options);
  const { status, exitCode } = await followRelease(context, client, reference, wish, output);
  const page = pageOf(output);
  // The page shows the whole reason already.
  if (output.live) output.line(`${releasePage(status, page)}\n\n${outcomeSentence(status, wish.until, page)}`);
  else output.line(outcomeText(status, wish.until, page));
  if (options.json) printJson(context, status);
  return exitCode;
}
