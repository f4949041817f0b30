import type { ReleaseStatus } from '../../domain/release.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { ServerRefused, UsageError } from '../errors.ts';
import { EXIT, type ExitCode, exitCodeOfRelease } from '../exit-codes.ts';
import { findReleaseReference } from '../reference.ts';
import { environmentsPage } from '../rendering/environments-page.ts';
import { pageOf } from '../rendering/page.ts';
import { recentReleases } from '../rendering/release-list.ts';
import { releasePage } from '../rendering/release-page.ts';

const RECENT = 5;

/** A release, or environments and recent releases of one application or of all. */
export async function status(context: Context, words: readonly string[], options: CommonOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  if (words.some((word) => /\d$/.test(word) && (word.includes('#') || /^\d+$/.test(word))))
    return releaseStatus(context, client, words, options);
  if (words.length > 1)
    throw new UsageError(`${JSON.stringify(words.join(' '))} is neither an application nor a release`, 'write shop or shop#2');
  return overview(context, client, words[0], options);
}

/** One that ended badly is not shown as success, neither by colour nor by exit code; one that goes on is fine so far. */
async function releaseStatus(context: Context, client: ApiClient, words: readonly string[], options: CommonOptions): Promise<ExitCode> {
  const reference = await findReleaseReference(words, client);
  const found = await client.release(reference.application, reference.number);
  const { out } = context.terminal;
  if (options.json) printJson(context, found);
  else out.line(releasePage(found, pageOf(out)));
  if (found.fault !== undefined) return EXIT.failed;
  const code = exitCodeOfRelease(found.state);
  return code === EXIT.waiting ? EXIT.done : code;
}

async function overview(context: Context, client: ApiClient, application: string | undefined, options: CommonOptions): Promise<ExitCode> {
  const [all, page] = await Promise.all([
    client.environments(),
    client.listReleases({ limit: RECENT, ...(application !== undefined && { application }) }),
  ]);
  const environments = all.environments.filter((environment) => application === undefined || environment.application === application);
  const releases = (await Promise.all(page.releases.map(({ application: of, number }) => stillThere(client, of, number)))).flat();
  if (options.json) printJson(context, { environments, releases });
  else showOverview(context, environments, releases);
  return EXIT.done;
}

function showOverview({ terminal }: Context, environments: readonly EnvironmentView[], releases: readonly ReleaseStatus[]): void {
  const { out } = terminal;
  const page = pageOf(out);
  for (const application of new Set(environments.map((environment) => environment.application))) {
    out.line(out.style('strong', application));
    out.line(
      environmentsPage(
        environments.filter((environment) => environment.application === application),
        page,
      ),
    );
    out.line();
  }
  if (releases.length === 0) out.line("There is no release yet; 'tidegate release create' makes one");
  else out.line(`${out.style('strong', 'recent releases')}\n${recentReleases(releases, page)}`);
}

/** A release can leave Temporal between the list and the look at it. */
async function stillThere(client: ApiClient, application: string, number: number): Promise<ReleaseStatus[]> {
  try {
    return [await client.release(application, number)];
  } catch (error) {
    if (error instanceof ServerRefused && error.status === 404) return [];
    throw error;
  }
}
