import { join } from 'node:path';
import { type DevServer, type DevServerOptions, startDevServer } from '../temporal/dev-server.ts';
import { endRecordedProcess, recordProcess } from './process-records.ts';

/** Temporal's development server on free ports, with its file in `directory`/temporal and known to `sweep`. Throws as startDevServer. */
export async function startLabTemporal(options: DevServerOptions): Promise<DevServer> {
  const server = await startDevServer({ ...options, directory: join(options.directory, 'temporal') });
  await recordProcess(options.directory, 'temporal', server.pid);
  const stop = async () => {
    await server.stop();
    await endRecordedProcess(options.directory, 'temporal');
  };
  return { ...server, stop };
}
