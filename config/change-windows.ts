import { z } from 'zod';
import { openingsOf } from '../domain/gates/openings.ts';
import type { WindowLength, WindowRule } from '../domain/gates/rules.ts';
import { parseRecurrence } from '../domain/recurrence.ts';
import { parseLocal } from '../domain/zoned-time.ts';
import { customIssue, name, type Refusal, text } from './scalars.ts';
import { isTimeZone, zoneOffset } from './time-zone.ts';

const DAY_MS = 86_400_000;

const starts = () =>
  text({
    expected: "a local date and time such as '2026-01-05T09:00'",
    examples: ['2026-01-05T09:00'],
    refuse: (value) =>
      parseLocal(value) === undefined
        ? { message: 'is no date and time', hint: "write it without zone, as in '2026-01-05T09:00'" }
        : undefined,
  });

const zone = () =>
  text({
    expected: 'a time zone',
    examples: ['Europe/Berlin', 'UTC'],
    refuse: (value) => (isTimeZone(value) ? undefined : { message: 'is no time zone', hint: 'write UTC, or a name such as Europe/Berlin' }),
  });

const recurrence = () =>
  text({
    expected: 'a recurrence rule',
    examples: ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH'],
    refuse: (value): Refusal | undefined => {
      const rule = parseRecurrence(value);
      return 'message' in rule ? rule : undefined;
    },
  });

const LENGTH = /^([1-9]\d{0,3})([mhd])$/;
const LONGEST_MS = 366 * DAY_MS;

/** Hours are hours; a day is from a time to the same time of the next day, also where clocks change (RFC 5545, 3.3.6). */
function lengthOf(value: string): WindowLength | undefined {
  const [, digits, unit] = LENGTH.exec(value) ?? [];
  const number = Number(digits);
  const length = unit === 'd' ? { days: number } : { milliseconds: number * (unit === 'h' ? 3_600_000 : 60_000) };
  const milliseconds = 'days' in length ? length.days * DAY_MS : length.milliseconds;
  return digits !== undefined && milliseconds <= LONGEST_MS ? length : undefined;
}

const length = () =>
  text({
    expected: "how long it is open, such as '8h'",
    examples: ['90m', '8h', '1d'],
    refuse: (value) =>
      lengthOf(value) === undefined
        ? { message: 'is no length', hint: 'write minutes, hours or days, at most 366d: 90m, 8h, 1d' }
        : undefined,
  }).transform((value): WindowLength => lengthOf(value) ?? { days: 0 });

const changeWindow = z
  .strictObject({
    name: name(),
    kind: z.enum(['allow', 'deny']).describe('Whether deployments may begin while it is open, or may not; a denial wins'),
    starts: starts().describe('When it opens for the first time, by the clocks of its zone'),
    zone: zone().describe('An IANA time zone'),
    recurrence: z.exactOptional(recurrence().describe('RRULE of RFC 5545, by days or more; without it the window opens once')),
    for: length().describe('From its beginning on'),
  })
  .transform(({ for: open, ...rest }): WindowRule => ({ ...rest, length: open }));

/** Change windows of an environment or a stage. */
export const changeWindows = () =>
  z
    .array(changeWindow)
    .max(50)
    .check((context) => {
      const windows = context.value;
      const refuse = (index: number, refusal: Refusal, ...path: string[]) =>
        context.issues.push(customIssue(windows[index], refusal, [index, ...path]));
      windows.forEach(({ name: called }, index) => {
        if (windows.findIndex((other) => other.name === called) < index) refuse(index, { message: `${called} is there twice` }, 'name');
      });
      windows.forEach((window, index) => {
        if (neverOpens(window)) refuse(index, { message: 'never opens', hint: 'compare recurrence and starts with a calendar' });
      });
      const denied = windows.findIndex(({ kind }) => kind === 'allow');
      if (windows.length > 0 && isDeniedAlways(windows))
        refuse(
          Math.max(0, denied),
          denied >= 0
            ? { message: 'never opens, as it is always denied', hint: 'narrow the windows that deny' }
            : { message: 'leaves no moment in which anything may begin', hint: 'narrow the windows that deny' },
        );
    });

/** A leap day comes once in eight years at least. */
const EIGHT_YEARS_MS = 8 * 366 * DAY_MS;

function neverOpens(window: WindowRule): boolean {
  const from = parseLocal(window.starts) ?? 0;
  return openingsOf(window, zoneOffset(window.zone), { from: from - DAY_MS, until: from + EIGHT_YEARS_MS, most: 1 }).intervals.length === 0;
}

/** Whether windows that deny for ever leave nothing of those that allow, or of a year where none does: then everything else is allowed. Two years show it: what recurs does so within a year, but for leap days. */
function isDeniedAlways(windows: readonly WindowRule[]): boolean {
  const from = Math.max(...windows.map((window) => parseLocal(window.starts) ?? 0));
  const horizon = { from, until: from + 2 * 366 * DAY_MS, most: Number.POSITIVE_INFINITY };
  const openings = (kind: WindowRule['kind']) =>
    windows
      .filter((window) => window.kind === kind)
      .map((window) => openingsOf(window, zoneOffset(window.zone), horizon))
      .filter(({ knownUntil }) => kind === 'allow' || knownUntil !== undefined)
      .flatMap(({ intervals }) => intervals);
  const denied = joined(openings('deny'));
  // The first days are left out: starts are read by no clock yet.
  const year = [[from + 2 * DAY_MS, from + 368 * DAY_MS] as const];
  const allowed = windows.some(({ kind }) => kind === 'allow') ? openings('allow') : year;
  return allowed.length > 0 && allowed.every(([begin, end]) => denied.some(([first, last]) => first <= begin && end <= last));
}

function joined(intervals: readonly (readonly [number, number])[]): [number, number][] {
  const all: [number, number][] = [];
  for (const [begin, end] of [...intervals].sort(([left], [right]) => left - right)) {
    const last = all.at(-1);
    if (last === undefined || begin > last[1]) all.push([begin, end]);
    else last[1] = Math.max(last[1], end);
  }
  return all;
}
