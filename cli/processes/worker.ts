import { loadInstallation } from '../../config/installation-file.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Part, stopAll, untilEnded } from './lifetime.ts';
import { openLog } from './logs.ts';
import { processSettings } from './process-settings.ts';
import { temporalFor } from './start-temporal.ts';

export interface WorkerOptions {
  readonly config?: string;
  readonly site?: readonly string[];
  readonly json?: boolean;
}

/** A worker alone, for all sites or for some; it logs JSON lines to stderr. */
export async function runWorker(context: Context, options: WorkerOptions): Promise<ExitCode> {
  const installation = await loadInstallation(await findInstallation(options.config, context.directory));
  requireSites(installation.sites, options.site ?? []);
  const temporal = temporalFor(installation, context.environment);
  const log = openLog('stderr');
  const worker = await startWorker({
    installation,
    temporal,
    process: processSettings(context.environment),
    log: (line) => log.warn(line),
    ...(options.site && { sites: options.site }),
  });
  const sites = options.site ?? installation.sites;
  if (options.json) printJson(context, { temporal: temporal.address, sites, pid: process.pid });
  else context.terminal.out.line(`The worker works for ${sites.join(', ')} with Temporal at ${temporal.address}`);
  const parts: readonly Part[] = [{ name: 'the worker', ...worker }];
  try {
    await untilEnded(parts, context.interrupted);
  } finally {
    if (!(await stopAll(parts, context.terminal.err))) process.exitCode = EXIT.failed;
  }
  return EXIT.done;
}

function requireSites(known: readonly string[], wanted: readonly string[]): void {
  const unknown = wanted.find((site) => !known.includes(site));
  if (unknown !== undefined)
    throw new UsageError(`There is no site ${JSON.stringify(unknown)}`, `the installation has ${known.join(', ')}`);
}
