import { asksWhoStarted, rulesOf } from '../../domain/gates/stage-rules.ts';
import { findPerson } from '../../domain/people/directory.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { readPipeline } from '../create-release.ts';
import { reachOf } from '../reach.ts';
import type { Reading } from './parts.ts';

/**
 * Where a release may go by itself of which only a delivery says who set it off: it could be anybody with an account here, so where each of them may take one, and
 * where no approval depends on who started it. Elsewhere a person has to promote it, and is a starter then. Throws what readPipeline throws.
 */
export async function unprovedReach(
  { parts }: Reading,
  application: string,
  commit: string | undefined,
): Promise<readonly string[] | undefined> {
  const { server, people, directory } = parts;
  const reaches = [...people.values()].map((name) => reachOf(server, findPerson(directory, name), 'create-release', application));
  const asking = [...parts.asksWhoStarted, ...keptFromStarters(await readPipeline(server.sources, application, commit))];
  const within = server.environments.filter(
    (environment) => !asking.includes(environment) && reaches.every((reach) => reach?.includes(environment) ?? true),
  );
  return within.length === server.environments.length ? undefined : within;
}

/** Environments that a pipeline's own approvals keep from whoever started the release. */
function keptFromStarters({ stages }: Pipeline): readonly string[] {
  return stages.flatMap((stage) => (stage.kind === 'deploy' && asksWhoStarted(rulesOf({}, stage)) ? [stage.environment] : []));
}
