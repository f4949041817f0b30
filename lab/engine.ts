import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import Docker from 'dockerode';
import { endProcess, identifyProcess, isRunning, type ProcessIdentity, signalProcess } from '../temporal/process-identity.ts';
import { runCommand } from './command.ts';
import { identityOf, removeEngineRemains, socketOf } from './engine-remains.ts';
import { EngineGone, lastLine, type Supervisor, startSupervisor } from './engine-supervisor.ts';
import type { LabNetwork } from './network.ts';
import { until } from './until.ts';

/** A real Docker engine that behaves as a host of its own: own network, own iptables, own published ports. */
export interface LabEngine {
  readonly name: string;
  /** `unix:///…/NAME.sock` */
  readonly docker: string;
  /** The host's own address: a published port is reached at `address:port`. */
  readonly address: string;
  /** dockerd's process id; another one after `restart()`. */
  readonly pid: number;
  /** A process in the engine's network namespace that outlives dockerd: `nsenter --net=/proc/PID/ns/net …`. */
  readonly namespacePid: number;
  /** SIGKILL to dockerd, as a crash; its containers go on. Returns when it is dead. */
  kill(): Promise<void>;
  /** Starts dockerd again, after ending it in good order when it still runs; with live-restore, containers go on. Returns when it answers. */
  restart(): Promise<void>;
  /** Removes every container and process of the engine; with `remove`, its images and volumes too. Stopping twice does no harm. */
  stop(options?: { readonly remove?: boolean }): Promise<void>;
}

export interface LabEngineOptions {
  readonly name: string;
  /** The lab's folder; the engine keeps its things in `engines/NAME` there. */
  readonly directory: string;
  readonly network: LabNetwork;
  /** Plain HTTP registries, `HOST:PORT` or a network `10.x.y.0/24`. */
  readonly registries: readonly string[];
  /** Whether containers go on while dockerd is ended in good order and started again; true without it. */
  readonly liveRestore?: boolean;
}

/** Starts an engine and returns when it answers. Needs root on Linux. Throws EngineGone, NeverCame or CommandFailed. */
export async function startEngine(options: LabEngineOptions): Promise<LabEngine> {
  const directory = resolve(options.directory, 'engines', options.name);
  const [socket, address] = [socketOf(directory), options.network.nextAddress()];
  await mkdir(join(directory, 'etc'), { recursive: true });
  await writeFile(join(directory, 'etc', 'daemon.json'), '{}\n');
  const supervisor = await startSupervisor(directory, dockerCommand(directory, socket, options));
  try {
    await connect(supervisor.pid, address, options.network);
    const engine = new RunningEngine(options.name, directory, socket, address, supervisor);
    await engine.restart();
    return engine;
  } catch (error) {
    await removeEngineRemains(directory);
    throw error;
  }
}

function dockerCommand(directory: string, socket: string, { registries, liveRestore = true }: LabEngineOptions): string[] {
  return [
    'dockerd',
    ...['--config-file', join(directory, 'etc', 'daemon.json')],
    ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
    ...['--host', `unix://${socket}`, '--pidfile', join(directory, 'dockerd.pid')],
    ...(liveRestore ? ['--live-restore'] : []),
    ...['--shutdown-timeout', '5', '--group', '0'],
    ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/tidegate-lab-${identityOf(directory)}`],
    ...['--default-address-pool', 'base=172.30.0.0/16,size=24'],
    ...registries.flatMap((registry) => ['--insecure-registry', registry]),
  ];
}

/** One end of a veth pair goes to the bridge, the other becomes eth0 of the engine's network. */
async function connect(namespacePid: number, address: string, network: LabNetwork): Promise<void> {
  const here = `tgv${namespacePid.toString(36)}`;
  await runCommand('ip', ['link', 'add', here, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(namespacePid)]);
  await runCommand('ip', ['link', 'set', here, 'master', network.bridge, 'up']);
  const setup = `ip link set lo up; ip address add ${address}/24 dev eth0; ip link set eth0 up; ip route add default via ${network.gateway}`;
  await runCommand('nsenter', [`--net=/proc/${namespacePid}/ns/net`, 'sh', '-ec', setup]);
}

class RunningEngine implements LabEngine {
  readonly docker: string;
  #dockerd: ProcessIdentity | undefined;

  constructor(
    readonly name: string,
    private readonly directory: string,
    private readonly socket: string,
    readonly address: string,
    private readonly supervisor: Supervisor,
  ) {
    this.docker = `unix://${socket}`;
  }

  get pid(): number {
    return this.#dockerd?.pid ?? 0;
  }

  get namespacePid(): number {
    return this.supervisor.pid;
  }

  async kill(): Promise<void> {
    const dockerd = this.#dockerd;
    if (dockerd === undefined) return;
    signalProcess(dockerd.pid, 'SIGKILL');
    await until(`dockerd of ${this.name} to die`, 60_000, async () => !(await isRunning(dockerd)));
  }

  async restart(): Promise<void> {
    if (this.#dockerd !== undefined) await endProcess(this.#dockerd, 15_000);
    this.#dockerd = await identifyProcess(await this.supervisor.startDocker());
    await until(`the Docker engine ${this.name} to answer at ${this.docker}`, 60_000, () => this.#answers());
  }

  async stop({ remove = false }: { readonly remove?: boolean } = {}): Promise<void> {
    if (await isRunning(this.supervisor)) {
      if (this.#dockerd !== undefined && (await isRunning(this.#dockerd))) await this.#endInGoodOrder(this.#dockerd);
    }
    await removeEngineRemains(this.directory);
    if (remove) await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #answers(): Promise<boolean> {
    if (this.#dockerd === undefined || !(await isRunning(this.#dockerd))) throw new EngineGone(await lastLine(this.directory));
    if (!existsSync(this.socket)) return false;
    return this.#client(2_000)
      .ping()
      .then(
        () => true,
        () => false,
      );
  }

  async #endInGoodOrder(dockerd: ProcessIdentity): Promise<void> {
    const client = this.#client(30_000);
    const containers = await client.listContainers({ all: true });
    await Promise.all(containers.map(({ Id }) => client.getContainer(Id).remove({ force: true, v: true })));
    await endProcess(dockerd, 15_000);
  }

  #client(timeout: number): Docker {
    return new Docker({ socketPath: this.socket, timeout });
  }
}
