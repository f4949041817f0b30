import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabaseRepository } from '../../demo/database-repository.ts';
import { createApplicationRepository } from '../../demo/repository.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { Secret } from '../../domain/secret.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type LocalGitHub, startLocalGitHub } from '../../lab/github/server.ts';
import { databaseImage, type ImageSource, type LabImage, nodeImage, routerImage } from '../../lab/images.ts';
import { createLabNetwork } from '../../lab/network.ts';
import { freePort, startRegistry } from '../../lab/registry.ts';
import { type DevServer, startDevServer } from '../../temporal/dev-server.ts';
import { searchAttributeTypes } from '../../temporal/search-attributes.ts';
import { until } from './temporal.ts';

const CLI = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const TOKENS = { dev: 'tdg_dev-token-of-the-test-0123456789abcdef', rita: 'tdg_rita-token-of-the-test-0123456789abcde' };
const GITHUB_TOKEN = 'github-token-of-the-test';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The whole product on real parts, each of its processes apart so that a test can kill it. Compiled by `npm test` beforehand. */
export class TidegateLab {
  readonly engines: Record<string, LabEngine> = {};
  commits: Record<string, string> = {};
  /** The registry's address, `HOST:PORT`. */
  registry = '';
  github!: LocalGitHub;
  #temporal: DevServer | undefined;
  #ports = { temporal: 0, server: 0 };
  readonly #processes = new Map<string, ChildProcess>();
  #said = '';
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly directory: string,
    private readonly application: LabApplication,
  ) {}

  static async start(application: LabApplication = SHOP): Promise<TidegateLab> {
    const lab = new TidegateLab(await mkdtemp(join(tmpdir(), 'tidegate-e2e-')), application);
    try {
      await lab.#build();
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  async #build(): Promise<void> {
    const { directory } = this;
    this.#closers.push(() => rm(directory, { recursive: true, force: true }));
    const network = await createLabNetwork({ directory });
    this.#closers.push(() => network.close());
    const registry = await startRegistry({ directory, address: network.gateway });
    this.registry = registry.address;
    this.#closers.push(() => registry.stop());
    for (const name of ['staging-1', 'production-1']) {
      const engine = await startEngine({ name, directory, network, registries: [registry.address] });
      this.engines[name] = engine;
      this.#closers.push(() => engine.stop({ remove: true }));
    }
    const source = { registry: registry.address, cache: join(homedir(), '.cache', 'tidegate') };
    const router = await routerImage(source);
    const repository = join(directory, this.application.name);
    this.commits = await this.application.create(repository, source);
    this.github = await startLocalGitHub({ token: new Secret(GITHUB_TOKEN) });
    this.#closers.push(() => this.github.stop());
    this.#ports = { temporal: await freePort('127.0.0.1'), server: await freePort('127.0.0.1') };
    this.#closers.push(async () => this.#temporal?.stop());
    await this.#configure(registry.address, nameOf(router), repository);
    await this.startTemporal();
  }

  async #configure(registry: string, router: string, repository: string): Promise<void> {
    const hosts = Object.values(this.engines).map(({ name, docker, address }) => ({ name, docker, address }));
    const approval = { approvers: ['rita'], count: 1, excludeInitiator: true, deadline: '1h' };
    const installation = {
      version: 1,
      installation: 'e2e',
      server: { address: '127.0.0.1', port: this.#ports.server },
      temporal: { address: `127.0.0.1:${this.#ports.temporal}` },
      registries: [{ name: 'main', address: registry, plainHttp: true }],
      router: { image: router, port: 8080 },
      hosts,
      build: { host: 'staging-1' },
      applications: [
        { name: this.application.name, source: { git: repository }, pipeline: 'pipeline.yaml', github: { repository: 'acme/shop' } },
      ],
      environments: [
        { name: 'staging', hosts: ['staging-1'], bake: '5s' },
        { name: 'production', hosts: ['production-1'], bake: '1h', protection: { approval } },
      ],
      github: { api: this.github.url, token: '${env:TEST_GITHUB_TOKEN}' },
      people: [
        { name: 'dev', token: '${env:TEST_DEV_TOKEN}' },
        { name: 'rita', token: '${env:TEST_RITA_TOKEN}' },
      ],
    };
    // JSON is YAML.
    await writeFile(join(this.directory, 'tidegate.yaml'), JSON.stringify(installation, undefined, 2));
  }

  async startTemporal(): Promise<void> {
    const executable = process.env['TIDEGATE_TEMPORAL_CLI'] ?? 'temporal';
    const directory = join(this.directory, 'temporal');
    await mkdir(directory, { recursive: true });
    this.#temporal = await startDevServer({
      directory,
      executable,
      port: this.#ports.temporal,
      headless: true,
      searchAttributes: searchAttributeTypes(),
    });
  }

  async stopTemporal(): Promise<void> {
    await this.#temporal?.stop();
  }

  /** Starts `tidegate server` or `tidegate worker` and returns when it says that it is ready. */
  async startProcess(verb: 'server' | 'worker'): Promise<void> {
    const child = spawn(process.execPath, [CLI, verb, '--config', join(this.directory, 'tidegate.yaml')], {
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#processes.set(verb, child);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        this.#said += `${verb}: ${chunk.toString()}`;
      });
    await until(
      async () => `${child.exitCode ?? ''}${said}`,
      (text) => text.includes(verb === 'server' ? 'listens on' : 'works for'),
      100_000,
    );
  }

  /** SIGKILL: nothing of the process gets to tidy up. */
  async killProcess(verb: 'server' | 'worker'): Promise<void> {
    const child = this.#processes.get(verb);
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    this.#processes.delete(verb);
  }

  /** One command as a person types it. */
  async run(person: keyof typeof TOKENS, ...args: string[]): Promise<Ran> {
    const env = { ...this.#environment(), TIDEGATE_TOKEN: TOKENS[person], TIDEGATE_URL: `http://127.0.0.1:${this.#ports.server}` };
    const child = spawn(process.execPath, [CLI, ...args], { cwd: this.directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>]);
    return { code, out, err };
  }

  async status(release: number): Promise<ReleaseStatus> {
    const { code, out, err } = await this.run('dev', 'status', `${this.application.name}#${release}`, '--json');
    if (code > 5 || out === '') throw new StatusUnknown(err);
    return JSON.parse(out) as ReleaseStatus;
  }

  /** A request as a user of production sends it, and which deployment answered. */
  async ask(
    host: string,
    path = '/',
    { method = 'GET', body = '' }: { readonly method?: string; readonly body?: string } = {},
  ): Promise<{ readonly status: number; readonly identity: string | undefined; readonly body: string }> {
    const { address } = this.engines[host] ?? {};
    const headers = { host: `${this.application.name}.production.localhost` };
    const [answer] = (await once(request({ host: address, port: 8080, path, method, headers, timeout: 10_000 }).end(body), 'response')) as [
      IncomingMessage,
    ];
    const identity = answer.headers['x-tidegate-deployment'];
    return { status: answer.statusCode ?? 0, identity: typeof identity === 'string' ? identity : undefined, body: await text(answer) };
  }

  /** Stops every part although one of them will not, and then says which. */
  async stop(): Promise<void> {
    for (const child of this.#processes.values()) child.kill('SIGKILL');
    const failures: unknown[] = [];
    for (const close of [...this.#closers].reverse()) await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `Not all parts of ${this.directory} stopped`);
  }

  /** What the processes said last, for a test that fails. */
  said(): string {
    return this.#said.slice(-4_000);
  }

  #environment(): Record<string, string> {
    const { PATH = '', HOME = '' } = process.env;
    return {
      PATH,
      HOME,
      TEST_GITHUB_TOKEN: GITHUB_TOKEN,
      TEST_DEV_TOKEN: TOKENS.dev,
      TEST_RITA_TOKEN: TOKENS.rita,
      ...this.application.environment,
    };
  }
}

/** What is released in a lab, and how its repository is made. */
export interface LabApplication {
  readonly name: string;
  /** Returns its commits. */
  readonly create: (directory: string, source: ImageSource) => Promise<Readonly<Record<string, string>>>;
  /** For references to secrets in its pipeline. */
  readonly environment?: Readonly<Record<string, string>>;
}

const SHOP: LabApplication = {
  name: 'shop',
  create: async (directory, source) =>
    (await createApplicationRepository({ directory, baseImage: nameOf(await nodeImage(source)) })).commits,
};

/** A web tier, a worker and PostgreSQL, with migrations. */
export const ORDERS: LabApplication = {
  name: 'orders',
  create: async (directory, source) => {
    // Asked for so that it is in the registry: releases are given it.
    await databaseImage(source);
    return createDatabaseRepository({ directory, baseImage: nameOf(await nodeImage(source)) });
  },
  environment: { ORDERS_PASSWORD: 'a-password-of-the-test' },
};

function nameOf({ reference, digest }: LabImage): string {
  return `${reference}@${digest}`;
}

/** `tidegate status` had nothing to show; a person would ask again where it says so. */
class StatusUnknown extends Error {
  override readonly name: string;

  constructor(said: string) {
    super(`status failed: ${said}`);
    this.name = said.includes('No worker') ? 'WorkerUnavailable' : 'StatusUnknown';
  }
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let whole = '';
  for await (const chunk of stream ?? []) whole += chunk.toString();
  return whole;
}
