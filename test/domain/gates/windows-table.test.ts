import { describe, expect, it } from '@jest/globals';
import { Temporal } from '@js-temporal/polyfill';
import rrule from 'rrule';
import { zoneOffset } from '../../../config/time-zone.ts';
import { openingsOf } from '../../../domain/gates/openings.ts';
import type { WindowLength, WindowRule } from '../../../domain/gates/rules.ts';

const DAY_MS = 86_400_000;

/**
 * Two independent libraries: `rrule` for which days a rule names, told nothing of zones, and a polyfill of Temporal, with time zone data of
 * its own reading, for what clocks show. No one library was right about both (decision 45).
 */
function expected({ starts, recurrence, zone, length }: WindowRule, from: number, until: number): [number, number][] {
  const options = rrule.RRule.parseString(recurrence ?? 'FREQ=DAILY;COUNT=1');
  const rule = new rrule.RRule({ ...options, dtstart: new Date(`${starts}Z`) });
  const days = rule.between(new Date(from - 3 * DAY_MS), new Date(until + 2 * DAY_MS), true);
  const instant = (local: Temporal.PlainDateTime) => local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
  const intervals = days.map((day): [number, number] => {
    const local = Temporal.PlainDateTime.from(day.toISOString().slice(0, 19));
    const begin = instant(local);
    return [begin, 'days' in length ? instant(local.add({ days: length.days })) : begin + length.milliseconds];
  });
  return intervals.filter(([begin, end]) => end > from && begin < until);
}

/** When their clocks change in 2026, forwards and back: by one hour or by half of one, after midnight or at it, in both hemispheres. */
const ZONES: readonly (readonly [zone: string, changes: readonly string[]])[] = [
  ['Europe/Berlin', ['2026-03-29', '2026-10-25']],
  ['America/New_York', ['2026-03-08', '2026-11-01']],
  ['Australia/Lord_Howe', ['2026-04-05', '2026-10-04']],
  ['America/Santiago', ['2026-04-05', '2026-09-06']],
  ['Africa/Cairo', ['2026-04-24', '2026-10-30']],
];

/** Times at which clocks skip or double hours in one of these zones, and others. */
const TIMES = ['00:00:00', '00:30:00', '01:30:00', '02:00:00', '02:30:00', '23:30:00'];
const LENGTHS: readonly WindowLength[] = [{ milliseconds: 8 * 3_600_000 }, { days: 1 }];
const RULES = ['FREQ=DAILY', 'FREQ=MONTHLY;BYDAY=-1SU,1SU,2SU,-1FR'];

describe.each(ZONES)('windows in %s', (zone, changes) => {
  it.each(changes)('open when two other libraries say so around %s, when its clocks change', (change) => {
    const [from, until] = [Date.parse(`${change}T00:00:00Z`) - 2 * DAY_MS, Date.parse(`${change}T00:00:00Z`) + 3 * DAY_MS];
    for (const time of TIMES)
      for (const length of LENGTHS)
        for (const recurrence of RULES) {
          const rule: WindowRule = { name: 'w', kind: 'allow', starts: `2026-01-01T${time}`, zone, recurrence, length };
          const { intervals } = openingsOf(rule, zoneOffset(zone), { from, until, most: 1_000 });
          expect({ recurrence, time, length, starts: startsOf(intervals) }).toEqual({
            recurrence,
            time,
            length,
            starts: startsOf(joined(expected(rule, from, until))),
          });
        }
  });
});

/** What touches is one opening. */
function joined(intervals: readonly [number, number][]): [number, number][] {
  const all: [number, number][] = [];
  for (const [begin, end] of [...intervals].sort(([left], [right]) => left - right)) {
    const last = all.at(-1);
    if (last === undefined || begin > last[1]) all.push([begin, end]);
    else last[1] = Math.max(last[1], end);
  }
  return all;
}

function startsOf(intervals: readonly (readonly [number, number])[]): string[] {
  return intervals.map((interval) => interval.map((moment) => new Date(moment).toISOString()).join(' – '));
}

describe('recurrence rules', () => {
  const utc = zoneOffset('UTC');
  const [from, until] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2029-01-01T00:00:00Z')];

  it.each([
    'FREQ=DAILY;INTERVAL=3',
    'FREQ=DAILY;BYMONTH=2,12;BYDAY=MO',
    'FREQ=DAILY;BYMONTHDAY=-1',
    'FREQ=DAILY;COUNT=5',
    'FREQ=WEEKLY',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU',
    'FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1',
    'FREQ=WEEKLY;BYMONTH=6',
    'FREQ=WEEKLY;UNTIL=20260301T090000Z',
    'FREQ=WEEKLY;UNTIL=20260226T085959Z',
    'FREQ=MONTHLY',
    'FREQ=MONTHLY;BYMONTHDAY=29,30,31',
    'FREQ=MONTHLY;BYMONTHDAY=-1,-31',
    'FREQ=MONTHLY;BYDAY=2TU,-1FR',
    'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,3;COUNT=9',
    'FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=15',
    'FREQ=MONTHLY;BYMONTH=1,7;BYDAY=5TH',
    'FREQ=YEARLY',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29',
    'FREQ=YEARLY;BYMONTHDAY=1',
    'FREQ=YEARLY;BYMONTH=3',
    'FREQ=YEARLY;BYDAY=20MO,-1SU',
    'FREQ=YEARLY;BYDAY=TH;BYMONTH=11;BYSETPOS=4',
    'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
    'FREQ=YEARLY;INTERVAL=2;BYDAY=SA;BYMONTHDAY=8,9,10,11,12,13,14',
  ])('%s names the days that another library names', (recurrence) => {
    const rule: WindowRule = {
      name: 'w',
      kind: 'allow',
      starts: '2026-01-29T09:00:00',
      zone: 'UTC',
      recurrence,
      length: { milliseconds: 60_000 },
    };
    const { intervals } = openingsOf(rule, utc, { from, until, most: 10_000 });
    expect(startsOf(intervals)).toEqual(startsOf(expected(rule, from, until)));
  });
});
