import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXIT, exitCodeOfRelease } from '../../cli/exit-codes.ts';
import { endOfWatch } from '../../cli/watching/end-of-watch.ts';
import type { StageState } from '../../domain/release.ts';
import { ASKING, INCOMPLETE, PASSED, ROLLED_BACK, shopStatus, WAITING } from '../support/shop.ts';

const at = '2026-03-02T09:40:00.000Z';
const STATES: readonly StageState[] = [
  { kind: 'pending' },
  WAITING,
  { kind: 'queued', since: at, position: 1, behind: null },
  { kind: 'running', since: at, detail: '' },
  ASKING,
  INCOMPLETE,
  PASSED,
  { kind: 'failed', at, milliseconds: 1, reason: '' },
  ROLLED_BACK,
  { kind: 'rejected', at, by: 'mira', comment: '' },
  { kind: 'expired', at, reason: '' },
  { kind: 'cancelled', at, by: 'mira', reason: '' },
  { kind: 'skipped', reason: '' },
];
const state = fc.constantFrom(...STATES);
const release = fc.record({ build: state, test: state, staging: state, production: state }).map((states) => shopStatus(2, states));
const wish = fc.record({ until: fc.constantFrom('build', 'staging', 'production'), stopAtGates: fc.boolean() });

describe('when a watch ends', () => {
  it('is never with success while the watched stage has not passed', () => {
    fc.assert(
      fc.property(release, wish, (status, { until, stopAtGates }) => {
        const stage = status.stages.find((candidate) => candidate.name === until);
        if (endOfWatch(status, { until, stopAtGates }) === EXIT.done) expect(stage?.state.kind).toBe('passed');
      }),
    );
  });

  it('is with 5 while a host waits for a decision, where it stops at what only people can open', () => {
    const status = shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: ASKING });
    expect(endOfWatch(status, { stopAtGates: true })).toBe(EXIT.waiting);
    expect(endOfWatch(status, { stopAtGates: false })).toBeUndefined();
  });

  it('is with 6 when hosts were left out', () => {
    const status = shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: INCOMPLETE });
    expect(endOfWatch(status, { stopAtGates: false })).toBe(EXIT.incomplete);
    expect(endOfWatch(status, { until: 'production', stopAtGates: false })).toBe(EXIT.incomplete);
  });

  it('is never with success for a release that was not promoted', () => {
    fc.assert(
      fc.property(release, fc.boolean(), (status, stopAtGates) => {
        if (endOfWatch(status, { stopAtGates }) === EXIT.done) expect(status.state).toBe('promoted');
      }),
    );
  });

  it('is with "still waiting" only where it was asked not to wait for people, and a gate is closed or a host is asked about', () => {
    fc.assert(
      fc.property(release, fc.boolean(), (status, stopAtGates) => {
        if (endOfWatch(status, { stopAtGates }) !== EXIT.waiting) return;
        expect(stopAtGates).toBe(true);
        const isHeld = ({ state: seen }: (typeof status.stages)[number]) => seen.kind === 'waiting' || seen === ASKING;
        expect(status.stages.some(isHeld)).toBe(true);
      }),
    );
  });

  it('comes for every release that has ended', () => {
    fc.assert(
      fc.property(release, (status) => {
        const over = status.state !== 'running' && status.state !== 'waiting';
        expect(endOfWatch(status, { stopAtGates: false })).toBe(over ? exitCodeOfRelease(status.state) : undefined);
      }),
    );
  });

  it('is with what stood in the way of a stage that was skipped', () => {
    const rejected: StageState = { kind: 'rejected', at, by: 'mira', comment: '' };
    const status = shopStatus(2, { build: PASSED, test: PASSED, staging: rejected, production: { kind: 'skipped', reason: '' } });
    expect(endOfWatch(status, { until: 'production', stopAtGates: false })).toBe(EXIT.rejected);
  });
});
