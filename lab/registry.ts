import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { endProcess, isRunning, type ProcessIdentity } from '../temporal/process-identity.ts';
import { isInstalled } from './command.ts';
import { endRecordedProcess, recordProcess } from './process-records.ts';
import { until } from './until.ts';

/** A real OCI registry (CNCF distribution) on plain HTTP. */
export interface LabRegistry {
  /** `HOST:PORT`, the same after a restart. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends it, when it runs, and starts it on the same port with the same contents. */
  restart(): Promise<void>;
}

export interface LabRegistryOptions {
  /** The lab's folder; the registry keeps its things in `registry` there. */
  readonly directory: string;
  /** An address of this machine, `HOST` or `HOST:PORT`. */
  readonly address: string;
  /** The registry to run, of distribution 2 or 3; unless given, Debian's `docker-registry`, else a `registry` on PATH. */
  readonly program?: string | undefined;
  /** Lets nobody in but LAB_USER. */
  readonly signIn?: boolean;
  /** Who is told of what is pushed, and by what it knows that the registry tells it. */
  readonly tells?: { readonly url: string; readonly secret: string };
}

/** Whom a registry with `signIn` lets in, by Basic authentication. */
export const LAB_USER = { username: 'robot', password: 'only-for-the-lab' };

/** The password's bcrypt hash, at the lowest cost, as `htpasswd -B` writes it. */
const LAB_USERS = `${LAB_USER.username}:$2y$05$uz/XGFi.gezd1cZ4GSc23.K3cs8h96.aETUy/vhIKhYKFYAPHtcRG\n`;

/** Starts a registry and returns when it answers. Throws RegistryNotStarted. */
export async function startRegistry(options: LabRegistryOptions): Promise<LabRegistry> {
  const directory = resolve(options.directory, 'registry');
  const [host = '127.0.0.1', port = String(await freePort(host))] = options.address.split(':');
  await mkdir(directory, { recursive: true });
  if (options.signIn) await writeFile(join(directory, 'users'), LAB_USERS);
  await writeFile(join(directory, 'config.yml'), configuration(`${host}:${port}`, directory, options));
  const program = options.program ?? ((await isInstalled('docker-registry')) ? 'docker-registry' : 'registry');
  const registry = new RunningRegistry(`${host}:${port}`, directory, program);
  await registry.restart();
  return registry;
}

/** JSON is YAML, and needs no quoting rules. */
function configuration(address: string, directory: string, { signIn, tells }: LabRegistryOptions): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(directory, 'blobs') }, delete: { enabled: true } },
    http: { addr: address },
    // Without it no image may name layers that are fetched elsewhere.
    validation: { manifests: { urls: { allow: ['^https?://'] } } },
    ...(tells && { notifications: { endpoints: [endpoint(tells)] } }),
    ...(signIn && { auth: { htpasswd: { realm: 'lab', path: join(directory, 'users') } } }),
  });
}

/** What cannot be told is told again: https://distribution.github.io/distribution/about/notifications/ */
function endpoint({ url, secret }: NonNullable<LabRegistryOptions['tells']>): object {
  const headers = { Authorization: [`Bearer ${secret}`] };
  return { name: 'told', url, headers, timeout: '10s', threshold: 3, backoff: '500ms' };
}

class RunningRegistry implements LabRegistry {
  #process: ProcessIdentity | undefined;

  constructor(
    readonly address: string,
    private readonly directory: string,
    private readonly program: string,
  ) {}

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = await this.#spawn();
    await until(`a registry to answer at ${this.address}`, 60_000, () => this.#answers());
  }

  async stop(): Promise<void> {
    if (this.#process !== undefined) await endProcess(this.#process);
    await endRecordedProcess(join(this.directory, '..'), 'registry');
  }

  async #spawn(): Promise<ProcessIdentity> {
    const log = openSync(join(this.directory, 'registry.log'), 'a');
    const child = spawn(this.program, ['serve', join(this.directory, 'config.yml')], {
      detached: true,
      stdio: ['ignore', log, log],
      // Version 3 would look for a collector of traces.
      env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
    });
    closeSync(log);
    await new Promise<void>((done, failed) => {
      child.once('spawn', done);
      child.once('error', (cause) => failed(new RegistryNotStarted(this.program, cause.message, { cause })));
    });
    child.unref();
    return recordProcess(join(this.directory, '..'), 'registry', child.pid ?? 0);
  }

  async #answers(): Promise<boolean> {
    if (this.#process === undefined || !(await isRunning(this.#process)))
      throw new RegistryNotStarted(this.program, await this.#lastLine());
    return fetch(`http://${this.address}/v2/`, { signal: AbortSignal.timeout(2_000) }).then(
      // Who has no password is answered too.
      (response) => response.ok || response.status === 401,
      () => false,
    );
  }

  async #lastLine(): Promise<string> {
    const file = join(this.directory, 'registry.log');
    return `${file} ends with: ${(await readFile(file, 'utf8')).trim().split('\n').at(-1) ?? ''}`;
  }
}

/** A port that was free a moment ago on this address. */
export function freePort(host: string): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => found(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

export class RegistryNotStarted extends Error {
  override readonly name = 'RegistryNotStarted';

  constructor(program: string, seen: string, options?: ErrorOptions) {
    super(`Expected '${program} serve' to start: ${seen}. On Debian it comes with 'apt-get install docker-registry'`, options);
  }
}
