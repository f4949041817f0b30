import { join } from 'node:path';
import { destination, type Logger, pino } from 'pino';

/** Where a log goes: a file in a data folder, for `up`, whose terminal is for people; or stderr, for whatever collects a service's output. */
export type LogPlace = { readonly file: string } | 'stderr';

export function logFile(data: string): { readonly file: string } {
  return { file: join(data, 'tidegate.log') };
}

export function openLog(place: LogPlace): Logger {
  if (place === 'stderr') return pino(options, destination({ dest: 2, sync: true }));
  return pino(options, destination({ dest: place.file, mkdir: true, sync: true, mode: 0o600 }));
}

const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
