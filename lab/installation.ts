import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DevServer, startDevServer } from '../temporal/dev-server.ts';
import { searchAttributeTypes } from '../temporal/search-attributes.ts';
import { type LabEngine, startEngine } from './engine.ts';
import { type LabImage, routerImage } from './images.ts';
import { createLabNetwork } from './network.ts';
import { freePort, startRegistry } from './registry.ts';

/** Where routers of a lab listen on their hosts. */
export const ROUTER_PORT = 8080;

export interface LabInstallationOptions {
  /** Of the folder in the machine's own for what is temporary. */
  readonly prefix: string;
  /** An engine for each. */
  readonly hosts: readonly string[];
  /** Temporal's program. */
  readonly temporal: string;
}

/** What a whole installation stands on, on real parts: engines that are hosts of their own, a registry, Temporal, and its file. */
export class LabInstallation {
  readonly engines: Record<string, LabEngine> = {};
  /** `HOST:PORT` */
  registry = '';
  #router: LabImage | undefined;
  #temporal: DevServer | undefined;
  #ports = { temporal: 0, server: 0 };
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly directory: string,
    private readonly options: LabInstallationOptions,
  ) {}

  /** Everything but Temporal, which needs the ports that are known by then. What failed to start leaves nothing behind. */
  static async start(options: LabInstallationOptions): Promise<LabInstallation> {
    const installation = new LabInstallation(await mkdtemp(join(tmpdir(), options.prefix)), options);
    try {
      await installation.#build();
    } catch (error) {
      await installation.stop();
      throw error;
    }
    return installation;
  }

  /** Called when all stops, before what was there earlier. */
  onStop(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /** Writes tidegate.yaml: these parts, and what is the caller's own. */
  async configure(own: object): Promise<void> {
    const installation = {
      version: 1,
      server: { address: '127.0.0.1', port: this.#ports.server },
      temporal: { address: this.temporalAddress },
      registries: [{ name: 'main', address: this.registry, plainHttp: true }],
      router: { image: pinned(this.#router), port: ROUTER_PORT },
      hosts: Object.values(this.engines).map(({ name, docker, address }) => ({ name, docker, address })),
      ...own,
    };
    // JSON is YAML.
    await writeFile(this.file, JSON.stringify(installation, undefined, 2));
  }

  get file(): string {
    return join(this.directory, 'tidegate.yaml');
  }

  get serverUrl(): string {
    return `http://127.0.0.1:${this.#ports.server}`;
  }

  get temporalAddress(): string {
    return `127.0.0.1:${this.#ports.temporal}`;
  }

  /** At the same port and with the same contents each time. */
  async startTemporal(): Promise<void> {
    const [directory, executable] = [join(this.directory, 'temporal'), this.options.temporal];
    const { temporal: port } = this.#ports;
    this.#temporal = await startDevServer({ directory, executable, port, headless: true, searchAttributes: searchAttributeTypes() });
  }

  async stopTemporal(): Promise<void> {
    await this.#temporal?.stop();
  }

  /** Stops every part although one of them will not, and then says which. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of [...this.#closers].reverse()) await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `Not all parts of ${this.directory} stopped: ${failures.join('; ')}`);
  }

  async #build(): Promise<void> {
    const { directory } = this;
    this.onStop(() => rm(directory, { recursive: true, force: true }));
    const network = await createLabNetwork({ directory });
    this.onStop(() => network.close());
    const registry = await startRegistry({ directory, address: network.gateway });
    this.registry = registry.address;
    this.onStop(() => registry.stop());
    for (const name of this.options.hosts) {
      const engine = await startEngine({ name, directory, network, registries: [registry.address] });
      this.engines[name] = engine;
      this.onStop(() => engine.stop({ remove: true }));
    }
    this.#router = await routerImage({ registry: registry.address });
    this.#ports = { temporal: await freePort('127.0.0.1'), server: await freePort('127.0.0.1') };
    this.onStop(() => this.stopTemporal());
  }
}

/** The image by its digest, as installation and pipeline files name it. */
export function pinned(image: LabImage | undefined): string {
  return image === undefined ? '' : `${image.reference}@${image.digest}`;
}
