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
      run.judged[stage.name] = run.votes.length;
      return undefined;
    }
    const at = new Date().toISOString();
    if (verdict.kind === 'rejected') return { kind: 'rejected', at, by: verdict.by, comment: verdict.comment };
    if (verdict.kind === 'expired') return { kind: 'expired', at, reason: verdict.reason };
    run.show(stage.name, { kind: 'waiting', since, gates: verdict.gates, plan, policyRevision: policy.policyRevision });
    const votes = run.votes.length;
    run.judged[stage.name] = votes;
    await condition(() => run.votes.length !== votes, Math.max(1, gateDeadline(question) - Date.now()));
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
  return { subject, rules, votes: run.votes, initiator: run.record.initiator, waitingSince: Date.parse(since) };
}
