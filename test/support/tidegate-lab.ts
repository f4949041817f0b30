import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createDatabaseRepository } from '../../demo/database-repository.ts';
import { createApplicationRepository } from '../../demo/repository.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { Secret } from '../../domain/secret.ts';
import type { LabEngine } from '../../lab/engine.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../lab/github/server.ts';
import { databaseImage, type ImageSource, nodeImage } from '../../lab/images.ts';
import { LabInstallation, pinned, ROUTER_PORT } from '../../lab/installation.ts';
import { until } from './temporal.ts';

const CLI = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const TOKENS = { dev: 'tdg_dev-token-of-the-test-0123456789abcdef', rita: 'tdg_rita-token-of-the-test-0123456789abcde' };
const GITHUB_TOKEN = 'github-token-of-the-test';
const HOOK_SECRET = 'hook-secret-of-the-test';
const ON_GITHUB = { owner: 'acme', repo: 'shop' };

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The whole product on real parts, each of its processes apart so that a test can kill it. Compiled by `npm test` beforehand. */
export class TidegateLab {
  commits: Record<string, string> = {};
  github!: LocalGitHub;
  readonly #processes = new Map<string, ChildProcess>();
  #said = '';
  #follows: { readonly source?: string; readonly triggers?: readonly object[]; readonly webhooks?: object } = {};

  private constructor(
    private readonly installation: LabInstallation,
    private readonly application: LabApplication,
  ) {}

  static async start(application: LabApplication = SHOP): Promise<TidegateLab> {
    const { hosts = ['staging-1', 'production-1'] } = application;
    const temporal = process.env.TIDEGATE_TEMPORAL_CLI ?? 'temporal';
    const lab = new TidegateLab(await LabInstallation.start({ prefix: 'tidegate-e2e-', hosts, temporal }), application);
    try {
      await lab.#build();
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  get directory(): string {
    return this.installation.directory;
  }

  get engines(): Readonly<Record<string, LabEngine>> {
    return this.installation.engines;
  }

  /** The registry's address, `HOST:PORT`. */
  get registry(): string {
    return this.installation.registry;
  }

  /** `HOST:PORT` */
  get temporalAddress(): string {
    return this.installation.temporalAddress;
  }

  startTemporal(): Promise<void> {
    return this.installation.startTemporal();
  }

  stopTemporal(): Promise<void> {
    return this.installation.stopTemporal();
  }

  async #build(): Promise<void> {
    const { application, installation } = this;
    const repository = join(this.directory, application.name);
    this.commits = await application.create(repository, { registry: this.registry });
    this.github = await startLocalGitHub({ token: new Secret(GITHUB_TOKEN) });
    installation.onStop(() => this.github.stop());
    if (application.pushes !== undefined) this.#followPushes(repository, application.pushes);
    await installation.configure(this.#own(repository));
    await installation.startTemporal();
  }

  /** GitHub has the repository then, and tells of what is pushed to it. */
  #followPushes(repository: string, branch: string): void {
    const hook = { url: `${this.installation.serverUrl}/webhooks/github`, secret: HOOK_SECRET, events: ['push'] };
    this.github.showGit(ON_GITHUB, repository);
    this.github.addHook(ON_GITHUB, hook);
    this.#follows = {
      source: 'github',
      triggers: [{ on: 'push', branches: [branch] }],
      webhooks: { secrets: ['${env:TEST_HOOK_SECRET}'] },
    };
  }

  #own(repository: string): object {
    const { name, buildSecrets = {} } = this.application;
    const { source = { git: repository }, triggers = [], webhooks } = this.#follows;
    const hosts = Object.keys(this.engines);
    const hostsOf = (environment: string) => hosts.filter((host) => host.startsWith(environment));
    const approval = { approvers: ['rita'], count: 1, excludeInitiator: true, deadline: '1h' };
    const staging = { name: 'staging', hosts: hostsOf('staging'), bake: '5s' };
    const production = { name: 'production', hosts: hostsOf('production'), bake: '1h', protection: { approval } };
    return {
      installation: 'e2e',
      build: { host: hosts[0] },
      applications: [{ name, source, pipeline: 'pipeline.yaml', github: { repository: 'acme/shop' }, triggers, buildSecrets }],
      environments: staging.hosts.length === 0 ? [production] : [staging, production],
      github: { api: this.github.url, token: '${env:TEST_GITHUB_TOKEN}', ...(webhooks && { webhooks }) },
      people: [
        { name: 'dev', token: '${env:TEST_DEV_TOKEN}' },
        { name: 'rita', token: '${env:TEST_RITA_TOKEN}' },
      ],
    };
  }

  /** Starts `tidegate server` or `tidegate worker` and returns when it says that it is ready. */
  async startProcess(verb: 'server' | 'worker'): Promise<void> {
    const child = spawn(process.execPath, [CLI, verb, '--config', this.installation.file], {
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
    const env = { ...this.#environment(), TIDEGATE_TOKEN: TOKENS[person], TIDEGATE_URL: this.installation.serverUrl };
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
    const [answer] = (await once(
      request({ host: address, port: ROUTER_PORT, path, method, headers, timeout: 10_000 }).end(body),
      'response',
    )) as [IncomingMessage];
    const identity = answer.headers['x-tidegate-deployment'];
    return { status: answer.statusCode ?? 0, identity: typeof identity === 'string' ? identity : undefined, body: await text(answer) };
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.values()) child.kill('SIGKILL');
    await this.installation.stop();
  }

  /** What the processes said last, for a test that fails. */
  said(characters = 4_000): string {
    return this.#said.slice(-characters);
  }

  #environment(): Record<string, string> {
    const { PATH = '', HOME = '' } = process.env;
    return {
      PATH,
      HOME,
      TEST_GITHUB_TOKEN: GITHUB_TOKEN,
      TEST_HOOK_SECRET: HOOK_SECRET,
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
  /** Where it is released to; each belongs to the environment that its name begins with. */
  readonly hosts?: readonly string[];
  /** The branch whose pushes start releases, by webhooks of the local GitHub: its source comes through GitHub then, and by no path. */
  readonly pushes?: string;
  /** For references to secrets in its pipeline. */
  readonly environment?: Readonly<Record<string, string>>;
  /** References to the secrets of its builds, by id. */
  readonly buildSecrets?: Readonly<Record<string, string>>;
}

const SHOP: LabApplication = {
  name: 'shop',
  create: async (directory, source) =>
    (await createApplicationRepository({ directory, baseImage: pinned(await nodeImage(source)) })).commits,
};

/** A web tier, a worker and PostgreSQL, with migrations. */
export const ORDERS: LabApplication = {
  name: 'orders',
  create: async (directory, source) => {
    // Asked for so that it is in the registry: releases are given it.
    await databaseImage(source);
    return createDatabaseRepository({ directory, baseImage: pinned(await nodeImage(source)) });
  },
  environment: { ORDERS_PASSWORD: 'a-password-of-the-test' },
};

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
