import { parentPort, workerData } from 'node:worker_threads';
import { loadInstallation } from '../../config/installation-file.ts';
import type { TemporalAddress } from '../../temporal/connection.ts';
import { type ProcessSettings, secretsOf } from '../../worker/connect-adapters.ts';
import { connectInbox } from '../../worker/connect-ledger.ts';
import { connectActing } from './connect-acting.ts';
import { type LogPlace, openLog } from './logs.ts';
import { drainInbox } from './start-drain.ts';

/** What the thread that takes deliveries on is started with. */
export interface DrainThreadData {
  /** The installation's file. */
  readonly file: string;
  readonly temporal: TemporalAddress;
  readonly process: ProcessSettings;
  readonly version: string;
  readonly logTo: LogPlace;
  /** How often it says that it is alive, in milliseconds. */
  readonly beatMs: number;
}

const { file, logTo, beatMs, ...start } = workerData as DrainThreadData;
parentPort?.postMessage('alive');
setInterval(() => parentPort?.postMessage('alive'), beatMs);
const log = openLog(logTo);
const installation = await loadInstallation(file);
const secrets = secretsOf(installation, start.process);
const { parts, ledger } = await connectActing({ ...start, installation, secrets, log });
const inbox = await connectInbox(installation, start.process);
const drain = await drainInbox({ installation, secrets, inbox, parts });
parentPort?.on('message', (word: unknown) => (word === 'stop' ? void stop() : drain.wake()));
parentPort?.postMessage('ready');

async function stop(): Promise<void> {
  await drain.stop();
  inbox.close();
  ledger.close();
  // Connections to Temporal and git would keep the thread.
  process.exit();
}
