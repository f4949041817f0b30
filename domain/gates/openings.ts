import { parseRecurrence, type Recurrence, recursOn } from '../recurrence.ts';
import { instantOf, parseLocal, type ZoneOffset } from '../zoned-time.ts';
import type { Openings } from './facts.ts';
import type { WindowRule } from './rules.ts';

const DAY_MS = 86_400_000;

/** From one moment on, as far as another, and at most so many openings. */
export interface Horizon {
  /** Milliseconds since the epoch, as all moments here. */
  readonly from: number;
  readonly until: number;
  readonly most: number;
}

/** When a window is open between two moments, by the zone's clocks. Throws WindowUnreadable for what the configuration would have refused. */
export function openingsOf(rule: WindowRule, offset: ZoneOffset, { from, until, most }: Horizon): Openings {
  const { days, isComplete } = occurrences(rule, offset, from, until);
  const intervals = days.map((local) => intervalOf(local, rule, offset)).filter(([begin, end]) => end > from && end > begin);
  const joined = join(intervals.sort(([left], [right]) => left - right));
  const beyond = joined[most];
  if (beyond !== undefined) return { intervals: joined.slice(0, most), knownUntil: beyond[0] };
  return { intervals: joined, ...(!isComplete && { knownUntil: until }) };
}

interface Occurrences {
  /** Local times. */
  readonly days: readonly number[];
  /** Whether there will be none after these. */
  readonly isComplete: boolean;
}

function occurrences(rule: WindowRule, offset: ZoneOffset, from: number, until: number): Occurrences {
  const start = parseLocal(rule.starts);
  const recurrence = rule.recurrence === undefined ? undefined : parseRecurrence(rule.recurrence);
  if (start === undefined || (recurrence !== undefined && 'message' in recurrence)) throw new WindowUnreadable(rule.name);
  if (recurrence === undefined) return { days: [start], isComplete: true };
  return recurring(recurrence, start, offset, reachBack(rule, from), until);
}

/** Of what began this long ago something may still be open; clocks add up to two days more. */
function reachBack({ length }: WindowRule, from: number): number {
  return from - ('days' in length ? length.days * DAY_MS : length.milliseconds) - 2 * DAY_MS;
}

/** All that begin between two moments. A counted rule is counted from its beginning. */
function recurring(rule: Recurrence, start: number, offset: ZoneOffset, from: number, until: number): Occurrences {
  const firstDay = Math.floor(start / DAY_MS);
  const timeOfDay = start - firstDay * DAY_MS;
  const days: number[] = [];
  let counted = 0;
  const begin = rule.count === undefined ? Math.max(firstDay, Math.floor(from / DAY_MS)) : firstDay;
  for (let day = begin; ; day += 1) {
    const local = day * DAY_MS + timeOfDay;
    if (local - DAY_MS >= until) return { days, isComplete: false };
    if (rule.until !== undefined && local - DAY_MS > rule.until) return { days, isComplete: true };
    if (!recursOn(rule, firstDay, day)) continue;
    if (rule.until !== undefined && instantOf(local, offset) > rule.until) return { days, isComplete: true };
    counted += 1;
    if (local >= from && instantOf(local, offset) < until) days.push(local);
    if (counted === rule.count) return { days, isComplete: true };
  }
}

function intervalOf(local: number, { length }: WindowRule, offset: ZoneOffset): readonly [number, number] {
  const begin = instantOf(local, offset);
  return [begin, 'days' in length ? instantOf(local + length.days * DAY_MS, offset) : begin + length.milliseconds];
}

/** What overlaps or touches is one opening. */
function join(intervals: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const joined: [number, number][] = [];
  for (const [from, until] of intervals) {
    const last = joined.at(-1);
    if (last === undefined || last[1] < from) joined.push([from, until]);
    else last[1] = Math.max(last[1], until);
  }
  return joined;
}

/** A window that the configuration would have refused. */
export class WindowUnreadable extends Error {
  override readonly name = 'WindowUnreadable';

  constructor(readonly window: string) {
    super(`Window ${window} has no beginning or no recurrence that can be read; 'tidegate config validate' says what is wrong`);
  }
}
