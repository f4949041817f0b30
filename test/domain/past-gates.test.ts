import { expect, it } from '@jest/globals';
import { hasLapsed } from '../../domain/past-gates.ts';
import { type BreakGlass, NOTHING_STANDS } from '../../domain/standing.ts';
import { digestNumber, request } from './arbitraries.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const glass: BreakGlass = {
  kind: 'break-glass',
  id: 'glass-1',
  ...{ application: 'shop', environment: 'production', release: 7, digests: [digestNumber(7)], skips: ['approval'], incident: 'INC-1' },
  ...{ reason: 'x', by: 'olga', at: '2026-03-02T11:00:00.000Z', consequence: 'freeze' },
  expiresAt: '2026-03-02T12:00:00.001Z',
  ratifyBy: '2026-03-03T12:00:00.000Z',
};
const stands = { ...NOTHING_STANDS, breakGlass: [glass] };
const past = { ...request('a', 7), past: ['glass-1'] };

it('a request that came past its gates by broken glass goes back to them when that has expired or ended', () => {
  expect(hasLapsed(past, stands, NOON)).toBe(false);
  expect(hasLapsed(past, stands, NOON + 1)).toBe(true);
  expect(hasLapsed(past, NOTHING_STANDS, NOON)).toBe(true);
  expect(hasLapsed({ ...past, past: ['glass-1', 'glass-2'] }, stands, NOON)).toBe(true);
});

it('one that came through its gates stays, whatever glass is broken', () => {
  expect(hasLapsed(request('a', 7), stands, NOON + 1)).toBe(false);
  expect(hasLapsed(request('a', 7), NOTHING_STANDS, NOON)).toBe(false);
});
