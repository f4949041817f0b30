import type { StageKind, StageState } from '../../domain/release.ts';
import { digestNumber } from './arbitraries.ts';

const at = '2026-01-01T00:00:00Z';

/** A state of every kind: a kind that is added to the union is missing here until it is told. */
const STATES: { readonly [Kind in StageKind]: Extract<StageState, { kind: Kind }> } = {
  pending: { kind: 'pending' },
  waiting: {
    kind: 'waiting',
    since: at,
    gates: [
      { kind: 'approval', open: true, reason: 'Approved by ana', openedBy: [] },
      { kind: 'approval', open: false, reason: 'Waiting for 1 of 1 approval', openedBy: ['bo'] },
    ],
    plan: { strategy: '', effects: [], hosts: [], hash: 'plan' },
    policyRevision: 'policy',
  },
  queued: { kind: 'queued', since: at, position: 1, behind: 4 },
  running: { kind: 'running', since: at, detail: 'Deploying to production' },
  passed: { kind: 'passed', at, milliseconds: 1, images: { web: { repository: 'r', digest: digestNumber(1) } } },
  incomplete: { kind: 'incomplete', at, milliseconds: 1, reason: 'Left out: p2', hosts: [] },
  failed: { kind: 'failed', at, milliseconds: 1, reason: 'no space left' },
  'rolled-back': { kind: 'rolled-back', at, milliseconds: 1, reason: 'never healthy', to: 1, hosts: [] },
  rejected: { kind: 'rejected', at, by: 'rita', comment: 'freeze' },
  expired: { kind: 'expired', at, reason: 'nobody came' },
  superseded: { kind: 'superseded', at, by: 8, reason: 'release 8 took its place in production' },
  cancelled: { kind: 'cancelled', at, by: 'dev', reason: 'wrong one' },
  skipped: { kind: 'skipped', reason: 'test did not pass' },
};

export const ALL_STATES: readonly StageState[] = Object.values(STATES);

export function stateOfKind<Kind extends StageKind>(kind: Kind): Extract<StageState, { kind: Kind }> {
  return STATES[kind];
}
