import type { ReleaseRecord, ReleaseStatus } from '../domain/release.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { Refused } from '../temporal/errors.ts';
import type { VoteMessage } from '../workflows/messages.ts';
import { list } from './catalogue.ts';
import { askWorkflow } from './find-release.ts';
import { NotAllowed } from './problems.ts';

/** Gives a person's vote to the release. The workflow decides; a refusal of somebody who is no approver is NotAllowed. */
export async function castVote(engine: ReleaseEngine, record: ReleaseRecord, vote: VoteMessage, requestId: string): Promise<ReleaseStatus> {
  try {
    return await askWorkflow(record, () => engine.vote(record.application, record.number, vote, requestId));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw (await asNotAllowed(engine, record, vote, error)) ?? error;
  }
}

async function asNotAllowed(
  engine: ReleaseEngine,
  record: ReleaseRecord,
  vote: VoteMessage,
  refusal: Refused,
): Promise<NotAllowed | undefined> {
  const status = await engine.releaseStatus(record.application, record.number);
  const stage = status.stages.find((candidate) => candidate.name === vote.stage);
  if (stage?.state.kind !== 'waiting') return undefined;
  const asked = stage.state.gates.filter(({ kind }) => kind === 'approval');
  const openers = [...new Set(asked.flatMap((gate) => gate.openedBy))];
  const own = [vote.person, ...(vote.groups ?? []).map((group) => `group ${group}`)];
  if (openers.length === 0 || openers.some((opener) => own.includes(opener))) return undefined;
  return new NotAllowed(refusal.message, `the gate waits for ${list(openers)}`, { cause: refusal });
}
