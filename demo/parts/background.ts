import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordProcess } from '../../lab/process-records.ts';
import { until } from '../../lab/until.ts';
import { isRunning } from '../../temporal/process-identity.ts';
import type { DemoFolder } from '../folder.ts';
import { CommandUnexpected } from '../telling/errors.ts';
import { tailOf } from '../telling/teller.ts';

export interface BackgroundOptions {
  /** Known to `sweep` under this name. */
  readonly name: string;
  /** A compiled entry point below the built folder: `cli/main.js`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const STARTED_MS = 90_000;

/** The compiled entry point of this checkout. */
export function compiled(program: string): string {
  return fileURLToPath(new URL(`../../${program}`, import.meta.url));
}

/**
 * Starts one of Tidegate's own programs so that it outlives this process and a Ctrl-C in its terminal, and returns the JSON document that it
 * prints when it is ready. What it prints goes to files, as a pipe would break when this process ends. Throws CommandUnexpected.
 */
export async function startInBackground(folder: DemoFolder, options: BackgroundOptions): Promise<unknown> {
  const [output, log] = ['json', 'log'].map((kind) => join(folder.logs, `${options.name}.${kind}`)) as [string, string];
  const [out, err] = [openSync(output, 'w'), openSync(log, 'a')];
  const child = spawn(process.execPath, [compiled(options.program), ...options.args], {
    cwd: folder.root,
    env: options.variables,
    detached: true,
    stdio: ['ignore', out, err],
  });
  closeSync(out);
  closeSync(err);
  await new Promise((spawned, failed) => child.once('spawn', spawned).once('error', failed));
  child.unref();
  const identity = await recordProcess(folder.root, options.name, child.pid ?? 0);
  return until(`${options.name} to be ready (its log is ${log})`, STARTED_MS, async () => {
    options.signal.throwIfAborted();
    const document = parse(await readFile(output, 'utf8'));
    if (document === undefined && !(await isRunning(identity))) throw await ended(options, log);
    return document;
  });
}

/** Undefined while the document is not whole. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function ended({ program, args }: BackgroundOptions, log: string): Promise<CommandUnexpected> {
  const command = ['node', compiled(program), ...args].join(' ');
  return new CommandUnexpected(command, tailOf(await readFile(log, 'utf8')), 'a running process', 'ended by itself');
}
