import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from '../../config/installation.ts';
import type { TemporalAddress } from '../../temporal/connection.ts';
import { startDevServer } from '../../temporal/dev-server.ts';
import { resolveTemporal } from '../../temporal/executable.ts';
import { identifyProcess, isRunning } from '../../temporal/process-identity.ts';
import { searchAttributeTypes } from '../../temporal/search-attributes.ts';
import type { Environment } from '../environment.ts';
import { CommandFailed } from '../errors.ts';

export interface RunningTemporal {
  readonly address: TemporalAddress;
  /** Temporal's own console. */
  readonly ui?: string;
  stop(): Promise<void>;
  /** Rejects when a server that was started here dies by itself. */
  readonly failed: Promise<never>;
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
const LOOK_EVERY_MS = 1_000;

/** The Temporal that is configured, else the one that TEMPORAL_ADDRESS names; undefined where neither does. */
export function givenTemporal(installation: Installation, environment: Environment): TemporalAddress | undefined {
  const address = installation.temporal.address ?? environment.temporalAddress;
  return address === undefined ? undefined : { address, namespace: installation.temporal.namespace };
}

/** For a process that runs one part: without anything given, where Temporal listens by default. */
export function temporalFor(installation: Installation, environment: Environment): TemporalAddress {
  return givenTemporal(installation, environment) ?? { address: DEFAULT_ADDRESS, namespace: installation.temporal.namespace };
}

/** Uses the Temporal that is given, or starts a development server in the data folder. */
export async function startTemporal(
  installation: Installation,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<RunningTemporal> {
  const given = givenTemporal(installation, environment);
  const { ui } = installation.temporal;
  if (given) return { address: given, ...(ui !== undefined && { ui }), stop: async () => {}, failed: new Promise(() => {}) };
  const { TEMPORAL_CLI, PATH } = environment.variables;
  const server = await startDevServer({
    directory: join(installation.data, 'temporal'),
    executable: await resolveTemporal({ path: PATH ?? '', ...(TEMPORAL_CLI ? { configured: TEMPORAL_CLI } : {}) }),
    searchAttributes: searchAttributeTypes(),
  });
  return {
    address: { address: server.address, namespace: installation.temporal.namespace },
    ...(server.uiAddress !== undefined && { ui: server.uiAddress }),
    stop: () => server.stop(),
    failed: untilGone(server.pid, interrupted),
  };
}

/** Rejects when the process has gone although nobody asked for it. */
async function untilGone(pid: number, interrupted: AbortSignal): Promise<never> {
  const identity = await identifyProcess(pid);
  while (!interrupted.aborted && (await isRunning(identity))) await sleep(LOOK_EVERY_MS, undefined, { ref: false });
  if (interrupted.aborted) return new Promise(() => {});
  throw new CommandFailed(`Temporal's development server (process ${pid}) has died`, 'its log is temporal/temporal.log in the data folder');
}
