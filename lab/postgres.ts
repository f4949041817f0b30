import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { freePort } from './registry.ts';
import { until } from './until.ts';

/** A PostgreSQL server of its own on a free loopback port, in the clear and without a password. */
export interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The server's process: for whoever stops it in the middle. */
  readonly process: ChildProcess;
  /** It is gone at once, with what was under way on its connections. */
  crash(): Promise<void>;
  /** It is back, with what was committed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Whether a commit waits for the disk, as it does where it matters; tests do without. */
  readonly safe?: boolean;
}

const USER = 'tidegate';
/** PostgreSQL refuses to run as root. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const START_MS = 60_000;

/** The folder of PostgreSQL's programs, Debian's newest or the one that TIDEGATE_POSTGRES names; undefined where there is none. */
export async function findPostgres(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'));
  const named = environment.TIDEGATE_POSTGRES;
  return [...(named ? [named] : []), ...folders].find((folder) => existsSync(join(folder, 'initdb')));
}

/** Starts a server from the programs in a folder. Throws CommandFailed, NeverCame. */
export async function startPostgres(programs: string, { safe = false }: PostgresOptions = {}): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-postgres-'));
  const owner = process.getuid?.() === 0 ? NOBODY : {};
  const data = join(folder, 'data');
  await giveAway(folder, owner);
  const initdb = ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--no-locale', ...(safe ? [] : ['--no-sync'])];
  await runAs(owner, join(programs, 'initdb'), initdb, folder);
  const port = await freePort('127.0.0.1');
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, ...(safe ? {} : { fsync: 'off' }) };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const launch = () => spawn(join(programs, 'postgres'), ['-D', data, ...options], { stdio: 'ignore', cwd: folder, ...owner });
  let server = launch();
  const stop = async (): Promise<void> => {
    // Fast shutdown: it does not wait for clients.
    await end(server, 'SIGINT');
    await rm(folder, { recursive: true, force: true });
  };
  const whenUp = () => until('PostgreSQL to answer', START_MS, () => answers(programs, port));
  try {
    await whenUp();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    user: USER,
    get process() {
      return server;
    },
    crash: () => end(server, 'SIGQUIT'),
    async restart() {
      server = launch();
      await whenUp();
    },
    stop,
  };
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode === null && server.signalCode === null && server.kill(signal)) await once(server, 'exit');
}

async function giveAway(folder: string, { uid, gid }: { readonly uid?: number; readonly gid?: number }): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
}

async function runAs(
  owner: { readonly uid?: number; readonly gid?: number },
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  await runCommand(program, args, { cwd, ...owner });
}

async function answers(programs: string, port: number): Promise<boolean> {
  return runCommand(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).then(
    () => true,
    () => false,
  );
}
