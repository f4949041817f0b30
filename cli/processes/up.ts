import type { Installation } from '../../config/installation.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { lockData } from './data-lock.ts';
import { type Part, stopAll, untilEnded } from './lifetime.ts';
import { logFile, openLog } from './logs.ts';
import { processSettings } from './process-settings.ts';
import { startServer } from './start-server.ts';
import { startTemporal } from './start-temporal.ts';

export interface UpOptions {
  readonly config?: string;
  readonly port?: number;
  readonly json?: boolean;
}

const NEVER = new Promise<never>(() => {});

interface Started {
  readonly url: string;
  readonly connectionFile: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui?: string };
  readonly data: string;
  readonly log: string;
  readonly pid: number;
}

/** Everything in one process, for development: Temporal, worker and server. Runs until it is stopped or a part dies. */
export async function up(context: Context, options: UpOptions): Promise<ExitCode> {
  const installation = await loadInstallation(await findInstallation(options.config, context.directory));
  const lock = await lockData(installation.data);
  const parts: Part[] = [{ name: 'the lock on the data folder', stop: () => lock.release(), failed: NEVER }];
  try {
    const started = await startParts(context, installation, options, parts);
    announce(context, options, started);
    await untilEnded(parts, context.interrupted);
    context.terminal.err.line('Stopping');
    return (await stopAll(parts, context.terminal.err)) ? EXIT.done : EXIT.failed;
  } catch (error) {
    await stopAll(parts, context.terminal.err);
    throw error;
  }
}

/** Each part is known for stopping as soon as it runs. */
async function startParts(context: Context, installation: Installation, options: UpOptions, parts: Part[]): Promise<Started> {
  const logTo = logFile(installation.data);
  const log = openLog(logTo);
  const settings = processSettings(context.environment);
  const say = (line: string) => context.terminal.err.line(context.terminal.err.style('quiet', line));
  say('Starting Temporal');
  const temporal = await startTemporal(installation, context.environment, context.interrupted);
  parts.push({ name: 'Temporal', ...temporal });
  say('Starting the worker');
  const worker = await startWorker({ installation, temporal: temporal.address, process: settings, log: (line) => log.warn(line) });
  parts.push({ name: 'the worker', ...worker });
  say('Starting the server');
  const server = await startServer({
    installation,
    temporal: temporal.address,
    process: settings,
    version: context.version,
    logTo,
    ...(options.port !== undefined && { port: options.port }),
  });
  parts.push({ name: 'the server', stop: () => server.stop(), failed: NEVER });
  return {
    url: server.url,
    connectionFile: server.connectionFile,
    temporal: { ...temporal.address, ...(temporal.ui !== undefined && { ui: temporal.ui }) },
    data: installation.data,
    log: logTo.file,
    pid: process.pid,
  };
}

function announce(context: Context, options: UpOptions, started: Started): void {
  if (options.json) printJson(context, started);
  else sayWhere(context, started);
}

function sayWhere({ terminal: { out } }: Context, started: Started): void {
  out.line(out.style('good', 'Tidegate is up'));
  out.line(`  API       ${started.url} (described at ${started.url}/openapi.json)`);
  out.line(`  Temporal  ${started.temporal.address}${started.temporal.ui === undefined ? '' : `, console ${started.temporal.ui}`}`);
  out.line(`  data      ${started.data}`);
  out.line(`  log       ${started.log}`);
  out.line("  'tidegate status' in this folder shows how things stand; Ctrl-C stops everything");
}
