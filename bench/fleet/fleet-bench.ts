import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { unlessInterrupted } from '../interruption.ts';
import { machine } from '../machine.ts';
import { type Report, type Row, row } from '../report.ts';
import { Histories, type History, LIMITS } from './histories.ts';
import { APPLICATION, ENVIRONMENT } from './installation.ts';
import { type RunningFleet, startFleetLab } from './running-fleet.ts';

export interface FleetBenchOptions {
  /** Three hosts: for whoever tries the measurement itself. */
  readonly quick: boolean;
  /** One number of hosts instead of all. */
  readonly only: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (line: string) => void;
  /** Ends the measurement with its reason; what was started for it goes all the same. */
  readonly interrupted: AbortSignal;
}

const SIZES = [10, 100, 1_000];

/** What is measured of a number of hosts. */
interface Measured {
  readonly hosts: number;
  readonly rows: readonly Row[];
  /** The largest share of one of Temporal's limits that any history took. */
  readonly share: number;
  readonly requests: number;
}

/** What an environment costs that has many hosts: real workflows, activities and clients, and engines that are simulated. */
export async function benchFleet(options: FleetBenchOptions): Promise<Report> {
  const sizes = options.quick ? [3] : options.only === undefined ? SIZES : [Number(options.only)];
  const measured: Measured[] = [];
  for (const hosts of sizes) measured.push(await measure(hosts, options));
  const shares = Object.fromEntries(measured.map(({ hosts, share }) => [hosts, Number(share.toFixed(4))]));
  const requests = Object.fromEntries(measured.map((one) => [one.hosts, one.requests]));
  const facts = { "largest share of one of Temporal's limits": shares, 'requests to engines': requests, ...machine() };
  return { name: 'fleet', rows: measured.flatMap(({ rows }) => rows), facts };
}

async function measure(hosts: number, { environment, onProgress, interrupted }: FleetBenchOptions): Promise<Measured> {
  onProgress(`Starting ${hosts} engines`);
  const fleet = await startFleetLab(hosts, environment);
  let asked = { requests: 0, unknown: [] as readonly string[] };
  try {
    const { rows, share } = await unlessInterrupted(interrupted, deployments(hosts, fleet, onProgress));
    asked = await fleet.stop();
    if (asked.unknown.length > 0)
      throw new Error(`The simulated engines could not answer ${asked.unknown.join(', ')}: nothing was measured`);
    return { hosts, rows, share, requests: asked.requests };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

/** A first release, one that replaces it, and the way back by hand. */
async function deployments(
  hosts: number,
  fleet: RunningFleet,
  onProgress: (line: string) => void,
): Promise<Pick<Measured, 'rows' | 'share'>> {
  const histories = await Histories.at(fleet.temporal);
  const sizes: History[] = [];
  const rows: Row[] = [];
  const steps = [
    { name: 'first release', act: () => fleet.release(), release: 1 },
    { name: 'second release', act: () => fleet.release(), release: 2 },
    { name: 'rollback', act: () => fleet.rollback(), release: undefined },
  ] as const;
  for (const [place, { name, act, release }] of steps.entries()) {
    const say = `${hosts} hosts, ${name}`;
    onProgress(say);
    const since = performance.now();
    const id = deploymentWorkflowId(APPLICATION, ENVIRONMENT, place + 1);
    await act();
    await histories.succeeded(id);
    rows.push(row(`${say}: time`, 's', (performance.now() - since) / 1000, {}));
    const deployment = await histories.of(id);
    rows.push(...rowsOf(`${say}: deployment`, deployment));
    sizes.push(deployment, ...(release === undefined ? [] : [await histories.of(releaseWorkflowId(APPLICATION, release))]));
  }
  const environment = await histories.of(environmentWorkflowId(APPLICATION, ENVIRONMENT));
  rows.push(...rowsOf(`${hosts} hosts: environment`, environment));
  rows.push(row(`${hosts} hosts: worker and server`, 'MB', await fleet.peakMb(), {}));
  await histories.close();
  return { rows, share: Math.max(...[...sizes, environment].map(shareOf)) };
}

/** Of a workflow that began anew, its longest run: that is what limits are for. */
function rowsOf(name: string, { events, bytes, largest, runs }: History): readonly Row[] {
  return [
    row(name, 'events', events, {}),
    row(name, 'kB', bytes / 1000, {}),
    row(`${name}, largest payload`, 'kB', largest / 1000, {}),
    row(name, 'runs', runs, {}),
  ];
}

function shareOf(history: History): number {
  return Math.max(history.events / LIMITS.events, history.bytes / LIMITS.bytes, history.largest / LIMITS.largest);
}
