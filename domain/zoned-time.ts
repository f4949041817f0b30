/** How far a zone's clocks are ahead of UTC at an instant; both in milliseconds. */
export type ZoneOffset = (instant: number) => number;

const DAY_MS = 86_400_000;

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;

/** A date and time without zone, `2026-01-05T09:00` or with seconds, as milliseconds of a clock that shows UTC; undefined for any other text. */
export function parseLocal(text: string): number | undefined {
  const [, ...digits] = LOCAL.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  // What no calendar has, such as 30 February, would be read as some other day.
  return digits.length > 0 && new Date(local).toISOString().startsWith(text) ? local : undefined;
}

/**
 * The instant at which clocks of a zone show a local time (RFC 5545, 3.3.5): the first of two where they are put back, and where they skip
 * it the time that it would be without the change.
 */
export function instantOf(local: number, offset: ZoneOffset): number {
  // No zone changes its clocks twice within two days, nor are any further from UTC than a day.
  const before = local - offset(local - DAY_MS);
  const after = local - offset(local + DAY_MS);
  const shown = [before, after].filter((instant) => instant + offset(instant) === local);
  return shown.length === 0 ? before : Math.min(...shown);
}
