import { describe, expect, it } from '@jest/globals';
import { type Horizon, openingsOf, WindowUnreadable } from '../../../domain/gates/openings.ts';
import type { WindowRule } from '../../../domain/gates/rules.ts';

const utc = () => 0;
const day = (number: number, hour = 0, minute = 0) => Date.UTC(2026, 0, number, hour, minute);
const HOURS = { milliseconds: 8 * 3_600_000 };

/** From nine to five, from the fifth of January on. */
const rule = (more: Partial<WindowRule> = {}): WindowRule => ({
  name: 'office',
  kind: 'allow',
  starts: '2026-01-05T09:00:00',
  zone: 'UTC',
  length: HOURS,
  ...more,
});
const opened = (more: Partial<WindowRule>, horizon: Partial<Horizon> = {}) =>
  openingsOf(rule(more), utc, { from: day(1), until: day(10), most: 100, ...horizon });
const daysOf = (more: Partial<WindowRule>, horizon: Partial<Horizon> = {}) =>
  opened(more, horizon).intervals.map(([begin]) => new Date(begin).getUTCDate());
const knownUntil = (more: Partial<WindowRule>, horizon: Partial<Horizon> = {}) => opened(more, horizon).knownUntil;

describe('a window without recurrence', () => {
  it('opens once, and it is known that it never does again', () => {
    expect(opened({})).toEqual({ intervals: [[day(5, 9), day(5, 17)]] });
    expect(opened({}, { from: day(5, 16) })).toEqual({ intervals: [[day(5, 9), day(5, 17)]] });
    expect(opened({}, { from: day(5, 17) })).toEqual({ intervals: [] });
  });

  it('lasts whole days where it says so', () => {
    expect(opened({ length: { days: 2 } })).toEqual({ intervals: [[day(5, 9), day(7, 9)]] });
  });

  it('that lasts no time is never open', () => {
    expect(opened({ length: { milliseconds: 0 } })).toEqual({ intervals: [] });
  });
});

describe('a window that recurs', () => {
  it('is known as far as was looked, and no further', () => {
    expect(opened({ recurrence: 'FREQ=DAILY' }, { until: day(7) })).toEqual({
      intervals: [
        [day(5, 9), day(5, 17)],
        [day(6, 9), day(6, 17)],
      ],
      knownUntil: day(7),
    });
  });

  it('opens up to the moment before the end of what was asked', () => {
    expect(daysOf({ recurrence: 'FREQ=DAILY' }, { until: day(7, 9) })).toEqual([5, 6]);
    expect(daysOf({ recurrence: 'FREQ=DAILY' }, { until: day(7, 9) + 1 })).toEqual([5, 6, 7]);
  });

  it('is open where it opened long before, for days or hours', () => {
    expect(daysOf({ recurrence: 'FREQ=WEEKLY', length: { days: 6 } }, { from: day(10), until: day(11) })).toEqual([5]);
    expect(daysOf({ recurrence: 'FREQ=WEEKLY', length: { milliseconds: 6 * 86_400_000 } }, { from: day(10), until: day(11) })).toEqual([5]);
    expect(daysOf({ recurrence: 'FREQ=WEEKLY', length: { days: 6 } }, { from: day(11, 9), until: day(12) })).toEqual([]);
  });

  it('never opens before it starts', () => {
    expect(daysOf({ recurrence: 'FREQ=DAILY' }, { until: day(6) })).toEqual([5]);
    expect(opened({ recurrence: 'FREQ=DAILY' }, { until: day(4) })).toEqual({ intervals: [], knownUntil: day(4) });
  });

  it('is one opening where it opens again before it has closed', () => {
    expect(opened({ recurrence: 'FREQ=DAILY', length: { days: 1 } }, { until: day(8) }).intervals).toEqual([[day(5, 9), day(8, 9)]]);
  });

  it('tells of no more openings than were asked for, and that it knows nothing from the next one on', () => {
    expect(opened({ recurrence: 'FREQ=DAILY' }, { most: 2 })).toEqual({
      intervals: [
        [day(5, 9), day(5, 17)],
        [day(6, 9), day(6, 17)],
      ],
      knownUntil: day(7, 9),
    });
    expect(knownUntil({ recurrence: 'FREQ=DAILY;COUNT=2' }, { most: 2 })).toBeUndefined();
  });
});

describe('a window that recurs so often', () => {
  it('is counted from its first day on, wherever one looks, and complete with its last', () => {
    expect(daysOf({ recurrence: 'FREQ=DAILY;COUNT=3' })).toEqual([5, 6, 7]);
    expect(daysOf({ recurrence: 'FREQ=DAILY;COUNT=3' }, { from: day(7) })).toEqual([7]);
    expect(daysOf({ recurrence: 'FREQ=DAILY;COUNT=12' }, { from: day(12), until: day(30) })).toEqual([12, 13, 14, 15, 16]);
    expect(knownUntil({ recurrence: 'FREQ=DAILY;COUNT=3' })).toBeUndefined();
    expect(knownUntil({ recurrence: 'FREQ=DAILY;COUNT=30' })).toBe(day(10));
  });
});

describe('a window that recurs until a moment', () => {
  it('opens at that very moment for the last time, and is complete then', () => {
    expect(opened({ recurrence: 'FREQ=DAILY;UNTIL=20260106T090000Z' })).toEqual({
      intervals: [
        [day(5, 9), day(5, 17)],
        [day(6, 9), day(6, 17)],
      ],
    });
    expect(opened({ recurrence: 'FREQ=DAILY;UNTIL=20260106T085959Z' })).toEqual({ intervals: [[day(5, 9), day(5, 17)]] });
    expect(knownUntil({ recurrence: 'FREQ=DAILY;UNTIL=20260301T000000Z' })).toBe(day(10));
  });

  it('is complete also where none of its days comes after that moment', () => {
    expect(opened({ recurrence: 'FREQ=YEARLY;UNTIL=20260106T085959Z' }, { until: day(300) })).toEqual({
      intervals: [[day(5, 9), day(5, 17)]],
    });
  });
});

describe('the clocks of a zone', () => {
  const ahead = () => 14 * 3_600_000;
  const behind = () => -11 * 3_600_000;

  it('say when it opens, however far they are from others', () => {
    const daily = rule({ recurrence: 'FREQ=DAILY', starts: '2026-01-05T06:00:00' });
    const until = day(6, 20);
    expect(openingsOf(daily, ahead, { from: day(1), until, most: 9 }).intervals.map(([begin]) => begin)).toEqual([
      day(4, 16),
      day(5, 16),
      day(6, 16),
    ]);
    expect(openingsOf(daily, behind, { from: day(1), until, most: 9 }).intervals.map(([begin]) => begin)).toEqual([day(5, 17), day(6, 17)]);
  });

  it('say when it opens for the last time', () => {
    const last = (until: string, offset: () => number) =>
      openingsOf(rule({ recurrence: `FREQ=DAILY;UNTIL=${until}`, starts: '2026-01-05T06:00:00' }), offset, {
        from: day(1),
        until: day(20),
        most: 99,
      }).intervals.at(-1)?.[0];
    expect(last('20260108T160000Z', ahead)).toBe(day(8, 16));
    expect(last('20260108T155959Z', ahead)).toBe(day(7, 16));
    expect(last('20260108T170000Z', behind)).toBe(day(8, 17));
  });
});

describe('a window that the configuration would have refused', () => {
  it.each([{ starts: 'tomorrow' }, { recurrence: 'FREQ=NEVER' }, { starts: '', recurrence: 'FREQ=DAILY' }])(
    'is not guessed: %j',
    (more) => {
      expect(() => opened(more)).toThrow(WindowUnreadable);
      expect(() => opened(more)).toThrow(
        new Error("Window office has no beginning or no recurrence that can be read; 'tidegate config validate' says what is wrong"),
      );
    },
  );
});
