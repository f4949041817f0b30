const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration for people: two units at most. */
export function printDuration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 10 * SECOND) return `${(milliseconds / SECOND).toFixed(1)} s`;
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return twoUnits(milliseconds, MINUTE, 'min', SECOND, 's');
  if (milliseconds < DAY) return twoUnits(milliseconds, HOUR, 'h', MINUTE, 'min');
  return twoUnits(milliseconds, DAY, 'd', HOUR, 'h');
}

function twoUnits(milliseconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(milliseconds / large);
  const rest = Math.floor((milliseconds - whole * large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

/** How long ago an ISO 8601 moment was; its own text where it is none. */
export function printSince(instant: string, now: number): string {
  const then = Date.parse(instant);
  return Number.isNaN(then) ? instant : printDuration(Math.max(0, now - then));
}

/** A moment in UTC, to the minute. */
export function printMoment(instant: string): string {
  return Number.isNaN(Date.parse(instant)) ? instant : `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}
