import type { StageExplanation } from '../../domain/gates/explain.ts';
import { fieldsOf, fieldWords } from '../../domain/gates/form-fields.ts';
import { seenWord } from '../../domain/gates/seen.ts';
import { plain } from '../../domain/github/plain.ts';
import type { StageStatus } from '../../domain/release.ts';

/** All that stands between a release and its stages, for a comment, with the commands that could be next. */
export function explanationText(reference: string, explained: readonly StageExplanation[], stages: readonly StageStatus[]): string {
  const lines = explained.flatMap((stage) => [
    `- **${stage.stage}** is ${stage.state}`,
    ...reasonsOf(stage),
    ...nextOf(reference, stage, stages),
  ]);
  return [`How ${reference} stands:`, '', ...lines].join('\n');
}

function reasonsOf({ hindrances, gates }: StageExplanation): string[] {
  const closed = gates.filter(({ open }) => !open);
  return [
    ...hindrances.map(({ reason }) => `  - ${plain(reason)}`),
    ...closed.map(
      ({ kind, reason, openedBy }) => `  - ${kind}: ${plain(reason)}${openedBy.length === 0 ? '' : ` (${plain(openedBy.join(', '))})`}`,
    ),
  ];
}

function nextOf(reference: string, { stage: name, gates }: StageExplanation, stages: readonly StageStatus[]): string[] {
  const state = stages.find((stage) => stage.name === name)?.state;
  if (state?.kind !== 'waiting' || !gates.some(({ kind, open }) => kind === 'approval' && !open)) return [];
  const word = seenWord({ planHash: state.plan.hash, policyRevision: state.policyRevision });
  const fields = gates.flatMap(({ open, form }) => (open || form === undefined ? [] : fieldsOf(form)));
  const asked = fields.map((field) => `    - ${plain(fieldWords(field))}`);
  const how = fields.length === 0 ? '' : ', with a line `NAME: …` below it for each of:';
  return [`  - \`/approve ${reference} ${name} ${word}\`${how}`, ...asked];
}
