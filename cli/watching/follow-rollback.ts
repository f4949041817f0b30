import type { RollbackAnswer } from '../../domain/environment.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { Context } from '../context.ts';
import { CommandFailed, Interrupted } from '../errors.ts';
import { environmentLines, environmentPicture } from '../rendering/environment-progress.ts';
import type { Output } from '../terminal.ts';
import { LiveView } from './live-view.ts';
import { poll } from './poll.ts';
import { type RollbackEnd, rollbackEnd } from './rollback-end.ts';

/** Shows a rollback host by host until it has ended. Throws Interrupted, which says that it goes on. */
export async function followRollback(
  context: Context,
  client: ApiClient,
  place: { readonly application: string; readonly environment: string },
  answer: RollbackAnswer,
  output: Output,
): Promise<RollbackEnd> {
  const view = new LiveView(output);
  let end: RollbackEnd | undefined;
  try {
    await poll<EnvironmentView>({
      read: () => client.environment(place.application, place.environment),
      decide: (seen) => {
        end = rollbackEnd(seen, answer);
        if (end === undefined) view.show(() => environmentPicture(seen, output.style), environmentLines(seen, output.style));
        return end !== undefined;
      },
      onOutage: (error) => view.say(output.style('waits', `${error.message}; the rollback goes on, trying again for a minute`)),
      interrupted: context.interrupted,
    });
  } catch (error) {
    throw context.interrupted.aborted ? goesOn(place) : error;
  }
  view.end();
  if (end === undefined) throw new CommandFailed('The rollback ended without an end');
  if (!output.live) for (const host of end.hosts) output.line(`  ${host.host} ${host.outcome}: ${host.detail}`);
  return end;
}

function goesOn(place: { readonly application: string; readonly environment: string }): Interrupted {
  return new Interrupted(
    `Stopped watching; the rollback of ${place.application} in ${place.environment} goes on`,
    `'tidegate status ${place.application}' shows how it ends`,
  );
}
