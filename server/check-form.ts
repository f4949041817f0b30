import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Form } from '../domain/gates/rules.ts';
import type { StageStatus } from '../domain/release.ts';
import type { VoteMessage } from '../workflows/messages.ts';
import { UnfitRequest } from './problems.ts';

/** An approval that tells what each form of the stage's gates asks, bound to the rules that ask it. Throws UnfitRequest for one that does not. */
export function withCheckedInput(vote: VoteMessage, stage: StageStatus | undefined): VoteMessage {
  if (vote.input === undefined || vote.decision !== 'approve' || stage?.state.kind !== 'waiting') return withoutInput(vote);
  const forms = formsOf(stage);
  if (forms.length === 0) throw new UnfitRequest('input', `No gate of stage ${stage.name} has a form`, 'leave the input away');
  for (const form of forms) check(vote.input, form, stage.name);
  return { ...vote, policyRevision: stage.state.policyRevision };
}

/** What the approvals of a stage that waits ask for beside a yes. */
export function formsOf(stage: StageStatus | undefined): readonly Form[] {
  if (stage?.state.kind !== 'waiting') return [];
  return stage.state.gates.flatMap(({ kind, form }) => (kind === 'approval' && form !== undefined ? [form] : []));
}

function withoutInput({ input: _, ...vote }: VoteMessage): VoteMessage {
  return vote;
}

/** Every problem at once: a form is filled in by a person. */
function check(input: unknown, form: object, stage: string): void {
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false });
  addFormats.default(ajv);
  if (ajv.validate(form, input)) return;
  const wrong = (ajv.errors ?? []).map(
    ({ instancePath, message = 'is wrong' }) => `${instancePath === '' ? 'input' : instancePath.slice(1).replaceAll('/', '.')} ${message}`,
  );
  throw new UnfitRequest(
    'input',
    `It does not fill in the form of stage ${stage}: ${wrong.join('; ')}`,
    "'tidegate explain' shows the form",
  );
}
