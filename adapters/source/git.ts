import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Secret } from '../../domain/secret.ts';

/** A user of a repository behind HTTPS. */
export interface GitCredential {
  readonly username: string;
  readonly password: Secret;
}

/** What git gets from its surroundings: PATH, HOME, SSH_AUTH_SOCK. */
export type GitEnvironment = Readonly<Record<string, string | undefined>>;

export interface GitOptions {
  readonly signal: AbortSignal;
  readonly environment: GitEnvironment;
  readonly credential?: GitCredential;
}

/** How git ended. */
export interface GitResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

type GitProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Runs git to its end in a repository's directory. Never asks anybody anything. Rejects when git cannot be run, or on abort. */
export async function runGit(directory: string, args: readonly string[], options: GitOptions): Promise<GitResult> {
  const child = startGit(directory, args, options);
  const [code, stdout, stderr] = await Promise.all([endOf(child), buffer(child.stdout), buffer(child.stderr)]);
  return { code, stdout, stderr: stderr.toString('utf8') };
}

/** Starts git and hands out its output as it comes. */
export function startGit(directory: string, args: readonly string[], options: GitOptions): GitProcess {
  return spawn('git', [...SAFETY, ...args], {
    cwd: directory,
    env: { ...options.environment, ...quiet(options.credential) },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
}

/** `git cat-file --batch` in a repository's directory: a name a line goes in, and objects come out. */
export function startGitBatch(directory: string, environment: GitEnvironment): ChildProcessByStdio<Writable, Readable, null> {
  const env = { ...environment, ...quiet(undefined) };
  return spawn('git', [...SAFETY, 'cat-file', '--batch'], { cwd: directory, env, stdio: ['pipe', 'pipe', 'ignore'] });
}

/** The exit code, or null after a signal. */
export function endOf(child: GitProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** An address may name a program to run (`ext::`), and a repository may bring hooks: neither is wanted. */
const SAFETY = ['-c', 'protocol.ext.allow=never', '-c', 'protocol.fd.allow=never', '-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0'];

/** Credentials go in by the environment, which other users of the machine cannot read, and not by arguments, which they can. */
function quiet(credential: GitCredential | undefined): Record<string, string> {
  const never = {
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    LC_ALL: 'C',
  };
  if (credential === undefined) return never;
  const basic = Buffer.from(`${credential.username}:${credential.password.reveal()}`).toString('base64');
  const header = { GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}` };
  // A header given this way would follow a redirect to any host.
  const stay = { GIT_CONFIG_KEY_1: 'http.followRedirects', GIT_CONFIG_VALUE_1: 'false' };
  return { ...never, GIT_CONFIG_COUNT: '2', ...header, ...stay };
}
