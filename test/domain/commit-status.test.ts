import { describe, expect, it } from '@jest/globals';
import { commitStatus, contextAmongOthers } from '../../domain/commit-status.ts';
import type { StageState } from '../../domain/release.ts';
import { digestNumber } from './arbitraries.ts';
import { ALL_STATES, stateOfKind } from './stage-states.ts';

const statusOf = (state: StageState) => commitStatus({ name: 'production', stageKind: 'deploy', environment: 'production', state });

describe('the status that GitHub shows of a stage', () => {
  it.each([
    ['pending', undefined, undefined],
    ['skipped', undefined, undefined],
    ['waiting', 'pending', 'Waiting: Waiting for 1 of 1 approval'],
    ['queued', 'pending', 'Queued behind release 4'],
    ['running', 'pending', 'Deploying to production'],
    ['passed', 'success', 'Passed: web sha256:000000000000'],
    ['failed', 'failure', 'Failed: no space left'],
    ['rolled-back', 'failure', 'Rolled back to release 1: never healthy'],
    ['rejected', 'failure', 'Rejected by rita: freeze'],
    ['expired', 'error', 'Expired: nobody came'],
    ['superseded', 'error', 'Superseded: release 8 took its place in production'],
    ['cancelled', 'error', 'Cancelled by dev: wrong one'],
  ] as const)('of one that is %s is %s: %s', (kind, state, description) => {
    expect(statusOf(stateOfKind(kind))).toEqual(state && { context: 'tidegate/production', state, description });
  });

  it('is success when the stage passed and never else', () => {
    const successes = ALL_STATES.filter((state) => statusOf(state)?.state === 'success');
    expect(successes.map((state) => state.kind)).toEqual(['passed']);
  });

  it('is said where there is nothing to go back to, nobody to wait for and nothing to add', () => {
    expect(statusOf({ ...stateOfKind('rolled-back'), to: null })?.description).toBe('Rolled back: never healthy');
    expect(statusOf({ ...stateOfKind('queued'), behind: null })?.description).toBe('Queued');
    expect(statusOf({ ...stateOfKind('rejected'), comment: '' })?.description).toBe('Rejected by rita');
  });

  it('is all that closes the gates, all that passed, and what holds a turn', () => {
    const gate = (reason: string, open: boolean) => ({ kind: 'approval' as const, open, reason, openedBy: [] });
    const gates = [gate('Waiting for ana', false), gate('Approved', true), gate('Outside window day', false)];
    expect(statusOf({ ...stateOfKind('waiting'), gates })?.description).toBe('Waiting: Waiting for ana; Outside window day');
    const image = { repository: 'r', digest: digestNumber(1) };
    expect(statusOf({ ...stateOfKind('passed'), images: { web: image, api: image } })?.description).toBe(
      'Passed: web sha256:000000000000, api sha256:000000000000',
    );
    expect(statusOf({ ...stateOfKind('queued'), held: 'Freeze of sales' })?.description).toBe('Queued: Freeze of sales');
    const incomplete = { kind: 'incomplete', at: '', milliseconds: 1, reason: 'p2 was left out', hosts: [] } as const;
    expect(statusOf(incomplete)).toMatchObject({ state: 'failure', description: 'Incomplete: p2 was left out' });
  });

  it('names the application where several are in one repository', () => {
    expect(contextAmongOthers('tidegate/production', 'shop')).toBe('tidegate/shop/production');
  });
});
