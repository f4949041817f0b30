import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from './command.ts';

/** A process that is still itself after its id was used again: ids wrap, start times do not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

interface ProcessState {
  readonly parent: number;
  readonly state: string;
  readonly started: string;
}

/** Names a running process for later. Throws NotRunning. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  const found = await stateOf(pid);
  if (found === undefined) throw new NotRunning(pid);
  return { pid, started: found.started };
}

/** Whether exactly this process still runs; a zombie does not. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const found = await stateOf(identity.pid);
  return found !== undefined && found.started === identity.started && !found.state.startsWith('Z');
}

/** Sends a signal; says whether there was still a process to receive it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Asks a process to end, and kills it when it has not within `milliseconds`. Returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, milliseconds = 5_000): Promise<void> {
  const end = performance.now() + milliseconds;
  let sent: NodeJS.Signals = 'SIGTERM';
  while (await isRunning(identity)) {
    signal(identity.pid, sent);
    await pause(sent === 'SIGTERM' ? 50 : 20);
    if (performance.now() > end) sent = 'SIGKILL';
  }
}

/** Every descendant of these processes and the processes themselves, by parent ids; Linux only. */
export async function familyOf(roots: readonly number[]): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    const found = /^\d+$/.test(entry) ? await stateOf(Number(entry)) : undefined;
    if (found !== undefined && !found.state.startsWith('Z')) parents.set(Number(entry), found.parent);
  }
  const family = new Set(roots.filter((pid) => parents.has(pid)));
  let before = -1;
  while (before !== family.size) {
    before = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

async function stateOf(pid: number): Promise<ProcessState | undefined> {
  if (process.platform !== 'linux') return portableStateOf(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(gone);
  // The program's name stands in brackets and may itself hold spaces and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields ?? [];
  const started = fields?.[19];
  return state === undefined || parent === undefined || started === undefined ? undefined : { state, parent: Number(parent), started };
}

async function portableStateOf(pid: number): Promise<ProcessState | undefined> {
  const line = (await runCommand('ps', ['-o', 'stat=,ppid=,lstart=', '-p', String(pid)]).catch(() => '')).trim();
  const [state, parent, ...started] = line.split(/\s+/);
  return state && parent ? { state, parent: Number(parent), started: started.join(' ') } : undefined;
}

function gone(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))) return undefined;
  throw error;
}

export class NotRunning extends Error {
  override readonly name = 'NotRunning';

  constructor(pid: number) {
    super(`Expected process ${pid} to run, and it has ended`);
  }
}
