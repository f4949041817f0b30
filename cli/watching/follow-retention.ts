import type { RetentionStatus } from '../../domain/retention-run.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, progressOutput } from '../context.ts';
import { Interrupted } from '../errors.ts';
import { endText } from '../rendering/retention-page.ts';
import { LiveView } from './live-view.ts';
import { poll } from './poll.ts';

/** How long the server may take to be told that a run is to stop. */
const STOP_MS = 10_000;

/** Shows a run repository by repository until it has ended. On Ctrl-C it is stopped, as nobody watches what is deleted any more. */
export async function followRetention(context: Context, client: ApiClient, run: string, options: CommonOptions): Promise<RetentionStatus> {
  const output = progressOutput(context, options);
  const view = new LiveView(output);
  try {
    return await poll<RetentionStatus>({
      read: () => client.retention.status(run),
      decide: (status) => {
        const lines = linesOf(status);
        if (status.state === 'running') view.show(() => [...lines.values()].join('\n'), lines);
        return status.state !== 'running';
      },
      onOutage: (error) => view.say(output.style('waits', `${error.message}; the run goes on, trying again for a minute`)),
      interrupted: context.interrupted,
    });
  } catch (error) {
    throw context.interrupted.aborted ? await stopped(context, run, options) : error;
  } finally {
    view.end();
  }

  function linesOf({ apply, repositories }: RetentionStatus): ReadonlyMap<string, string> {
    const begun = repositories.filter((one) => one.kind !== 'waiting');
    return new Map(begun.map((one) => [one.repository, `${one.repository}  ${endText(one, apply, output.style)}`]));
  }
}

async function stopped(context: Context, run: string, options: CommonOptions): Promise<Interrupted> {
  const client = await connect({ ...context, interrupted: AbortSignal.timeout(STOP_MS) }, options);
  await client.retention.stop(run);
  return new Interrupted(`Stopped run ${run}; what it had deleted stays deleted, and is in the ledger`);
}
