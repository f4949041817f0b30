import type { Block, BreakGlass, Delegation, Freeze, Hold } from '../../domain/standing.ts';
import { digestNumber } from './arbitraries.ts';

const decided = { id: 'freeze-1', reason: 'the sale', by: 'olga', at: '2026-03-02T11:00:00.000Z' };

/** One decision of each kind. */
export const FREEZE: Freeze = {
  kind: 'freeze',
  ...decided,
  scope: { application: 'shop' },
  owner: 'sales',
  from: '2026-03-02T12:00:00.000Z',
  until: '2026-03-02T13:00:00.000Z',
};
export const BLOCK: Block = { kind: 'block', ...decided, id: 'block-1', application: 'shop', release: 6 };
export const HOLD: Hold = { kind: 'hold', ...decided, id: 'hold-1', application: 'shop', environment: 'production', release: 6 };
export const DELEGATION: Delegation = {
  kind: 'delegation',
  ...decided,
  id: 'delegation-1',
  to: 'pia',
  groups: [],
  until: '2026-03-09T11:00:00.000Z',
};
export const GLASS: BreakGlass = {
  kind: 'break-glass',
  ...decided,
  id: 'break-glass-1',
  application: 'shop',
  environment: 'production',
  release: 7,
  digests: [digestNumber(7)],
  skips: ['freeze', 'approval'],
  incident: 'INC-7',
  expiresAt: '2026-03-02T12:00:00.000Z',
  ratifyBy: '2026-03-03T11:00:00.000Z',
  consequence: 'rollback',
};
