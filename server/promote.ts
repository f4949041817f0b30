import type { ReleaseRecord, ReleaseStatus } from '../domain/release.ts';
import type { PromoteMessage } from '../workflows/messages.ts';
import { askWorkflow } from './find-release.ts';
import type { ServerParts } from './ports.ts';

/** Takes a release through a stage by hand. A request that the ledger knows is answered with how the release stands, and starts nothing. */
export async function promote(
  { engine, register }: Pick<ServerParts, 'engine' | 'register'>,
  record: ReleaseRecord,
  message: PromoteMessage,
  requestId: string,
): Promise<ReleaseStatus> {
  const { application, number } = record;
  // Temporal knows a request within one run of the release's workflow, and each promotion of an ended release is another run.
  if (await register.hasPromotion(application, number, requestId))
    return askWorkflow(record, () => engine.releaseStatus(application, number));
  return engine.promote(record, message, requestId);
}
