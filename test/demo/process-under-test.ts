import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process of the application, with what it logged. */
export interface ProcessUnderTest {
  readonly process: ChildProcess;
  /** Resolves with the first line that has this event. */
  logged(event: string): Promise<Readonly<Record<string, unknown>>>;
  /** Sends SIGTERM and resolves with the exit code; null when a signal killed it. */
  stop(): Promise<number | null>;
}

interface Line {
  readonly event: string;
}

/** Starts `node` on a file of the application, with these variables and PATH alone. */
export function startProcess(directory: string, file: string, environment: Readonly<Record<string, string>>): ProcessUnderTest {
  const process = spawn(globalThis.process.execPath, [file], { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  const wanted = new Map<string, (line: Line) => void>();
  createInterface({ input: process.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    wanted.get(line.event)?.(line);
  });
  const closed = once(process, 'close') as Promise<[number | null]>;
  return {
    process,
    logged: (event) => {
      const early = lines.find((line) => line.event === event);
      if (early !== undefined) return Promise.resolve({ ...early });
      const ended = closed.then(([code]) => Promise.reject(new Error(`${file} ended with ${code} before '${event}'`)));
      return Promise.race([new Promise<Line>((resolve) => wanted.set(event, resolve)), ended]).then((line) => ({ ...line }));
    },
    stop: async () => {
      process.kill('SIGTERM');
      const [code] = await closed;
      return code;
    },
  };
}
