import type { EnvironmentPolicy } from '../environment-policy.ts';
import type { Stage } from '../pipeline.ts';
import type { ApprovalRule, GateRules, OwnedRules } from './rules.ts';

type DeployStage = Pick<Extract<Stage, { kind: 'deploy' }>, 'approval' | 'protection'>;

/** What both files ask of a stage, each for itself; only those that ask for anything. */
export function rulesOf(policy: Pick<EnvironmentPolicy, 'approval' | 'protection'>, stage: DeployStage): readonly OwnedRules[] {
  const owned = [ownedBy('environment', policy.approval, policy.protection), ownedBy('pipeline', stage.approval, stage.protection)];
  return owned.filter((rules) => Object.keys(rules).length > 1);
}

/** Whether any of them is about what is attached to images. */
export function asksTrust(rules: readonly OwnedRules[]): boolean {
  return rules.some(({ trust }) => trust !== undefined);
}

function ownedBy(origin: OwnedRules['origin'], approval: ApprovalRule | undefined, rules: GateRules = {}): OwnedRules {
  const approvals = [...(approval === undefined ? [] : [approval]), ...(rules.approvals ?? [])];
  return { ...rules, origin, ...(approvals.length > 0 && { approvals }) };
}

/** What is looked at again when the deployment's turn has come. */
export function lastRules(rules: readonly OwnedRules[]): readonly OwnedRules[] {
  return rules.flatMap(({ origin, windows }) => (windows === undefined ? [] : [{ origin, windows }]));
}

/** Whether any of them keeps its approvals from whoever started the release. */
export function asksWhoStarted(rules: readonly OwnedRules[]): boolean {
  return rules.some(({ approvals = [] }) => approvals.some(({ excludeInitiator }) => excludeInitiator));
}
