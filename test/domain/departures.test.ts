import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextDeparture } from '../../domain/departures.ts';

const next = (schedules: readonly string[], after: string): string | undefined => {
  const moment = nextDeparture(schedules, Date.parse(after));
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

it.each([
  ['0 9 * * *', '2026-03-02T08:59:59.999Z', '2026-03-02T09:00:00.000Z'],
  ['0 9 * * *', '2026-03-02T09:00:00.000Z', '2026-03-03T09:00:00.000Z'],
  ['30 9,15 * * 1-5', '2026-03-06T15:30:00.000Z', '2026-03-09T09:30:00.000Z'],
  ['*/20 8-9 * * *', '2026-03-02T08:41:00.000Z', '2026-03-02T09:00:00.000Z'],
  ['5/25 0 * * *', '2026-03-02T00:05:00.000Z', '2026-03-02T00:30:00.000Z'],
  ['0 0 1 1 *', '2026-03-02T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['0 0 29 2 *', '2097-01-01T00:00:00.000Z', '2104-02-29T00:00:00.000Z'],
  ['0 0 13 * 5', '2026-03-02T00:00:00.000Z', '2026-03-06T00:00:00.000Z'],
  ['  0   9  * * * ', '2026-03-02T08:00:00.000Z', '2026-03-02T09:00:00.000Z'],
  ['0 0 15 * */7', '2026-03-02T00:00:00.000Z', '2026-03-15T00:00:00.000Z'],
  ['0 0 */2 * 1', '2026-03-02T00:00:00.000Z', '2026-03-09T00:00:00.000Z'],
])('%s leaves after %s at %s', (schedule, after, expected) => {
  expect(next([schedule], after)).toBe(expected);
});

it('takes the first of several schedules, and none of one that never leaves', () => {
  expect(next(['0 9 * * *', '0 7 * * *'], '2026-03-02T08:00:00Z')).toBe('2026-03-02T09:00:00.000Z');
  expect(next(['0 0 31 2 *'], '2026-03-02T08:00:00Z')).toBeUndefined();
  expect(next([], '2026-03-02T08:00:00Z')).toBeUndefined();
});

it('leaves later than asked, at a minute that the schedule names, and at none that lies between', () => {
  const minute = fc.integer({ min: 0, max: 59 });
  const hour = fc.integer({ min: 0, max: 23 });
  const after = fc.date({ min: new Date('2026-01-01'), max: new Date('2028-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(minute, hour, fc.integer({ min: 0, max: 6 }), after, (m, h, weekday, from) => {
      const found = nextDeparture([`${m} ${h} * * ${weekday}`], from.getTime()) ?? 0;
      const moment = new Date(found);
      expect([moment.getUTCMinutes(), moment.getUTCHours(), moment.getUTCDay()]).toEqual([m, h, weekday]);
      expect(found).toBeGreaterThan(from.getTime());
      expect(found - from.getTime()).toBeLessThanOrEqual(7 * 86_400_000);
    }),
  );
});
