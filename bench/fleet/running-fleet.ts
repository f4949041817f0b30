import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runCommand } from '../../lab/command.ts';
import { ImageMaker } from '../../lab/made-image.ts';
import { startRegistry } from '../../lab/registry.ts';
import { type RunningUp, startUp, type Variables } from '../running-up.ts';
import { APPLICATION, COMPONENT, ENVIRONMENT, writeInstallation } from './installation.ts';

/** Tidegate with a fleet of simulated engines, each in a process of its own. */
export interface RunningFleet {
  readonly temporal: RunningUp['temporal'];
  /** Makes a release of an image that no other has. */
  release(): Promise<void>;
  /** Has the environment return to the release before. */
  rollback(): Promise<void>;
  /** Megabytes that worker and server had at most. */
  peakMb(): Promise<number>;
  /** Ends all of it, and says what the engines were asked. */
  stop(): Promise<EnginesAsked>;
}

export interface EnginesAsked {
  readonly requests: number;
  /** What they could not answer; a measurement with any of it is none. */
  readonly unknown: readonly string[];
}

const CLI = join(import.meta.dirname, '../../cli/main.js');
const ENGINES = join(import.meta.dirname, '../../lab/simulated-fleet/main.js');
const LONGEST_MS = 3_600_000;
/** A layer: what an image weighs is measured elsewhere. */
const LAYER_BYTES = 10_000;

export async function startFleetLab(engines: number, environment: Variables): Promise<RunningFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-fleet-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const registry = await startRegistry({ directory: folder, address: '127.0.0.1' });
    closers.push(() => registry.stop());
    const fleet = await startEngines(join(folder, 'engines'), engines);
    closers.push(() => fleet.stop());
    await writeInstallation(folder, registry.address, fleet.endpoints);
    const up = await startUp(CLI, folder, environment);
    closers.push(() => up.stop());
    const tidegate = (...words: string[]) =>
      runCommand(process.execPath, [CLI, ...words], { cwd: folder, env: environment, timeout: LONGEST_MS });
    let made = 0;
    return {
      temporal: up.temporal,
      release: async () => {
        made += 1;
        const repository = `${registry.address}/${APPLICATION}/${COMPONENT}`;
        const { digest } = await new ImageMaker(repository).image(`version-${made}`, [LAYER_BYTES]);
        await tidegate('release', 'create', APPLICATION, '--image', `${COMPONENT}=${repository}@${digest}`, '--json');
      },
      rollback: async () => {
        await tidegate('rollback', APPLICATION, '--environment', ENVIRONMENT, '--reason', 'measured', '--no-wait', '--json');
      },
      peakMb: () => peakOf(up.pid),
      stop: async () => {
        await up.stop();
        const asked = await fleet.stop();
        await closeAll();
        return asked;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Engines {
  readonly endpoints: readonly string[];
  stop(): Promise<EnginesAsked>;
}

async function startEngines(directory: string, engines: number): Promise<Engines> {
  const child = spawn(process.execPath, [ENGINES, '--directory', directory, '--engines', String(engines)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = linesOf(child);
  const { endpoints } = JSON.parse(await lines.next());
  let asked: Promise<EnginesAsked> | undefined;
  const end = async (): Promise<EnginesAsked> => {
    child.kill('SIGTERM');
    return JSON.parse(await lines.next());
  };
  return {
    endpoints,
    stop: () => {
      asked ??= end();
      return asked;
    },
  };
}

function linesOf({ stdout }: ChildProcess): { next(): Promise<string> } {
  if (stdout === null) throw new TypeError('the engines were started without a pipe');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    next: async () => {
      const line = await lines.next();
      if (line.done === true) throw new Error('The simulated engines ended before they said anything');
      return line.value;
    },
  };
}

/** The kernel's own mark of the most memory that a process ever had. */
async function peakOf(pid: number): Promise<number> {
  const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kilobytes * 1024) / 1e6;
}
