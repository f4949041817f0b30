import { fieldsOf, fieldWords } from '../../domain/gates/form-fields.ts';
import { differsFrom, seenWord } from '../../domain/gates/seen.ts';
import { type Command, reasonOf } from '../../domain/github/command.ts';
import { filledIn } from '../../domain/github/filled-in.ts';
import type { StageState, StageStatus } from '../../domain/release.ts';
import type { VoteMessage } from '../../workflows/messages.ts';
import { formsOf, withCheckedInput } from '../check-form.ts';
import { UnfitRequest } from '../problems.ts';
import type { Order } from './obey.ts';

type Voting = Extract<Command, { seen: string }>;
type Waiting = Extract<StageState, { kind: 'waiting' }>;

/**
 * The vote that a comment or a button gives, for the plan and the rules that its writer saw and no others. A no counts whatever the rules are by now. Throws
 * UnfitRequest, which says what waits or which member of the form is wrong.
 */
export function voteOf(command: Voting, stage: StageStatus | undefined, { person, known }: Order): VoteMessage {
  const state = waiting(command, stage);
  const { verb: decision, stage: name, below } = command;
  const isYes = decision === 'approve';
  const fields = isYes ? formsOf(stage).flatMap(fieldsOf) : [];
  const { answers, rest, twice, altered } = filledIn(below, fields);
  if (twice !== undefined) throw new UnfitRequest('input', `${twice} is there twice`, 'write it once');
  if (altered !== undefined)
    throw new UnfitRequest(
      'input',
      `${altered} would be kept as ${Number(altered)}`,
      'write it like that, or as a text where the form takes one',
    );
  if (answers === undefined && isYes && asksEverybody(state)) throw unfilled(name, fields.map(fieldWords));
  const message = {
    stage: name,
    decision,
    person: person.name,
    groups: person.groups,
    known,
    comment: reasonOf(command.comment, rest),
    planHash: state.plan.hash,
    ...(answers !== undefined && { input: answers }),
  };
  const checked = withCheckedInput(message, stage);
  return isYes ? { ...checked, policyRevision: state.policyRevision } : checked;
}

function waiting({ seen, stage: name, verb }: Voting, stage: StageStatus | undefined): Waiting {
  const state = stage?.state;
  if (state?.kind !== 'waiting')
    throw new UnfitRequest('stage', `Stage ${name} does not wait`, 'write /explain and the release to see what it does');
  const subject = { planHash: state.plan.hash, policyRevision: state.policyRevision };
  const other = differsFrom(seen, subject);
  if (other === undefined || (other === 'rules' && verb === 'reject')) return state;
  const what = other === 'plan' ? `The plan of ${name} is another one now` : `The rules of ${name} are others now, or are not named`;
  throw new UnfitRequest(other, what, `look at it again, then write /${verb} with ${seenWord(subject)}`);
}

/** Where one gate asks for nothing, a yes without answers counts there. */
function asksEverybody({ gates }: Waiting): boolean {
  const asking = gates.filter(({ kind, open }) => kind === 'approval' && !open);
  return asking.length > 0 && asking.every(({ form }) => form !== undefined);
}

function unfilled(stage: string, words: readonly string[]): UnfitRequest {
  const message = `An approval of ${stage} has to tell ${words.join('; ')}`;
  return new UnfitRequest('input', message, 'write the command with a line NAME: … below it for each');
}
