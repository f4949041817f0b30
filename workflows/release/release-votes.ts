import { ApplicationFailure, condition, currentUpdateInfo } from '@temporalio/workflow';
import { isNoVoter, objectionToVote, votesLent } from '../../domain/gates/voters.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { stateOf, unknownStage } from '../../domain/release-board.ts';
import { NOT_ALLOWED, type VoteMessage } from '../messages.ts';
import type { ReleaseRun } from './release-run.ts';

/** Refuses a vote that cannot be taken now: as not allowed where another person could give it. */
export function refuseVote(run: ReleaseRun, message: VoteMessage): void {
  const refusal = refusalOfVote(run, message);
  if (refusal === undefined) return;
  const question = run.atGates.asked[message.stage];
  const isOfPerson = question !== undefined && refusal === objectionTo(run, message) && isNoVoter(message, question, Date.now());
  // A plain Error thrown by an accepted update would be retried for ever.
  throw ApplicationFailure.nonRetryable(refusal, isOfPerson ? NOT_ALLOWED : undefined);
}

/** Why a vote cannot be taken now, or undefined when it can. */
function refusalOfVote(run: ReleaseRun, message: VoteMessage): string | undefined {
  const { stage, planHash, policyRevision, person } = message;
  if (run.taken.has(currentUpdateInfo()?.id)) return undefined;
  if (!run.board.pipeline.stages.some(({ name }) => name === stage)) return unknownStage(run.board, stage);
  const state = stateOf(run.board, stage);
  const question = run.atGates.asked[stage];
  if (state.kind !== 'waiting' || question === undefined) return `Stage ${stage} is ${state.kind} and waits for no approval`;
  if (planHash !== undefined && planHash !== state.plan.hash)
    return `The plan of stage ${stage} is ${state.plan.hash} now, not ${planHash}; look at it and vote again`;
  if (policyRevision !== undefined && policyRevision !== state.policyRevision)
    return `The rules of stage ${stage} have changed meanwhile; look at what they ask and vote again`;
  if (run.votes.isCasting(stage, person)) return `A vote of ${person} on stage ${stage} is being written down; look and vote again`;
  return objectionTo(run, message);
}

function objectionTo(run: ReleaseRun, message: VoteMessage): string | undefined {
  const question = run.atGates.asked[message.stage];
  return question && objectionToVote(message, { ...question, votes: run.votes.all }, Date.now());
}

/** Writes a vote down and counts it; its answer shows what it did. A vote counts by when it came, however long the ledger took. */
export async function castVote(run: ReleaseRun, message: VoteMessage): Promise<ReleaseStatus> {
  refuseVote(run, message);
  // An earlier run of the release took it, and its answer was lost.
  if (run.taken.has(currentUpdateInfo()?.id)) return run.status();
  const { stage, person, decision, comment, groups, input } = message;
  const question = run.atGates.asked[stage];
  if (question === undefined) return run.status();
  const { subject } = question;
  const at = new Date().toISOString();
  const lent = votesLent(person, question, Date.parse(at));
  const said = {
    person,
    decision,
    comment,
    ...(groups !== undefined && { groups }),
    ...(lent.length > 0 && { lent }),
    ...(input !== undefined && { input }),
  };
  await run.votes.cast(stage, person, () =>
    run.records.keep('vote', `${stage}/${person}/${decision}`, {
      ...message.known,
      actor: person,
      stage,
      planHash: subject.planHash,
      reason: `${decision}${comment === '' ? '' : `: ${comment}`}${input === undefined ? '' : `; ${JSON.stringify(input)}`}`,
    }),
  );
  run.addVote({ subject, at, ...said });
  run.taken.add(currentUpdateInfo()?.id);
  await condition(() => run.atGates.judged[stage] === run.turns || stateOf(run.board, stage).kind !== 'waiting');
  return run.status();
}
