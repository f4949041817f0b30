import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify, types } from 'node:util';

const execute = promisify(execFile);

/** A process that is still itself after its id was used again: ids wrap, start times do not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

interface ProcessState {
  readonly parent: number;
  readonly zombie: boolean;
  readonly started: string;
}

/** Names a running process for later. Throws NotRunning. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  const found = await processState(pid);
  if (found === undefined) throw new NotRunning(pid);
  return { pid, started: found.started };
}

/** Whether exactly this process still runs; a zombie does not. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const found = await processState(identity.pid);
  return found !== undefined && found.started === identity.started && !found.zombie;
}

/** Reads what `JSON.stringify` made of an identity. Throws SyntaxError for anything else. */
export function parseIdentity(text: string): ProcessIdentity {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'pid' in value && 'started' in value) {
    if (Number.isInteger(value.pid) && typeof value.started === 'string') return { pid: Number(value.pid), started: value.started };
  }
  throw new SyntaxError(`Expected {"pid": number, "started": text} and saw ${text.slice(0, 100)}`);
}

/** Sends a signal; says whether there was still a process to receive it. */
export function signalProcess(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (types.isNativeError(error) && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Asks a process to end, and kills it when it has not within `milliseconds`. Returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, milliseconds = 5_000): Promise<void> {
  const end = performance.now() + milliseconds;
  if (await isRunning(identity)) signalProcess(identity.pid, 'SIGTERM');
  while (await isRunning(identity)) {
    if (performance.now() > end) signalProcess(identity.pid, 'SIGKILL');
    await pause(20);
  }
}

/** What the system says about a process, or undefined when there is none. */
export async function processState(pid: number): Promise<ProcessState | undefined> {
  if (process.platform !== 'linux') return portableState(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(noSuchProcess);
  // The program's name stands in brackets and may itself hold spaces and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, parent] = fields;
  const started = fields[19];
  if (state === undefined || parent === undefined || started === undefined) return undefined;
  return { zombie: 'ZX'.includes(state), parent: Number(parent), started };
}

function noSuchProcess(error: unknown): undefined {
  if (types.isNativeError(error) && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))) return undefined;
  throw error;
}

/** `ps` ends with status 1 and prints nothing when there is no such process. */
async function portableState(pid: number): Promise<ProcessState | undefined> {
  const { stdout } = await execute('ps', ['-o', 'stat=,ppid=,lstart=', '-p', String(pid)], { timeout: 5_000 }).catch((error: unknown) => {
    if (types.isNativeError(error) && 'code' in error && error.code === 1) return { stdout: '' };
    throw error;
  });
  const [state, parent, ...started] = stdout.trim().split(/\s+/);
  return state && parent ? { zombie: state.startsWith('Z'), parent: Number(parent), started: started.join(' ') } : undefined;
}

export class NotRunning extends Error {
  override readonly name = 'NotRunning';

  constructor(pid: number) {
    super(`Expected process ${pid} to run, and it has ended`);
  }
}
