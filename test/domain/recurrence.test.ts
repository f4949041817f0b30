import { describe, expect, it } from '@jest/globals';
import { parseRecurrence } from '../../domain/recurrence.ts';
import { instantOf, parseLocal } from '../../domain/zoned-time.ts';

describe('a recurrence rule', () => {
  it('is read part by part', () => {
    expect(parseRecurrence('FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,-1FR,+2TU;BYMONTH=1,12;BYSETPOS=-1;WKST=SU;UNTIL=20271231T235958Z')).toEqual({
      frequency: 'MONTHLY',
      interval: 2,
      until: Date.parse('2027-12-31T23:59:58Z'),
      byMonth: [1, 12],
      byMonthDay: [],
      byDay: [{ weekday: 0 }, { weekday: 4, ordinal: -1 }, { weekday: 1, ordinal: 2 }],
      bySetPosition: [-1],
      weekStart: 6,
    });
    expect(parseRecurrence('FREQ=DAILY;COUNT=3;BYMONTHDAY=-31,31')).toMatchObject({
      count: 3,
      interval: 1,
      weekStart: 0,
      byMonthDay: [-31, 31],
    });
  });

  it.each([
    ['', 'an empty part is none of its parts'],
    ['FREQ=DAILY;', 'an empty part is none of its parts'],
    ['FREQ=DAILY;X=1', 'X=1 is none of its parts'],
    ['FREQ=DAILY=2', 'FREQ=DAILY=2 is none of its parts'],
    ['FREQ=DAILY;FREQ=DAILY', 'names a part twice'],
    ['BYDAY=MO', 'has no frequency that is kept'],
    ['FREQ=HOURLY', 'has no frequency that is kept'],
    ['FREQ=DAILY;BYHOUR=9', 'BYHOUR is not kept'],
    ['FREQ=DAILY;INTERVAL=0', 'its INTERVAL is none'],
    ['FREQ=DAILY;INTERVAL=1001', 'its INTERVAL is none'],
    ['FREQ=DAILY;INTERVAL=1.5', 'its INTERVAL is none'],
    ['FREQ=DAILY;COUNT=0', 'its COUNT is none'],
    ['FREQ=DAILY;COUNT=10001', 'its COUNT is none'],
    ['FREQ=DAILY;UNTIL=20271231', 'its UNTIL is none'],
    ['FREQ=DAILY;UNTIL=20271331T000000Z', 'its UNTIL is none'],
    ['FREQ=DAILY;UNTIL=20271231T000000ZZ', 'its UNTIL is none'],
    ['FREQ=DAILY;UNTIL=x20271231T000000Z', 'its UNTIL is none'],
    ['FREQ=DAILY;COUNT=1;UNTIL=20271231T000000Z', 'has COUNT and UNTIL'],
    ['FREQ=DAILY;BYMONTH=0', 'its BYMONTH is none'],
    ['FREQ=DAILY;BYMONTH=13', 'its BYMONTH is none'],
    ['FREQ=DAILY;BYMONTH=', 'its BYMONTH is none'],
    ['FREQ=DAILY;BYMONTH=1x', 'its BYMONTH is none'],
    ['FREQ=DAILY;BYMONTH=x1', 'its BYMONTH is none'],
    ['FREQ=DAILY;BYMONTHDAY=0', 'its BYMONTHDAY is none'],
    ['FREQ=DAILY;BYMONTHDAY=-32', 'its BYMONTHDAY is none'],
    ['FREQ=MONTHLY;BYDAY=XX', 'its BYDAY is none'],
    ['FREQ=MONTHLY;BYDAY=MOX', 'its BYDAY is none'],
    ['FREQ=MONTHLY;BYDAY=xMO', 'its BYDAY is none'],
    ['FREQ=MONTHLY;BYDAY=0MO', 'its BYDAY is none'],
    ['FREQ=MONTHLY;BYDAY=54MO', 'its BYDAY is none'],
    ['FREQ=MONTHLY;BYSETPOS=0', 'its BYSETPOS is none'],
    ['FREQ=MONTHLY;BYSETPOS=-367', 'its BYSETPOS is none'],
    ['FREQ=WEEKLY;WKST=X', 'its WKST is none'],
    ['FREQ=WEEKLY;BYMONTHDAY=1', 'has BYMONTHDAY in weeks'],
    ['FREQ=WEEKLY;BYDAY=1MO', 'counts weekdays within weeks or days'],
    ['FREQ=DAILY;BYDAY=1MO', 'counts weekdays within weeks or days'],
  ])('such as %j is refused, and it is said why', (text, message) => {
    expect(parseRecurrence(text)).toEqual({ message, hint: expect.stringMatching(/.{8}/) });
  });
});

describe('a local time', () => {
  it('is one of the calendar, with or without seconds', () => {
    expect(parseLocal('2026-01-05T09:00')).toBe(Date.UTC(2026, 0, 5, 9));
    expect(parseLocal('2026-01-05T09:00:30')).toBe(Date.UTC(2026, 0, 5, 9, 0, 30));
    for (const text of [
      '2026-02-30T09:00',
      '2026-01-05',
      '2026-01-05T24:00',
      '2026-13-01T00:00',
      '2026-01-05T09:00Z',
      'x2026-01-05T09:00',
      '',
    ])
      expect(parseLocal(text)).toBeUndefined();
  });

  it('that clocks skip or show twice is one instant', () => {
    const change = Date.UTC(2026, 2, 29, 1);
    const offset = (instant: number) => (instant < change ? 3_600_000 : 7_200_000);
    expect(instantOf(Date.UTC(2026, 2, 29, 2, 30), offset)).toBe(Date.UTC(2026, 2, 29, 1, 30));
    const back = Date.UTC(2026, 9, 25, 1);
    const winter = (instant: number) => (instant < back ? 7_200_000 : 3_600_000);
    expect(instantOf(Date.UTC(2026, 9, 25, 2, 30), winter)).toBe(Date.UTC(2026, 9, 25, 0, 30));
  });
});
