/** Five fields in UTC, as IEEE Std 1003.1 ("crontab") has them, each with the least and the most that it holds. */
const FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

const MINUTE = 60_000;
const DAY = 86_400_000;
/** The 29th of February can be eight years away. */
const LONGEST_DAYS = 3_000;

/** The first moment after `after` (milliseconds since the epoch) that one of the schedules names; undefined where none ever does. */
export function nextDeparture(schedules: readonly string[], after: number): number | undefined {
  const moments = schedules.flatMap((schedule) => nextOf(schedule, after) ?? []);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function nextOf(schedule: string, after: number): number | undefined {
  const fields = schedule.trim().split(/ +/);
  const [minutes = [], hours = []] = fields.map((field, index) => valuesOf(field, FIELDS[index] ?? [0, 0]));
  const first = Math.floor(after / DAY) * DAY;
  for (let day = first; day < first + LONGEST_DAYS * DAY; day += DAY) {
    if (!isDayOf(fields, new Date(day))) continue;
    const moments = hours.flatMap((hour) => minutes.map((minute) => day + (hour * 60 + minute) * MINUTE));
    const next = moments.find((moment) => moment > after);
    if (next !== undefined) return next;
  }
  return undefined;
}

/** Where both the day of the month and that of the week are given, either does. */
function isDayOf([, , dayField = '*', monthField = '*', weekdayField = '*']: readonly string[], day: Date): boolean {
  if (!valuesOf(monthField, FIELDS[3]).includes(day.getUTCMonth() + 1)) return false;
  const isDay = valuesOf(dayField, FIELDS[2]).includes(day.getUTCDate());
  const isWeekday = valuesOf(weekdayField, FIELDS[4]).includes(day.getUTCDay());
  return dayField.startsWith('*') || weekdayField.startsWith('*') ? isDay && isWeekday : isDay || isWeekday;
}

function valuesOf(field: string, [least, most]: readonly [number, number]): number[] {
  const all = Array.from({ length: most - least + 1 }, (_, index) => least + index);
  const parts = field.split(',').map((part) => partOf(part, least, most));
  return all.filter((value) => parts.some(({ from, to, step }) => value >= from && value <= to && (value - from) % step === 0));
}

function partOf(part: string, least: number, most: number): { readonly from: number; readonly to: number; readonly step: number } {
  const [range = '*', step = '1'] = part.split('/');
  if (range === '*') return { from: least, to: most, step: Number(step) };
  const [from = '', to] = range.split('-');
  const last = to ?? (part.includes('/') ? String(most) : from);
  return { from: Number(from), to: Number(last), step: Number(step) };
}
