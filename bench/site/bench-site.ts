import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { EnvironmentStatus } from '../../domain/environment.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { runCommand } from '../../lab/command.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type LabImage, nodeImage, routerImage } from '../../lab/images.ts';
import { createLabNetwork } from '../../lab/network.ts';
import { freePort, startRegistry } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { type DevServer, startDevServer } from '../../temporal/dev-server.ts';
import { searchAttributeTypes } from '../../temporal/search-attributes.ts';
import { pipelineOf, type Version } from './pipeline.ts';
import { Processes } from './processes.ts';

export interface SiteOptions {
  readonly hosts: number;
  /** How long the previous version stays warm. */
  readonly bake: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const ROUTER_PORT = 8080;
const TOKEN = 'tdg_bench-token-0123456789abcdef0123456789';
const RELEASE_MS = 180_000;

/** The whole product on real parts: Temporal, a server, a worker, a registry, and engines that are hosts of their own. */
export class BenchSite {
  readonly engines: LabEngine[] = [];
  readonly processes: Processes;
  client!: Client;
  node!: LabImage;
  #temporal: DevServer | undefined;
  #ports = { temporal: 0, server: 0 };
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly options: SiteOptions,
    readonly directory: string,
  ) {
    this.processes = new Processes(join(directory, 'tidegate.yaml'), { ...options.environment, BENCH_TOKEN: TOKEN });
  }

  static async start(options: SiteOptions): Promise<BenchSite> {
    const site = new BenchSite(options, await mkdtemp(join(tmpdir(), 'tidegate-bench-site-')));
    try {
      await site.#build();
    } catch (error) {
      await site.stop();
      throw error;
    }
    return site;
  }

  /** Where users reach the application on each host. */
  urls(): readonly string[] {
    return this.engines.map(({ address }) => `http://${address}:${ROUTER_PORT}/`);
  }

  /** Commits a version, makes a release of it, which begins to deploy at once, and returns its number. */
  async release(version: Version): Promise<number> {
    const repository = join(this.directory, 'shop');
    const { pathname } = new URL(`http://${this.node.reference}`);
    await writeFile(join(repository, 'pipeline.yaml'), pipelineOf(version, pathname.slice(1)));
    const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com'];
    await runCommand('git', [...who, 'commit', '--quiet', '--all', '--message', `version ${version.number}`], { cwd: repository });
    const images = { web: `${this.node.reference}@${this.node.digest}` };
    const { number } = await this.#ask<{ number: number }>('/releases', { application: 'shop', commit: 'HEAD', images });
    return number;
  }

  status(release: number): Promise<ReleaseStatus> {
    return this.#ask(`/applications/shop/releases/${release}`);
  }

  environment(): Promise<EnvironmentStatus> {
    return this.#ask('/applications/shop/environments/production');
  }

  rollback(): Promise<unknown> {
    return this.#ask('/applications/shop/environments/production/rollback', { reason: 'a measurement' });
  }

  /** Waits for the end of a release, also while its server is away. */
  async ended(release: number): Promise<ReleaseStatus> {
    let status: ReleaseStatus | undefined;
    await until(`the end of release ${release}`, RELEASE_MS, async () => {
      status = await this.status(release).catch(() => undefined);
      return status !== undefined && !['running', 'waiting'].includes(status.state);
    });
    if (status === undefined) throw new Error(`Release ${release} ended without a status`);
    return status;
  }

  /** Stops every part although one of them will not, and then says which. */
  async stop(): Promise<void> {
    await this.processes.stop();
    const failures: unknown[] = [];
    for (const close of [...this.#closers].reverse()) await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `Not all parts of ${this.directory} stopped`);
  }

  async #build(): Promise<void> {
    const { directory } = this;
    this.#closers.push(() => rm(directory, { recursive: true, force: true }));
    const network = await createLabNetwork({ directory });
    this.#closers.push(() => network.close());
    const registry = await startRegistry({ directory, address: network.gateway });
    this.#closers.push(() => registry.stop());
    for (let number = 1; number <= this.options.hosts; number += 1) {
      const engine = await startEngine({ name: `production-${number}`, directory, network, registries: [registry.address] });
      this.engines.push(engine);
      this.#closers.push(() => engine.stop({ remove: true }));
    }
    const router = await routerImage({ registry: registry.address });
    this.node = await nodeImage({ registry: registry.address });
    this.#ports = { temporal: await freePort('127.0.0.1'), server: await freePort('127.0.0.1') };
    await this.#configure(registry.address, `${router.reference}@${router.digest}`);
    await this.#startTemporal();
    await Promise.all([this.processes.startServer(), this.processes.startWorker()]);
  }

  async #configure(registry: string, router: string): Promise<void> {
    const repository = join(this.directory, 'shop');
    await mkdir(repository);
    await writeFile(join(repository, 'pipeline.yaml'), '');
    await runCommand('git', ['init', '--quiet'], { cwd: repository });
    await runCommand('git', ['add', '.'], { cwd: repository });
    const installation = {
      version: 1,
      installation: 'bench',
      server: { address: '127.0.0.1', port: this.#ports.server },
      temporal: { address: `127.0.0.1:${this.#ports.temporal}` },
      registries: [{ name: 'main', address: registry, plainHttp: true }],
      router: { image: router, port: ROUTER_PORT },
      hosts: this.engines.map(({ name, docker, address }) => ({ name, docker, address })),
      build: { host: 'production-1' },
      applications: [{ name: 'shop', source: { git: repository } }],
      environments: [{ name: 'production', hosts: this.engines.map(({ name }) => name), bake: this.options.bake }],
      people: [{ name: 'bench', token: '${env:BENCH_TOKEN}' }],
    };
    // JSON is YAML.
    await writeFile(join(this.directory, 'tidegate.yaml'), JSON.stringify(installation, undefined, 2));
  }

  async #startTemporal(): Promise<void> {
    const executable = this.options.environment.TEMPORAL_CLI ?? 'temporal';
    const directory = join(this.directory, 'temporal');
    const searchAttributes = searchAttributeTypes();
    this.#temporal = await startDevServer({ directory, executable, port: this.#ports.temporal, headless: true, searchAttributes });
    this.#closers.push(async () => this.#temporal?.stop());
    const connection = await Connection.connect({ address: this.#temporal.address });
    this.#closers.push(() => connection.close());
    this.client = new Client({ connection });
  }

  async #ask<Answer>(path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const init = {
      headers,
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    };
    const answer = await fetch(`http://127.0.0.1:${this.#ports.server}/api/v1${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Answer;
  }
}
