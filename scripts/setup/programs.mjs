import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, join } from 'node:path';

/** The path of a program on PATH, or undefined. */
export function which(program, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program quietly to its end, at most ten minutes, and returns what it printed. Throws CommandFailed with the end of its output. */
export function run(program, args, { timeout = 600_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: AbortSignal.timeout(timeout), ...options });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.once('error', (cause) => reject(new CommandFailed(program, args, cause.message)));
    child.once('close', (code) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) resolve(text);
      else reject(new CommandFailed(program, args, shortened(text)));
    });
  });
}

/** What went wrong stands at one end of the output or the other. */
function shortened(text) {
  const lines = text.trim().split('\n');
  return lines.length <= 400 ? lines.join('\n') : [...lines.slice(0, 200), '…', ...lines.slice(-200)].join('\n');
}

/**
 * Runs a program in this one's place: same terminal, signals passed on, and its exit code returned. From a terminal both
 * get Ctrl-C at once, so only what else sends SIGINT has to be passed on.
 */
export function runInstead(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
    }
    child.once('error', (cause) => reject(new CommandFailed(program, args, cause.message)));
    child.once('close', (code, signal) => resolve(code ?? 128 + (system.signals[signal] ?? 0)));
  });
}

export class CommandFailed extends Error {
  name = 'CommandFailed';

  constructor(program, args, seen) {
    super(`Expected '${[program, ...args].join(' ')}' to succeed:\n${seen}`);
  }
}
