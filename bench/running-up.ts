import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../lab/until.ts';

/** `tidegate up`: Temporal, worker and server. */
export interface RunningUp {
  /** Of worker and server. */
  readonly pid: number;
  /** Where its Temporal answers. */
  readonly temporal: { readonly address: string; readonly namespace: string };
  stop(): Promise<void>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

const UP_MS = 120_000;

/** Starts everything of the installation in a folder, on free ports. Throws NeverCame, and when it ends before it is up. */
export async function startUp(cli: string, folder: string, environment: Variables): Promise<RunningUp> {
  const up = spawn(process.execPath, [cli, 'up', '--port', '0', '--json'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const stop = async (): Promise<void> => {
    const ended = up.exitCode === null && up.signalCode === null ? once(up, 'exit') : undefined;
    up.kill('SIGTERM');
    await ended;
  };
  try {
    const { temporal } = JSON.parse(await firstWords(up));
    return { pid: up.pid ?? 0, temporal, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function firstWords(up: ReturnType<typeof spawn>): Promise<string> {
  let printed = '';
  up.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8');
  });
  await until('tidegate to be up', UP_MS, async () => {
    if (up.exitCode !== null) throw new Error(`tidegate up ended with exit code ${up.exitCode}`);
    return printed.endsWith('}\n');
  });
  return printed;
}
