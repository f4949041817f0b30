import { condition } from '@temporalio/workflow';
import type { EnvironmentPolicy } from '../domain/environment.ts';
import { evaluateGates, type GateQuestion, gateDeadline } from '../domain/gate.ts';
import type { Stage } from '../domain/pipeline.ts';
import type { DeploymentPlan } from '../domain/plan.ts';
import type { StageState } from '../domain/release.ts';
import type { ReleaseRun } from './release-run.ts';

/** Waits until the stage's gates open; returns how the stage ends when they never will. */
export async function waitForGates(
  run: ReleaseRun,
  stage: Extract<Stage, { kind: 'deploy' }>,
  policy: EnvironmentPolicy,
  plan: DeploymentPlan,
): Promise<StageState | undefined> {
  const since = new Date().toISOString();
  for (;;) {
    const question = questionOf(run, stage, policy, plan.hash, since);
    const verdict = evaluateGates(question, Date.now());
    run.asked[stage.name] = question;
    if (verdict.kind === 'open') {
      run.show(stage.name, { kind: 'running', since: new Date().toISOString(), detail: `Asking ${stage.environment}` });
      run.judged[stage.name] = run.turns;
      return undefined;
    }
    const at = new Date().toISOString();
    if (verdict.kind === 'rejected') return { kind: 'rejected', at, by: verdict.by, comment: verdict.comment };
    if (verdict.kind === 'expired') return { kind: 'expired', at, reason: verdict.reason };
    run.show(stage.name, { kind: 'waiting', since, gates: verdict.gates, plan, policyRevision: policy.policyRevision });
    const { turns } = run;
    run.judged[stage.name] = turns;
    await condition(() => run.turns !== turns, Math.max(1, gateDeadline(question) - Date.now()));
  }
}

function questionOf(
  run: ReleaseRun,
  stage: Extract<Stage, { kind: 'deploy' }>,
  policy: EnvironmentPolicy,
  planHash: string,
  since: string,
): GateQuestion {
  const rules = [policy.approval, stage.approval].filter((rule) => rule !== undefined);
  const subject = { release: run.record.number, stage: stage.name, planHash, policyRevision: policy.policyRevision };
  const startedBy = run.promoter === undefined ? {} : { promoter: run.promoter };
  return { subject, rules, votes: run.votes, initiator: run.record.initiator, ...startedBy, waitingSince: Date.parse(since) };
}
