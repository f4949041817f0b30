/** Monday is 0, as in ISO 8601. */
const WEEKDAYS: readonly string[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
type Frequency = (typeof FREQUENCIES)[number];

interface WeekdayPart {
  readonly weekday: number;
  /** The n-th of its month or year, from the end where negative; each of them otherwise. */
  readonly ordinal?: number;
}

/** Which days a recurrence rule of RFC 5545 names; its time of day is that of its beginning. */
export interface Recurrence {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count?: number;
  /** An instant, in milliseconds since the epoch. */
  readonly until?: number;
  readonly byMonth: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly WeekdayPart[];
  readonly bySetPosition: readonly number[];
  readonly weekStart: number;
}

/** Why a text is no recurrence rule that can be kept. */
export interface RecurrenceFault {
  readonly message: string;
  readonly hint: string;
}

const PARTS = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'BYMONTH', 'BYMONTHDAY', 'BYDAY', 'BYSETPOS', 'WKST'];
const OF_TIMES = ['BYHOUR', 'BYMINUTE', 'BYSECOND'];
const UNTIL = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Reads a rule (RFC 5545, 3.3.10) that recurs by days or more: `FREQ=WEEKLY;BYDAY=MO,TU`. */
export function parseRecurrence(text: string): Recurrence | RecurrenceFault {
  const pairs = text.split(';').map((part) => part.split('='));
  const parts = new Map(pairs.map(([key = '', value = '']) => [key, value]));
  const fault = partsFault(pairs, parts);
  if (fault !== undefined) return fault;
  const rule = {
    frequency: parts.get('FREQ') as Frequency,
    interval: Number(parts.get('INTERVAL') ?? '1'),
    ...(parts.has('COUNT') && { count: Number(parts.get('COUNT')) }),
    ...(parts.has('UNTIL') && { until: untilOf(parts.get('UNTIL') ?? '') }),
    byMonth: numbersOf(parts.get('BYMONTH')),
    byMonthDay: numbersOf(parts.get('BYMONTHDAY')),
    byDay: listOf(parts.get('BYDAY')).map(weekdayOf),
    bySetPosition: numbersOf(parts.get('BYSETPOS')),
    weekStart: WEEKDAYS.indexOf(parts.get('WKST') ?? 'MO'),
  };
  return valuesFault(rule) ?? rule;
}

function partsFault(pairs: readonly (readonly string[])[], parts: ReadonlyMap<string, string>): RecurrenceFault | undefined {
  const keys = pairs.map(([key = '']) => key);
  const ofTimes = keys.find((key) => OF_TIMES.includes(key));
  if (ofTimes !== undefined) return { message: `${ofTimes} is not kept`, hint: 'starts gives the time of day; write a window for each' };
  const strange = pairs.find(([key = '', ...rest]) => !PARTS.includes(key) || rest.length !== 1);
  if (strange !== undefined)
    return { message: `${strange.join('=') || 'an empty part'} is none of its parts`, hint: `there are ${PARTS.join(', ')}` };
  if (parts.size < keys.length) return { message: 'names a part twice', hint: 'take one of them away' };
  if (!FREQUENCIES.some((frequency) => frequency === parts.get('FREQ')))
    return { message: 'has no frequency that is kept', hint: `write FREQ= and one of ${FREQUENCIES.join(', ')}` };
  return undefined;
}

function valuesFault(rule: Recurrence): RecurrenceFault | undefined {
  const { frequency, interval, count, until, byMonth, byMonthDay, byDay, bySetPosition, weekStart } = rule;
  const wrong = (part: string, hint: string): RecurrenceFault => ({ message: `its ${part} is none`, hint });
  if (!isWhole(interval, 1, 1_000)) return wrong('INTERVAL', 'write a whole number from 1 to 1000');
  if (count !== undefined && !isWhole(count, 1, 10_000)) return wrong('COUNT', 'write a whole number from 1 to 10000');
  if (until !== undefined && Number.isNaN(until)) return wrong('UNTIL', 'write a moment in UTC: UNTIL=20271231T235959Z');
  if (count !== undefined && until !== undefined) return { message: 'has COUNT and UNTIL', hint: 'take one of them away' };
  if (!byMonth.every((month) => isWhole(month, 1, 12))) return wrong('BYMONTH', 'months are 1 to 12');
  if (!byMonthDay.every((day) => isWhole(Math.abs(day), 1, 31))) return wrong('BYMONTHDAY', 'days are 1 to 31, or -1 to -31 from the end');
  if (!byDay.every(isWeekdayPart)) return wrong('BYDAY', 'write days as MO, or as 2MO or -1FR for one of them');
  if (!bySetPosition.every((place) => isWhole(Math.abs(place), 1, 366))) return wrong('BYSETPOS', 'write whole numbers, as in -1');
  if (weekStart < 0) return wrong('WKST', `write one of ${WEEKDAYS.join(', ')}`);
  if (frequency === 'WEEKLY' && byMonthDay.length > 0) return { message: 'has BYMONTHDAY in weeks', hint: 'write FREQ=MONTHLY' };
  if ((frequency === 'WEEKLY' || frequency === 'DAILY') && byDay.some(({ ordinal }) => ordinal !== undefined))
    return { message: 'counts weekdays within weeks or days', hint: 'write FREQ=MONTHLY or FREQ=YEARLY, or days without a number' };
  return undefined;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function isWeekdayPart({ weekday, ordinal }: WeekdayPart): boolean {
  return weekday >= 0 && (ordinal === undefined || isWhole(Math.abs(ordinal), 1, 53));
}

function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? [] : value.split(',');
}

function numbersOf(value: string | undefined): number[] {
  return listOf(value).map((text) => (/^[+-]?\d{1,4}$/.test(text) ? Number(text) : Number.NaN));
}

function weekdayOf(text: string): WeekdayPart {
  const [, ordinal = '', name = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? [];
  const weekday = WEEKDAYS.indexOf(name);
  return ordinal === '' ? { weekday } : { weekday, ordinal: Number(ordinal) };
}

function untilOf(text: string): number {
  const [, ...digits] = UNTIL.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = digits;
  return digits.length === 0 ? Number.NaN : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** A day of the calendar: days since 1 January 1970. */
export type Day = number;

const DAY_MS = 86_400_000;

interface Calendar {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

function calendarOf(day: Day): Calendar {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: (date.getUTCDay() + 6) % 7 };
}

function dayOf(year: number, month: number, day: number): Day {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** Whether a rule that begins on one day names another; its COUNT and UNTIL aside. */
export function recursOn(rule: Recurrence, start: Day, day: Day): boolean {
  if (day < start || !isNamed(rule, start, day)) return false;
  if (rule.bySetPosition.length === 0) return true;
  const set = daysOfPeriod(rule, day).filter((other) => isNamed(rule, start, other));
  const place = set.indexOf(day);
  return rule.bySetPosition.some((position) => place === (position > 0 ? position - 1 : set.length + position));
}

function isNamed(rule: Recurrence, start: Day, day: Day): boolean {
  const begun = calendarOf(start);
  const here = calendarOf(day);
  return periodsBetween(rule, start, day) % rule.interval === 0 && isInMonth(rule, begun, here) && isOnDay(rule, begun, here, day);
}

function periodsBetween({ frequency, weekStart }: Recurrence, start: Day, day: Day): number {
  const [from, to] = [calendarOf(start), calendarOf(day)];
  if (frequency === 'DAILY') return day - start;
  if (frequency === 'WEEKLY') return (beginOfWeek(day, weekStart) - beginOfWeek(start, weekStart)) / 7;
  if (frequency === 'MONTHLY') return (to.year - from.year) * 12 + to.month - from.month;
  return to.year - from.year;
}

function beginOfWeek(day: Day, weekStart: number): Day {
  return day - ((calendarOf(day).weekday - weekStart + 7) % 7);
}

function isInMonth({ byMonth, frequency, byMonthDay, byDay }: Recurrence, begun: Calendar, { month }: Calendar): boolean {
  if (byMonth.length > 0) return byMonth.includes(month);
  return frequency !== 'YEARLY' || byMonthDay.length > 0 || byDay.length > 0 || month === begun.month;
}

function isOnDay(rule: Recurrence, begun: Calendar, here: Calendar, day: Day): boolean {
  const { frequency, byMonthDay, byDay } = rule;
  if (byMonthDay.length > 0 && !byMonthDay.some((wanted) => isMonthDay(wanted, here))) return false;
  if (byDay.length > 0) return byDay.some((part) => isWeekday(part, rule, here, day));
  if (byMonthDay.length > 0 || frequency === 'DAILY') return true;
  return frequency === 'WEEKLY' ? here.weekday === begun.weekday : here.day === begun.day;
}

function isMonthDay(wanted: number, { year, month, day }: Calendar): boolean {
  const length = dayOf(year, month + 1, 1) - dayOf(year, month, 1);
  return day === (wanted > 0 ? wanted : length + 1 + wanted);
}

/** The n-th is that of a month, in a year that of the year unless months are named. */
function isWeekday({ weekday, ordinal }: WeekdayPart, { frequency, byMonth }: Recurrence, here: Calendar, day: Day): boolean {
  if (weekday !== here.weekday) return false;
  if (ordinal === undefined) return true;
  const ofYear = frequency === 'YEARLY' && byMonth.length === 0;
  const first = ofYear ? dayOf(here.year, 1, 1) : dayOf(here.year, here.month, 1);
  const last = (ofYear ? dayOf(here.year + 1, 1, 1) : dayOf(here.year, here.month + 1, 1)) - 1;
  return ordinal > 0 ? Math.floor((day - first) / 7) === ordinal - 1 : Math.floor((last - day) / 7) === -ordinal - 1;
}

function daysOfPeriod({ frequency, weekStart }: Recurrence, day: Day): readonly Day[] {
  const { year, month } = calendarOf(day);
  const weekBegin = beginOfWeek(day, weekStart);
  const [from, until] = {
    DAILY: [day, day + 1] as const,
    WEEKLY: [weekBegin, weekBegin + 7] as const,
    MONTHLY: [dayOf(year, month, 1), dayOf(year, month + 1, 1)] as const,
    YEARLY: [dayOf(year, 1, 1), dayOf(year + 1, 1, 1)] as const,
  }[frequency];
  return Array.from({ length: until - from }, (_, index) => from + index);
}
