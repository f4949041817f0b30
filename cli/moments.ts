import { parseDuration } from '../domain/duration.ts';
import { UsageError } from './errors.ts';

const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A moment from the command line, in UTC: a date alone is its first moment there. Throws UsageError, also for a time without its zone. */
export function parseMoment(option: string, text: string): string {
  const moment = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return new Date(moment).toISOString();
  throw new UsageError(`${option} ${JSON.stringify(text)} is no moment`, 'write a date, or a time with its zone: 2026-12-24T18:00+01:00');
}

/** When something ends that is given by its end or by how long it lasts from a moment on; undefined where neither is given. Throws UsageError. */
export function parseEnd(options: { readonly until?: string; readonly for?: string }, from: number): string | undefined {
  if (options.until !== undefined && options.for !== undefined) throw new UsageError('--until and --for say the same', 'give one of them');
  if (options.until !== undefined) return parseMoment('--until', options.until);
  if (options.for === undefined) return undefined;
  const milliseconds = parseDuration(options.for);
  if (milliseconds === undefined)
    throw new UsageError(`--for ${JSON.stringify(options.for)} is no duration`, 'write a whole number and m, h or d, as in 12h');
  return new Date(from + milliseconds).toISOString();
}
