import type { DeployableRelease } from '../../domain/deployment.ts';
import { PublicationsTaken } from '../router/errors.ts';
import { addressOf, type HostWork, routeOf } from './host-work.ts';

/** Throws PublicationsTaken with every address and port that the release would publish on a host and that others have there. */
export async function refuseConflicts(work: HostWork, { components }: DeployableRelease): Promise<void> {
  const published = components.flatMap(({ name, run }) => (run.publish === undefined ? [] : [routeOf(work.place, name, run.publish)]));
  const conflicts: string[] = [];
  for (const route of published) {
    const owner = await work.host.router.conflict(route, { signal: work.signal });
    if (owner !== undefined) conflicts.push(`${route.component} wants ${addressOf(route)}, and ${owner}`);
  }
  if (conflicts.length > 0) throw new PublicationsTaken(work.host.name, conflicts);
}
