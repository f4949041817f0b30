import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { imagesInEnvironment } from '../domain/environment-images.ts';
import type { EnvironmentPolicy } from '../domain/environment-policy.ts';
import { checkFacts } from '../domain/gates/check-question.ts';
import { gateReports } from '../domain/gates/evaluate.ts';
import type { StageGates } from '../domain/gates/explain.ts';
import type { GateQuestion } from '../domain/gates/question.ts';
import { asksTrust, rulesOf } from '../domain/gates/stage-rules.ts';
import { imagesOfPass } from '../domain/image.ts';
import type { Stage } from '../domain/pipeline.ts';
import type { ReleaseRecord } from '../domain/release.ts';
import { openBoard, type ReleaseBoard } from '../domain/release-board.ts';
import { stageRevision } from '../domain/trust/record.ts';
import { givenFor, type TrustSubject, trustSubjects, unbuiltSubjects } from '../domain/trust/subject.ts';
import { failureText } from './failure-text.ts';
import { pipelines } from './proxies/images.ts';
import { gates, installation, ledger } from './proxies/main.ts';
import { uncounted, withMetrics } from './release/request-counts.ts';

export interface ExplainInput {
  readonly application: string;
  readonly number: number;
}

/** What each deploy stage would ask if it were its turn now, and what each stage needs; or why that cannot be told. */
export type GatesExplained =
  | { readonly kind: 'explained'; readonly gates: readonly StageGates[]; readonly needs: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: 'failed'; readonly reason: string };

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** Somebody waits for the answer. */
const PATIENCE_MS = 20_000;
/** What is attached to images may take so much of it: the other gates are then told all the same. */
const EVIDENCE_MS = 15_000;

/** Judges the gates of every deploy stage of a release as the stages themselves do. Changes nothing, and every end is a result. */
export async function explainRelease(input: ExplainInput): Promise<GatesExplained> {
  try {
    return await CancellationScope.withTimeout(PATIENCE_MS, () => explain(input));
  } catch (error) {
    const reason = isCancellation(error) ? `the gates could not be read within ${PATIENCE_MS / 1_000} s` : failureText(error);
    return { kind: 'failed', reason };
  }
}

async function explain({ application, number }: ExplainInput): Promise<GatesExplained> {
  const { record, passes, starters = [] } = await ledger.openRelease({ application, number });
  const pipeline = await pipelines.readPipeline({ application, ...(record.commit !== undefined && { commit: record.commit }) });
  const board = openBoard(record, pipeline, passes, imagesOfPass);
  const deploys = pipeline.stages.filter((stage) => stage.kind === 'deploy');
  return {
    kind: 'explained',
    gates: await Promise.all(deploys.map((stage) => gatesOf(board, stage, starters))),
    needs: Object.fromEntries(pipeline.stages.map(({ name, needs }) => [name, needs])),
  };
}

async function gatesOf(board: ReleaseBoard, stage: DeployStage, starters: readonly string[]): Promise<StageGates> {
  const { record, images } = board;
  const { application, commit } = record;
  const { environment, name } = stage;
  const policy = await installation.readEnvironment({ application, environment });
  const rules = rulesOf(policy, stage);
  const read = await gates.readGateFacts({
    application,
    environment,
    rules,
    ...(commit !== undefined && { commit }),
    ...(asksTrust(rules) && { images: subjectsThere(board, policy), patienceMs: EVIDENCE_MS }),
  });
  const now = Date.now();
  const asked = unasked(record, stage, stageRevision(policy, stage));
  const facts = { ...withMetrics(read, uncounted(rules)), checks: checkFacts(rules, asked.subject, []) };
  const question: GateQuestion = {
    ...asked,
    promoters: starters,
    ...(commit !== undefined && { commit }),
    digests: Object.values(images).map(({ digest }) => digest),
    rules,
    waitingSince: now,
    facts,
  };
  return { stage: name, environment, gates: gateReports(question, now) };
}

/** A release's images as the environment's hosts would pull them; of what is not built nothing can be said. */
function subjectsThere({ record, pipeline, images }: ReleaseBoard, policy: EnvironmentPolicy): readonly TrustSubject[] {
  const { application } = record;
  const there =
    policy.images === undefined ? images : imagesInEnvironment(policy.images, { application, environment: policy.name }, images);
  const components = pipeline.components.map(({ name }) => name);
  return [...givenFor(record, trustSubjects(there, images)), ...unbuiltSubjects(components, images)];
}

/** A stage that was not reached has no plan that anybody could have voted on. */
function unasked({ application, number, initiator }: ReleaseRecord, { name, environment }: DeployStage, policyRevision: string) {
  return { subject: { release: number, stage: name, planHash: '', policyRevision }, application, environment, votes: [], initiator };
}
