import { explainStages, type StageExplanation } from '../domain/gates/explain.ts';
import type { ReleaseStatus } from '../domain/release.ts';
import { askWorkflow, findRelease } from './find-release.ts';
import type { ActingParts } from './ports.ts';
import { OutsideUnavailable, UnfitRequest } from './problems.ts';

/** All that stands between a release and its stages, or one of them. Throws NoSuchThing, UnfitRequest and OutsideUnavailable. */
export async function explainRelease(
  parts: ActingParts,
  application: string,
  number: number,
  stage: string | undefined,
): Promise<readonly StageExplanation[]> {
  const record = await findRelease(parts, application, number);
  const status = await askWorkflow(record, () => parts.engine.releaseStatus(application, number));
  const names = status.stages.map(({ name }) => name);
  if (stage !== undefined && !names.includes(stage))
    throw new UnfitRequest(
      'stage',
      `No stage of ${application} is named ${JSON.stringify(stage)}`,
      `there are ${names.join(', ') || 'none'}`,
    );
  const { gates, needs } = await judgedStages(parts, status);
  const all = explainStages({ reference: `${application}#${number}`, stages: status.stages, gates, needs });
  return stage === undefined ? all : all.filter((explanation) => explanation.stage === stage);
}

/** The gates of every deploy stage, judged now, and what each stage needs. Throws OutsideUnavailable. */
export async function judgedStages({ engine }: ActingParts, { release: { application, number } }: ReleaseStatus) {
  const answer = await engine.explainGates(application, number);
  if (answer.kind === 'explained') return answer;
  throw new OutsideUnavailable(
    `What stands before the stages of release ${number} of ${application} cannot be told: ${answer.reason}`,
    "run 'tidegate doctor', then try again",
  );
}
