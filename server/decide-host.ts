import { type HostDecision, mayDecide } from '../domain/guided-failure.ts';
import type { ReleaseRecord, ReleaseStatus, StageState } from '../domain/release.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { NotFound, Refused } from '../temporal/errors.ts';
import { list, requireStage } from './catalogue.ts';
import { askWorkflow } from './find-release.ts';
import { NotAllowed } from './problems.ts';

/** Gives a person's answer to the stage's deployment. The workflow decides; a refusal of somebody who may not answer is NotAllowed. */
export async function decideHost(
  engine: ReleaseEngine,
  record: ReleaseRecord,
  stage: string,
  decision: HostDecision,
  requestId: string,
): Promise<ReleaseStatus> {
  const before = await statusOf(engine, record);
  requireStage(before, stage);
  const state = stageOf(before, stage);
  if (state?.kind !== 'running' || state.deployment === undefined) throw nothingToDecide(stage, state);
  try {
    await engine.decideHost(state.deployment, decision, requestId);
  } catch (error) {
    // It ended between the two questions.
    if (error instanceof NotFound) throw nothingToDecide(stage, stageOf(await statusOf(engine, record), stage), error);
    if (error instanceof Refused) throw asNotAllowed(state, decision, error) ?? error;
    throw error;
  }
  return statusOf(engine, record);
}

function statusOf(engine: ReleaseEngine, record: ReleaseRecord): Promise<ReleaseStatus> {
  return askWorkflow(record, () => engine.releaseStatus(record.application, record.number));
}

function stageOf(status: ReleaseStatus, name: string): StageState | undefined {
  return status.stages.find((candidate) => candidate.name === name)?.state;
}

function nothingToDecide(stage: string, state: StageState | undefined, cause?: Error): Refused {
  const kind = state?.kind.replaceAll('-', ' ') ?? 'unknown';
  return new Refused(`Stage ${stage} is ${kind} and waits for no decision`, { cause });
}

function asNotAllowed(
  { progress }: Extract<StageState, { kind: 'running' }>,
  { host, person }: HostDecision,
  refusal: Refused,
): NotAllowed | undefined {
  const question = progress?.questions?.find((candidate) => candidate.host === host);
  if (question === undefined || mayDecide(person, question)) return undefined;
  return new NotAllowed(refusal.message, `the decision waits for ${list(question.deciders ?? [])}`, { cause: refusal });
}
