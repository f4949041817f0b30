import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runCommand } from '../../lab/command.ts';

/** What one copy took. */
export interface Usage {
  readonly wallMs: number;
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  /** The most memory that it had resident at any time, in MB. */
  readonly peakMb: number;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where its measures are written. */
  readonly folder: string;
}

/** Bash tells times to the millisecond, and GNU time alone the memory; the command's own words go where they would go anyway. */
const MEASURED = 'TIMEFORMAT="%3R %3U %3S"; { time env time --quiet --format=%M --output="$1" "${@:3}" 2>&3; } 3>&2 2>"$2"';

/** Runs a command and asks the kernel at its end what it took. Throws CommandUnmeasured when the command fails. */
export async function measureCommand({ program, args, environment, folder }: Command): Promise<Usage> {
  const [memory, times] = [join(folder, 'memory'), join(folder, 'times')];
  await toEnd('bash', ['-c', MEASURED, 'bash', memory, times, program, ...args], environment);
  const [real = 0, user = 0, system = 0] = numbersIn(await readFile(times, 'utf8'));
  const [kilobytes = 0] = numbersIn(await readFile(memory, 'utf8'));
  return { wallMs: real * 1000, cpuMs: (user + system) * 1000, peakMb: (kilobytes * 1024) / 1e6 };
}

function numbersIn(words: string): number[] {
  return words.trim().split(' ').map(Number);
}

/** Throws GnuTimeMissing where there is none. */
export async function requireGnuTime(): Promise<void> {
  // The shell's own `time` measures less.
  const words = await runCommand('env', ['time', '--version']).catch(() => '');
  if (!words.includes('GNU')) throw new GnuTimeMissing();
}

async function toEnd(program: string, args: readonly string[], env: Command['environment']): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((done, failed) => child.once('close', done).once('error', failed));
  const [words, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new CommandUnmeasured(args.slice(5), words.trim().split('\n').slice(-5).join('; '));
}

export class CommandUnmeasured extends Error {
  override readonly name = 'CommandUnmeasured';

  constructor(
    command: readonly string[],
    readonly seen: string,
  ) {
    super(`Expected '${command.join(' ')}' to succeed, to measure it: ${seen}`);
  }
}

export class GnuTimeMissing extends Error {
  override readonly name = 'GnuTimeMissing';

  constructor() {
    super("Expected GNU time on PATH, which tells what a command used: 'apt-get install time', elsewhere 'brew install gnu-time' as time");
  }
}
