import { join } from 'node:path';
import { destination, type Logger, pino } from 'pino';

/** A log in the data folder, for `up`, whose terminal is for people. */
export function fileLog(data: string): { readonly log: Logger; readonly file: string } {
  const file = join(data, 'tidegate.log');
  return { log: pino(options, destination({ dest: file, mkdir: true, sync: true, mode: 0o600 })), file };
}

/** A log on stderr, for whatever collects a service's output. */
export function streamLog(): Logger {
  return pino(options, destination({ dest: 2, sync: true }));
}

const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
