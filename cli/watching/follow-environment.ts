import type { HostReport } from '../../domain/deployment.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { Context } from '../context.ts';
import { CommandFailed, Interrupted } from '../errors.ts';
import { environmentLines, environmentPicture } from '../rendering/environment-progress.ts';
import type { Output } from '../terminal.ts';
import { LiveView } from './live-view.ts';
import { poll } from './poll.ts';

/** What is followed in an environment: a rollback, or the deployment to one host. */
export interface Followed {
  readonly application: string;
  readonly environment: string;
  /** `rollback`, for sentences. */
  readonly what: string;
  /** How it ended, or undefined while it goes on. */
  readonly end: (seen: EnvironmentView) => ChangeEnd | undefined;
}

export interface ChangeEnd {
  readonly succeeded: boolean;
  readonly sentence: string;
  readonly hosts: readonly HostReport[];
}

/** Shows a change of an environment host by host until it has ended. Throws Interrupted, which says that it goes on. */
export async function followEnvironment(context: Context, client: ApiClient, followed: Followed, output: Output): Promise<ChangeEnd> {
  const { application, environment, what } = followed;
  const view = new LiveView(output);
  let end: ChangeEnd | undefined;
  try {
    await poll<EnvironmentView>({
      read: () => client.environment(application, environment),
      decide: (seen) => {
        end = followed.end(seen);
        if (end === undefined) view.show(() => environmentPicture(seen, output.style), environmentLines(seen, output.style));
        return end !== undefined;
      },
      onOutage: (error) => view.say(output.style('waits', `${error.message}; the ${what} goes on, trying again for a minute`)),
      interrupted: context.interrupted,
    });
  } catch (error) {
    throw context.interrupted.aborted ? goesOn(followed) : error;
  }
  view.end();
  if (end === undefined) throw new CommandFailed(`The ${what} ended without an end`);
  if (!output.live) for (const host of end.hosts) output.line(`  ${host.host} ${host.outcome}: ${host.detail}`);
  return end;
}

function goesOn({ application, environment, what }: Followed): Interrupted {
  return new Interrupted(
    `Stopped watching; the ${what} of ${application} in ${environment} goes on`,
    `'tidegate status ${application}' shows how it ends`,
  );
}
