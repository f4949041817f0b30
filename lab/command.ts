import { execFile } from 'node:child_process';
import { promisify, types } from 'node:util';

const execute = promisify(execFile);

interface CommandOptions {
  /** Milliseconds before the command is killed. */
  readonly timeout?: number;
  readonly cwd?: string;
  /** The user that it runs as; root alone can choose. */
  readonly uid?: number;
  readonly gid?: number;
  /** Instead of this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs one program to its end and returns what it printed. Throws CommandFailed, also when it takes longer than 60 s or `timeout`. */
export async function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, ...options });
    return stdout;
  } catch (cause) {
    throw new CommandFailed(program, args, cause);
  }
}

/** Whether a program can be found on PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  return execute('sh', ['-c', 'command -v "$1"', 'sh', program]).then(
    () => true,
    () => false,
  );
}

export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(program: string, args: readonly string[], cause: unknown) {
    super(`Expected '${[program, ...args].join(' ')}' to succeed: ${lastWords(cause)}`, { cause });
  }
}

function lastWords(cause: unknown): string {
  const stderr = types.isNativeError(cause) && 'stderr' in cause ? String(cause.stderr).trim() : '';
  return stderr.split('\n').slice(-3).join('; ') || (types.isNativeError(cause) ? cause.message : String(cause));
}
