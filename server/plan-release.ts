import type { PlanPreview } from '../domain/plan-preview.ts';
import { findRelease } from './find-release.ts';
import type { ServerParts } from './ports.ts';
import { OutsideUnavailable, UnfitRequest } from './problems.ts';

type Answer = Extract<PlanPreview, { kind: 'planned' | 'unbuilt' }>;

/** What a deploy stage of a release would do now. Throws NoSuchThing, UnfitRequest for a stage that deploys nothing, OutsideUnavailable. */
export async function planRelease(parts: ServerParts, application: string, number: number, stage: string): Promise<Answer> {
  await findRelease(parts, application, number);
  const preview = await parts.engine.plan(application, number, stage);
  if (preview.kind === 'unknown-stage')
    throw new UnfitRequest('stage', `No deploy stage of ${application} is named ${JSON.stringify(stage)}`, stagesHint(preview.stages));
  if (preview.kind === 'failed')
    throw new OutsideUnavailable(
      `Release ${number} of ${application} cannot be planned for ${stage}: ${preview.reason}`,
      "run 'tidegate doctor', then try again",
    );
  return preview;
}

function stagesHint(stages: readonly string[]): string {
  return stages.length === 0 ? 'its pipeline deploys nothing' : `there are ${stages.join(', ')}`;
}
