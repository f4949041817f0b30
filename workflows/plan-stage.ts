import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { deployableRelease } from '../domain/deployable.ts';
import { imagesOfPass } from '../domain/image.ts';
import type { Stage } from '../domain/pipeline.ts';
import type { PlanPreview } from '../domain/plan-preview.ts';
import { openBoard, type ReleaseBoard } from '../domain/release-board.ts';
import { withinRules } from '../domain/strategy.ts';
import { failureText } from './failure-text.ts';
import { jobsDoneFor, planDeployment } from './plan.ts';
import { pipelines } from './proxies/images.ts';
import { installation, ledger } from './proxies/main.ts';

export interface PlanStageInput {
  readonly application: string;
  readonly number: number;
  readonly stage: string;
}

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** Somebody waits for the answer. */
const PATIENCE_MS = 30_000;

/** What a deploy stage of a release would do now, computed as the stage itself does. Changes nothing, and every end is a result. */
export async function planStage(input: PlanStageInput): Promise<PlanPreview> {
  try {
    return await CancellationScope.withTimeout(PATIENCE_MS, () => preview(input));
  } catch (error) {
    const reason = isCancellation(error) ? `the hosts could not be looked at within ${PATIENCE_MS / 1_000} s` : failureText(error);
    return { kind: 'failed', stage: input.stage, reason };
  }
}

async function preview({ application, number, stage: name }: PlanStageInput): Promise<PlanPreview> {
  const { record, passes } = await ledger.openRelease({ application, number });
  const pipeline = await pipelines.readPipeline({ application, ...(record.commit !== undefined && { commit: record.commit }) });
  const board = openBoard(record, pipeline, passes, imagesOfPass);
  const stages = pipeline.stages.filter((stage) => stage.kind === 'deploy');
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) return { kind: 'unknown-stage', stage: name, stages: stages.map((candidate) => candidate.name) };
  return planOf(board, stage);
}

async function planOf(board: ReleaseBoard, stage: DeployStage): Promise<PlanPreview> {
  const { record, pipeline, images } = board;
  const { environment, name } = stage;
  const components = pipeline.components.map((component) => component.name).filter((component) => images[component] === undefined);
  if (components.length > 0) return { kind: 'unbuilt', stage: name, environment, components };
  const { application } = record;
  const policy = await installation.readEnvironment({ application, environment });
  const { hosts, alarms } = policy;
  const watched = alarms !== undefined && { alarms };
  const strategy = withinRules(stage.strategy, policy);
  const release = deployableRelease(record, pipeline, images);
  const jobsDone = await jobsDoneFor(environment, release);
  const plan = await planDeployment({ application, environment, hosts, release, strategy, jobsDone, ...watched });
  return { kind: 'planned', stage: name, environment, plan };
}
