import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { namedJob, type RollbackCase, type RollbackPreview } from '../domain/rollback-preview.ts';
import { trustOnTheWayBack } from './environment/trust-on-the-way-back.ts';
import { failureText } from './failure-text.ts';
import { planDeployment } from './plan.ts';
import { installation } from './proxies/main.ts';

export interface PlanRollbackInput {
  readonly application: string;
  readonly environment: string;
  readonly wayBack: Extract<RollbackCase, { kind: 'return' }>;
}

/** Somebody waits for the answer. */
const PATIENCE_MS = 30_000;
const EVIDENCE_MS = 15_000;

/** What a rollback would do now, computed as a deployment plans. Changes nothing, and every end is a result. */
export async function planRollback(input: PlanRollbackInput): Promise<RollbackPreview> {
  try {
    return await CancellationScope.withTimeout(PATIENCE_MS, () => preview(input));
  } catch (error) {
    const reason = isCancellation(error) ? `the hosts could not be looked at within ${PATIENCE_MS / 1_000} s` : failureText(error);
    return { kind: 'failed', reason };
  }
}

async function preview({ application, environment, wayBack }: PlanRollbackInput): Promise<RollbackPreview> {
  const { from, target: release, strategy, jobsDone = [], undo, forwardOnly, trust } = wayBack;
  const policy = await installation.readEnvironment({ application, environment });
  const { hosts } = policy;
  const found = await trustOnTheWayBack({ release, ...(trust !== undefined && { trust }) }, policy, { looks: 1, patienceMs: EVIDENCE_MS });
  const plan = await planDeployment({ application, environment, hosts, release, strategy, jobsDone, isReturn: true });
  return {
    kind: 'planned',
    from,
    to: release.number,
    plan,
    undo: undo.map(namedJob),
    forwardOnly: forwardOnly.map(namedJob),
    ...('reason' in found && { untrusted: found.reason }),
  };
}
