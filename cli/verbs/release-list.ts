import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { releaseListPage } from '../rendering/release-list.ts';

export interface ListOptions extends CommonOptions {
  readonly limit: number;
  readonly cursor?: string;
}

/** Releases, newest first. */
export async function listReleases(context: Context, application: string | undefined, options: ListOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const page = await client.listReleases({
    limit: options.limit,
    ...(application !== undefined && { application }),
    ...(options.cursor !== undefined && { cursor: options.cursor }),
  });
  const { out } = context.terminal;
  if (options.json) printJson(context, page);
  else if (page.releases.length === 0) out.line("There is no release yet; 'tidegate release create' makes one");
  else out.line(releaseListPage(page.releases, pageOf(out)));
  if (!options.json && page.next !== undefined) out.line(out.style('quiet', `more with --cursor ${page.next}`));
  return EXIT.done;
}
