import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { access, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, isRunning, type ProcessIdentity } from '../temporal/process-identity.ts';
import { isInstalled, runCommand } from './command.ts';
import { until } from './until.ts';

/**
 * The parent of one engine. It lives in network and mount namespaces of its own, with a /run on memory as real hosts have; they vanish
 * with its last process: no veth, no mount and no iptables rule can be left behind. As subreaper it inherits and reaps what a killed dockerd leaves
 * (containerd, shims, containers), also where process 1 reaps nothing, and so its family is all there is to kill.
 */
export interface Supervisor extends ProcessIdentity {
  /** Starts dockerd, once the one before has ended; returns its process id. */
  startDocker(): Promise<number>;
}

/** The order pipe is opened for reading and writing, so that it never ends when a writer goes away. */
const SCRIPT = `
set -e
mount --bind "$1/etc" /etc/docker
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/containerd
cd "$1"; shift
touch ready
while read -r order; do
  [ "$order" = start ] || continue
  "$@" >>engine.log 2>&1 &
  echo $! >starting && mv starting docker.pid
  wait $! || true
done <>orders
`;

/** Starts the supervisor for the command that is this engine's dockerd. Throws CommandFailed, NeverCame with its log in mind. */
export async function startSupervisor(directory: string, command: readonly string[]): Promise<Supervisor> {
  await prepare(directory);
  const reaper = (await isInstalled('tini')) ? 'tini' : 'docker-init';
  const log = openSync(join(directory, 'engine.log'), 'a');
  const child = spawn(
    'unshare',
    ['--mount', '--net', '--propagation', 'slave', '--', reaper, '-s', '--', 'sh', '-c', SCRIPT, 'sh', directory, ...command],
    { detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const pid = await spawned(child);
  child.unref();
  const identity = await identifyProcess(pid);
  await writeFile(join(directory, 'supervisor.json'), JSON.stringify(identity));
  await until(`the namespaces of the engine in ${directory}`, 60_000, () => isReady(identity, directory));
  return { ...identity, startDocker: () => startDocker(directory) };
}

async function prepare(directory: string): Promise<void> {
  await mkdir(join(directory, 'etc'), { recursive: true });
  await mkdir('/etc/docker', { recursive: true });
  for (const stale of ['orders', 'ready', 'docker.pid']) await rm(join(directory, stale), { force: true });
  await runCommand('mkfifo', [join(directory, 'orders')]);
}

function spawned(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => (child.pid === undefined ? reject(new EngineGone('it has no process id')) : resolve(child.pid)));
  });
}

async function isReady(identity: ProcessIdentity, directory: string): Promise<boolean> {
  if (!(await isRunning(identity))) throw new EngineGone(await lastLine(directory));
  const [own, theirs] = await Promise.all([readlink('/proc/self/ns/net'), readlink(`/proc/${identity.pid}/ns/net`)]);
  return own !== theirs && (await exists(join(directory, 'ready')));
}

async function startDocker(directory: string): Promise<number> {
  const file = join(directory, 'docker.pid');
  await rm(file, { force: true });
  // Without a reader this fails at once instead of waiting for ever.
  const orders = openSync(join(directory, 'orders'), constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(orders, 'start\n');
  closeSync(orders);
  return until(`dockerd to be started in ${directory}`, 60_000, async () => (await exists(file)) && Number(await readFile(file, 'utf8')));
}

/** The end of the engine's own log: what a person must read when it does not start. */
export async function lastLine(directory: string): Promise<string> {
  const file = join(directory, 'engine.log');
  const text = (await exists(file)) ? await readFile(file, 'utf8') : '';
  return `${file} ends with: ${text.trim().split('\n').slice(-2).join(' | ') || '(nothing)'}`;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

export class EngineGone extends Error {
  override readonly name = 'EngineGone';

  constructor(lastWords: string) {
    super(`Expected the Docker engine of the lab to run, and it has ended; ${lastWords}`);
  }
}
