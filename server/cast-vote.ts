import type { ReleaseRecord, ReleaseStatus } from '../domain/release.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { Refused } from '../temporal/errors.ts';
import type { VoteMessage } from '../workflows/messages.ts';
import { list } from './catalogue.ts';
import { askWorkflow } from './find-release.ts';
import { NotAllowed } from './problems.ts';

/** Gives a person's vote to the release. The workflow decides; a refusal of somebody whom no rule asks, or who started or wrote the release, is NotAllowed. */
export async function castVote(engine: ReleaseEngine, record: ReleaseRecord, vote: VoteMessage, requestId: string): Promise<ReleaseStatus> {
  try {
    return await askWorkflow(record, () => engine.vote(record.application, record.number, vote, requestId));
  } catch (error) {
    if (!(error instanceof Refused && error.isOfPerson)) throw error;
    throw await asNotAllowed(engine, record, vote, error);
  }
}

async function asNotAllowed(engine: ReleaseEngine, record: ReleaseRecord, vote: VoteMessage, refusal: Refused): Promise<NotAllowed> {
  const status = await engine.releaseStatus(record.application, record.number);
  const stage = status.stages.find((candidate) => candidate.name === vote.stage);
  const gates = stage?.state.kind === 'waiting' ? stage.state.gates : [];
  const closed = gates.filter(({ kind, open }) => kind === 'approval' && !open);
  const openers = [...new Set(closed.flatMap((gate) => gate.openedBy))];
  const hint = openers.length === 0 ? 'no approval is missing now' : `the stage waits for ${list(openers)}`;
  return new NotAllowed(refusal.message, hint, { cause: refusal });
}
