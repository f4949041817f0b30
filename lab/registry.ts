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

/** Starts a registry that keeps its blobs in `directory`/registry. `address` is an address of this machine, `HOST` or `HOST:PORT`. Throws RegistryNotStarted. */
export async function startRegistry(options: { readonly directory: string; readonly address: string }): Promise<LabRegistry> {
  const directory = resolve(options.directory, 'registry');
  const [host = '127.0.0.1', port = String(await freePort(host))] = options.address.split(':');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.yml'), configuration(`${host}:${port}`, directory));
  const registry = new RunningRegistry(`${host}:${port}`, directory);
  await registry.restart();
  return registry;
}

/** JSON is YAML, and needs no quoting rules. */
function configuration(address: string, directory: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(directory, 'blobs') }, delete: { enabled: true } },
    http: { addr: address },
    // Without it no image may name layers that are fetched elsewhere.
    validation: { manifests: { urls: { allow: ['^https?://'] } } },
  });
}

class RunningRegistry implements LabRegistry {
  #process: ProcessIdentity | undefined;

  constructor(
    readonly address: string,
    private readonly directory: string,
  ) {}

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = await this.#spawn();
    await until(`a registry to answer at ${this.address}`, 15_000, () => this.#answers());
  }

  async stop(): Promise<void> {
    if (this.#process !== undefined) await endProcess(this.#process);
    await endRecordedProcess(join(this.directory, '..'), 'registry');
  }

  async #spawn(): Promise<ProcessIdentity> {
    const program = (await isInstalled('docker-registry')) ? 'docker-registry' : 'registry';
    const log = openSync(join(this.directory, 'registry.log'), 'a');
    const child = spawn(program, ['serve', join(this.directory, 'config.yml')], { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    await new Promise<void>((done, failed) => {
      child.once('spawn', done);
      child.once('error', (cause) => failed(new RegistryNotStarted(program, cause.message, { cause })));
    });
    child.unref();
    return recordProcess(join(this.directory, '..'), 'registry', child.pid ?? 0);
  }

  async #answers(): Promise<boolean> {
    if (this.#process === undefined || !(await isRunning(this.#process))) throw new RegistryNotStarted('registry', await this.#lastLine());
    return fetch(`http://${this.address}/v2/`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
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
