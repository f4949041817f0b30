import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../domain/secret.ts';
import { runCommand } from '../../lab/command.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../lab/github/server.ts';
import { freePort } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { startDevServer } from '../../temporal/dev-server.ts';
import { resolveTemporal } from '../../temporal/executable.ts';
import { searchAttributeTypes } from '../../temporal/search-attributes.ts';
import type { Variables } from '../running-up.ts';

export const REPOSITORY = { owner: 'bench', repo: 'shop' };
export const WEBHOOK_SECRET = 'the-webhook-secret-of-the-bench';

/** Tidegate's server, Temporal without a worker, and a GitHub with a branch for each commit. */
export interface WebhookLab {
  /** Where deliveries are sent. */
  readonly url: string;
  readonly commits: readonly string[];
  readonly github: LocalGitHub;
  /** SIGKILL, and after a moment another one on the same port. */
  killServer(): Promise<void>;
  /** Every release: its commit, as often as there is one. */
  released(): Promise<readonly string[]>;
  /** Deliveries by how they stand. */
  deliveries(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

const CLI = join(import.meta.dirname, '../../cli/main.js');
const TOKEN = 'the-github-token-of-the-bench';
const DOWN_MS = 500;
const START_MS = 60_000;

export async function startWebhookLab(count: number, environment: Variables): Promise<WebhookLab> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-webhooks-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const commits = await makeCommits(join(folder, 'source'), count);
    const github = await startLocalGitHub({ token: new Secret(TOKEN) });
    closers.push(() => github.stop());
    for (const [index, sha] of commits.entries())
      await github.push(REPOSITORY, { ref: `heads/change-${index}`, sha, by: { id: 7, login: 'rita' }, isTold: false });
    const { TEMPORAL_CLI, PATH } = environment;
    const temporal = await startDevServer({
      directory: join(folder, 'temporal'),
      executable: await resolveTemporal({ path: PATH ?? '', ...(TEMPORAL_CLI ? { configured: TEMPORAL_CLI } : {}) }),
      headless: true,
      searchAttributes: searchAttributeTypes(),
    });
    closers.push(() => temporal.stop());
    const port = await freePort('127.0.0.1');
    const base = `http://127.0.0.1:${port}`;
    await writeFile(join(folder, 'tidegate.yaml'), installation({ base, github: github.url, temporal: temporal.address }));
    github.addHook(REPOSITORY, { url: `${base}/webhooks/github`, secret: WEBHOOK_SECRET, events: ['push'] });
    const variables = { ...environment, BENCH_TOKEN: TOKEN, BENCH_SECRET: WEBHOOK_SECRET };
    const server = new Server(folder, port, variables);
    closers.push(() => server.end('SIGTERM'));
    await server.start(base);
    return {
      url: `${base}/webhooks/github`,
      commits,
      github,
      killServer: async () => {
        await server.end('SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
        await server.start(base);
      },
      released: () =>
        pages(base, folder, '/releases?limit=100', 'releases', 'cursor').then((all) => all.map(({ commit }) => String(commit))),
      deliveries: async () => {
        const all = await pages(base, folder, '/webhooks/deliveries?limit=200', 'deliveries', 'before');
        const counts: Record<string, number> = {};
        for (const { state } of all) counts[String(state)] = (counts[String(state)] ?? 0) + 1;
        return counts;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

class Server {
  #child: ChildProcess | undefined;

  constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly environment: Variables,
  ) {}

  async start(base: string): Promise<void> {
    const child = spawn(process.execPath, [CLI, 'server', '--port', String(this.port), '--json'], {
      cwd: this.folder,
      env: this.environment,
      stdio: 'ignore',
    });
    this.#child = child;
    await until('the server to be ready', START_MS, async () => {
      if (child.exitCode !== null) throw new Error(`tidegate server ended with exit code ${child.exitCode}`);
      return fetch(`${base}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

async function pages(base: string, folder: string, path: string, member: string, key: string): Promise<readonly Record<string, unknown>[]> {
  const { token } = JSON.parse(await readFile(join(folder, 'data', 'connection.json'), 'utf8')) as { token: string };
  const all: Record<string, unknown>[] = [];
  for (let next: unknown; ; ) {
    const more = next === undefined ? '' : `&${key}=${encodeURIComponent(String(next))}`;
    const answer = await fetch(`${base}/api/v1${path}${more}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as Record<string, unknown>;
    all.push(...(page[member] as Record<string, unknown>[]));
    next = page.next;
    if (next === undefined) return all;
  }
}

function installation(at: { readonly base: string; readonly github: string; readonly temporal: string }): string {
  return JSON.stringify({
    version: 1,
    installation: 'bench',
    data: 'data',
    server: { url: at.base },
    temporal: { address: at.temporal },
    registries: [{ name: 'main', address: '127.0.0.1:9', plainHttp: true }],
    router: { image: `127.0.0.1:9/tidegate/router@sha256:${'4'.repeat(64)}` },
    hosts: [{ name: 'nowhere', docker: 'unix:///nowhere/docker.sock' }],
    github: { api: at.github, token: '${env:BENCH_TOKEN}', webhooks: { secrets: ['${env:BENCH_SECRET}'] } },
    applications: [
      {
        name: 'shop',
        source: { git: './source' },
        github: { repository: `${REPOSITORY.owner}/${REPOSITORY.repo}` },
        triggers: [{ on: 'push', branches: ['**'] }],
      },
    ],
    environments: [{ name: 'production', hosts: ['nowhere'] }],
  });
}

const PIPELINE = JSON.stringify({
  version: 1,
  application: 'shop',
  components: { web: { repository: 'shop/web', build: { context: '.' } } },
  stages: [
    { name: 'build', kind: 'build' },
    { name: 'production', kind: 'deploy', needs: ['build'], environment: 'production' },
  ],
});

/** A commit on a branch of its own, each on top of the same first one. */
async function makeCommits(folder: string, count: number): Promise<readonly string[]> {
  await mkdir(folder);
  const git = (...words: string[]): Promise<string> => runCommand('git', words, { cwd: folder });
  await git('init', '--quiet', '--initial-branch', 'main');
  const stream = join(folder, '..', 'commits');
  await writeFile(stream, importStream(count));
  await runCommand('sh', ['-c', `git fast-import --quiet < '${stream}'`], { cwd: folder });
  const refs = await git('for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads');
  const byName = new Map(refs.split('\n').map((line) => line.split(' ') as [string, string]));
  return Array.from({ length: count }, (_, index) => byName.get(`change-${index}`) ?? '');
}

function importStream(count: number): string {
  const who = 'committer bench <bench@example.com> 1760000000 +0000';
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const first = `commit refs/heads/main\nmark :1\n${who}\n${data('first')}M 644 inline pipeline.yaml\n${data(PIPELINE)}`;
  const rest = Array.from(
    { length: count },
    (_, index) => `commit refs/heads/change-${index}\n${who}\n${data(`change ${index}`)}from :1\n\n`,
  );
  return [first, ...rest].join('');
}
