import type { DeploymentOutcome } from '../../domain/deployment.ts';
import type { LedgerAction } from '../../domain/ledger.ts';

/** What the ledger calls the end of a deployment. */
export function ledgerActionOf(outcome: DeploymentOutcome): LedgerAction {
  const actions = {
    succeeded: 'deployment-succeeded',
    incomplete: 'deployment-incomplete',
    'rolled-back': 'deployment-rolled-back',
    failed: 'deployment-failed',
    'plan-changed': 'deployment-failed',
  } as const;
  return actions[outcome.kind];
}

/** Why it ended as it did, in a sentence. */
export function reasonOf(outcome: DeploymentOutcome): string {
  if (outcome.kind === 'succeeded') return 'all hosts serve it';
  return outcome.kind === 'plan-changed' ? 'the plan changed after it was approved' : outcome.reason;
}
