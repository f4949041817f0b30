import type { GitHubEvent } from '../../domain/github/event.ts';
import { isSameOnGitHub } from '../../domain/guard/environment-name.ts';
import type { GuardedPlace } from '../../domain/guard/guard.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { ignored } from '../inbox/effects.ts';
import { NotThereYet } from '../inbox/not-there-yet.ts';
import type { Reading, TriggeredApplication } from './parts.ts';

type Asked = Extract<GitHubEvent, { kind: 'protection' }>;

/**
 * Has a job of GitHub Actions wait for the gates of what its environment stands for here. The delivery only says where to look: that the run is there, and
 * waits for the environment, is read from GitHub. Throws NotThereYet.
 */
export async function holdBackJob(
  reading: Reading,
  asked: Asked,
  applications: readonly TriggeredApplication[],
  subject: string,
): Promise<Settlement> {
  const { run, environment } = asked;
  const places = placesOf(environment, applications);
  if (places.length === 0)
    return ignored(
      `${environment} on GitHub stands for no environment here; applications[].github.guards of tidegate.yaml would say for which`,
    );
  const awaited = await awaitedOf(reading, asked);
  if ('objection' in awaited) return ignored(awaited.objection);
  const { id, name } = reading.repository;
  await reading.parts.server.engine.holdBack({ repository: { id, name }, run, environment: awaited.environment, places }, asked.deployment);
  const named = places.map((place) => `${place.application} in ${place.environment}`).join(', ');
  const detail = `run ${run} is held back by ${named}; 'tidegate guards list' shows what for`;
  return { state: 'done', detail, ...(subject !== '' && { subject }) };
}

function placesOf(environment: string, applications: readonly TriggeredApplication[]): readonly GuardedPlace[] {
  return applications.flatMap(({ name, guards = [] }) =>
    guards
      .filter(({ github }) => isSameOnGitHub(github, environment))
      .map((guard) => ({ application: name, environment: guard.environment })),
  );
}

/** The environment as GitHub spells it, where the job is there and waits for it; else why nothing is held back. */
async function awaitedOf(
  { parts: { github }, repository: { name }, signal }: Reading,
  asked: Asked,
): Promise<{ readonly environment: string } | { readonly objection: string }> {
  const run = await github.workflowRun(name, asked.run, { signal });
  if (run === undefined) throw new NotThereYet(`run ${asked.run} is gone`);
  const deployment = asked.deployment === 0 ? undefined : await github.deployment(name, asked.deployment, { signal });
  if (deployment === undefined && asked.deployment !== 0) throw new NotThereYet(`deployment ${asked.deployment} is gone`);
  if (deployment !== undefined && !isSameOnGitHub(deployment.environment, asked.environment))
    return { objection: `deployment ${asked.deployment} is not into ${asked.environment}` };
  // That of a pull request is of a merge that nobody made yet: it is turned away whatever it is of.
  if (deployment !== undefined && deployment.commit !== run.commit && !run.event.startsWith('pull_request'))
    return { objection: `deployment ${asked.deployment} is of another commit than run ${asked.run}` };
  const environment = (await github.awaited(name, asked.run, { signal })).find((one) => isSameOnGitHub(one, asked.environment));
  if (environment === undefined) throw new NotThereYet(`no job of run ${asked.run} waits for ${asked.environment}`);
  return { environment };
}
