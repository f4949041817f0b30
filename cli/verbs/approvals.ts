import type { ReleaseSummary } from '../../temporal/engine.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { ServerRefused } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { approvalsPage, isFor, type Wanted, wantedOfGlass, wantedOfRelease } from '../rendering/approvals-page.ts';
import { pageOf } from '../rendering/page.ts';

export interface ApprovalsOptions extends CommonOptions {
  readonly application?: string;
}

/** Releases are looked at a page at a time; those that wait are among the newest of them, or are found by and by. */
const PAGE = 100;

/** Lists what waits for a person, what this person can do first. */
export async function approvals(context: Context, options: ApprovalsOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const [me, releases, standing] = await Promise.all([
    client.people.whoami(),
    waitingReleases(client, options),
    client.decisions.standing(options),
  ]);
  const ofReleases = await Promise.all(releases.map((summary) => wantedBy(client, summary)));
  const wanted = [...ofReleases.flat(), ...standing.decisions.flatMap(wantedOfGlass)];
  const sorted = [...wanted].sort(
    (left, right) => Number(isFor(right, me.person)) - Number(isFor(left, me.person)) || left.since.localeCompare(right.since),
  );
  const { out } = context.terminal;
  if (options.json) printJson(context, { approvals: sorted.map((one) => ({ ...one, mine: isFor(one, me.person) })) });
  else out.line(approvalsPage(sorted, me.person, pageOf(out)));
  return EXIT.done;
}

async function waitingReleases(client: ApiClient, { application }: ApprovalsOptions): Promise<readonly ReleaseSummary[]> {
  const page = await client.listReleases({ limit: PAGE, ...(application !== undefined && { application }) });
  return page.releases.filter(({ state, endedAt }) => endedAt === undefined && (state === 'waiting' || state === 'running'));
}

async function wantedBy(client: ApiClient, { application, number }: ReleaseSummary): Promise<readonly Wanted[]> {
  try {
    return wantedOfRelease(await client.release(application, number));
  } catch (error) {
    // It has ended between the list and the look.
    if (error instanceof ServerRefused && error.status === 404) return [];
    throw error;
  }
}
