import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { runCommand } from '../../lab/command.ts';
import type { LabEngine } from '../../lab/engine.ts';
import { type LabImage, nodeImage } from '../../lab/images.ts';
import { LabInstallation, ROUTER_PORT } from '../../lab/installation.ts';
import { until } from '../../lab/until.ts';
import { pipelineOf, type Version } from './pipeline.ts';
import { Processes } from './processes.ts';

export interface SiteOptions {
  readonly hosts: number;
  /** How long the previous version stays warm. */
  readonly bake: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const TOKEN = 'tdg_bench-token-0123456789abcdef0123456789';
const RELEASE_MS = 180_000;
const SERVER_BACK_MS = 30_000;

/** The whole product on real parts: Temporal, a server, a worker, a registry, and engines that are hosts of their own. */
export class BenchSite {
  readonly processes: Processes;
  client!: Client;
  node!: LabImage;

  private constructor(
    private readonly options: SiteOptions,
    private readonly installation: LabInstallation,
  ) {
    this.processes = new Processes(installation.file, { ...options.environment, BENCH_TOKEN: TOKEN });
  }

  static async start(options: SiteOptions): Promise<BenchSite> {
    const hosts = Array.from({ length: options.hosts }, (_, index) => `production-${index + 1}`);
    const temporal = options.environment.TEMPORAL_CLI ?? 'temporal';
    const site = new BenchSite(options, await LabInstallation.start({ prefix: 'tidegate-bench-site-', hosts, temporal }));
    try {
      await site.#build();
    } catch (error) {
      await site.stop();
      throw error;
    }
    return site;
  }

  get directory(): string {
    return this.installation.directory;
  }

  get engines(): readonly LabEngine[] {
    return Object.values(this.installation.engines);
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

  /** What production says of itself, also after its server has been away. */
  async environment(): Promise<EnvironmentStatus> {
    let status: EnvironmentStatus | undefined;
    await until('an answer about production', SERVER_BACK_MS, async () => {
      status = await this.#ask<EnvironmentStatus>('/applications/shop/environments/production').catch(() => undefined);
      return status !== undefined;
    });
    if (status === undefined) throw new Error('Production said nothing of itself');
    return status;
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
    await this.installation.stop();
  }

  async #build(): Promise<void> {
    const { installation } = this;
    this.node = await nodeImage({ registry: installation.registry });
    await this.#configure();
    await installation.startTemporal();
    const connection = await Connection.connect({ address: installation.temporalAddress });
    installation.onStop(() => connection.close());
    this.client = new Client({ connection });
    await Promise.all([this.processes.startServer(), this.processes.startWorker()]);
  }

  async #configure(): Promise<void> {
    const { installation, options } = this;
    const repository = join(this.directory, 'shop');
    await mkdir(repository);
    await writeFile(join(repository, 'pipeline.yaml'), '');
    await runCommand('git', ['init', '--quiet'], { cwd: repository });
    await runCommand('git', ['add', '.'], { cwd: repository });
    await installation.configure({
      installation: 'bench',
      build: { host: 'production-1' },
      applications: [{ name: 'shop', source: { git: repository } }],
      environments: [{ name: 'production', hosts: Object.keys(installation.engines), bake: options.bake }],
      people: [{ name: 'bench', token: '${env:BENCH_TOKEN}' }],
    });
  }

  async #ask<Answer>(path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const init = {
      headers,
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    };
    const answer = await fetch(`${this.installation.serverUrl}/api/v1${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Answer;
  }
}
