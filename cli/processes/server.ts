import { loadInstallation } from '../../config/installation-file.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Part, stopAll, untilEnded } from './lifetime.ts';
import { processSettings } from './process-settings.ts';
import { startServer } from './start-server.ts';
import { temporalFor } from './start-temporal.ts';

export interface ServerOptions {
  readonly config?: string;
  readonly port?: number;
  readonly json?: boolean;
}

/** The API server alone; it logs JSON lines to stderr. */
export async function runServer(context: Context, options: ServerOptions): Promise<ExitCode> {
  const installation = await loadInstallation(await findInstallation(options.config, context.directory));
  const server = await startServer({
    installation,
    temporal: temporalFor(installation, context.environment),
    process: processSettings(context.environment),
    version: context.version,
    logTo: 'stderr',
    ...(options.port !== undefined && { port: options.port }),
  });
  if (options.json) printJson(context, { url: server.url, connectionFile: server.connectionFile, pid: process.pid });
  else context.terminal.out.line(`The server listens on ${server.url}`);
  const parts: readonly Part[] = [{ name: 'the server', stop: () => server.stop(), failed: new Promise<never>(() => {}) }];
  await untilEnded(parts, context.interrupted);
  return (await stopAll(parts, context.terminal.err)) ? EXIT.done : EXIT.failed;
}
