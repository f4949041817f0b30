import type { Person } from '../domain/people/person.ts';
import type { ReleaseRecord, ReleaseStatus } from '../domain/release.ts';
import type { PromoteMessage } from '../workflows/messages.ts';
import { askWorkflow } from './find-release.ts';
import type { ServerParts } from './ports.ts';
import { reachOf } from './reach.ts';

/**
 * Takes a release through a stage by hand, and no further than this person may. A request that the ledger knows is answered with how the release
 * stands, and starts nothing.
 */
export async function promote(
  { engine, register, environments }: Pick<ServerParts, 'engine' | 'register' | 'environments'>,
  record: ReleaseRecord,
  person: Person,
  wish: Omit<PromoteMessage, 'person' | 'reach'>,
  requestId: string,
): Promise<ReleaseStatus> {
  const { application, number } = record;
  // Temporal knows a request within one run of the release's workflow, and each promotion of an ended release is another run.
  if (await register.hasPromotion(application, number, requestId))
    return askWorkflow(record, () => engine.releaseStatus(application, number));
  const reach = reachOf({ environments }, person, 'promote', application);
  return engine.promote(record, { ...wish, person: person.name, ...(reach !== undefined && { reach }) }, requestId);
}
