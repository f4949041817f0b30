import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeHistory } from '../../demo/git-history.ts';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { freePort, type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { digestOfBytes, Pusher } from '../support/pushed-images.ts';
import { eachRegistry } from '../support/registry-tools.ts';
import { startTemporal } from '../support/temporal.ts';

const SECRET = 'the-secret-that-registries-tell-by';
const PATIENT_MS = 60_000;
const UNDER_TEST = eachRegistry().map((registry, index) => ({ ...registry, name: `registry-${index + 1}` }));

let folder: string;
let temporal: Awaited<ReturnType<typeof startTemporal>>;
let cli: CompiledCli;
let server: ChildProcess;
let url: string;
const registries = new Map<string, LabRegistry>();

// A server, Temporal without a worker, and every registry that there is, each of an application of its own.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-notifications-'));
  [temporal, cli] = await Promise.all([startTemporal('dev'), CompiledCli.compile()]);
  const port = await freePort('127.0.0.1');
  url = `http://127.0.0.1:${port}`;
  for (const { name, program } of UNDER_TEST) {
    const tells = { url: `${url}/webhooks/images/${name}`, secret: SECRET };
    registries.set(name, await startRegistry({ directory: join(folder, name), address: '127.0.0.1', program, tells }));
    await makeHistory(join(folder, `${name}.git`), [{ message: 'first', at: '2026-01-01T09:00:00Z', tree: pipelineOf(name) }]);
  }
  await writeFile(join(folder, 'tidegate.yaml'), installation());
  server = spawn(process.execPath, [join(cli.folder, 'cli/main.js'), 'server', '--port', String(port)], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TEST_SECRET: SECRET },
    stdio: 'ignore',
  });
  await until('the server to be ready', PATIENT_MS, () =>
    fetch(`${url}/healthz`)
      .then(({ ok }) => ok)
      .catch(() => false),
  );
}, 120_000);
afterAll(async () => {
  const ended = server?.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined;
  server?.kill();
  await ended;
  for (const registry of registries.values()) await registry.stop();
  await temporal?.teardown();
  await cli?.remove();
  await rm(folder, { recursive: true, force: true });
});

function pipelineOf(application: string): Map<string, Buffer> {
  const production = { name: 'production', kind: 'deploy', environment: 'production' };
  const pipeline = {
    version: 1,
    application,
    components: { web: { registry: application, repository: 'team/web' } },
    stages: [production],
  };
  // JSON is YAML.
  return new Map([['pipeline.yaml', Buffer.from(JSON.stringify(pipeline))]]);
}

function installation(): string {
  return JSON.stringify({
    version: 1,
    installation: 'notifications',
    data: 'data',
    temporal: { address: temporal.address },
    registries: UNDER_TEST.map(({ name }) => ({ name, address: registries.get(name)?.address, plainHttp: true })),
    router: { image: `127.0.0.1:9/router@sha256:${'4'.repeat(64)}` },
    hosts: [{ name: 'nowhere', docker: 'unix:///nowhere/docker.sock' }],
    webhooks: UNDER_TEST.map(({ name }) => ({ name, kind: 'distribution', registry: name, secrets: ['${env:TEST_SECRET}'] })),
    applications: UNDER_TEST.map(({ name }) => ({
      name,
      source: { git: `./${name}.git` },
      triggers: [{ on: 'image', from: name, tags: ['v*'] }],
    })),
    environments: [{ name: 'production', hosts: ['nowhere'] }],
  });
}

async function ask<Answer>(path: string): Promise<Answer> {
  const { token } = JSON.parse(await readFile(join(folder, 'data/connection.json'), 'utf8')) as { token: string };
  const answer = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** What a workflow was started with, as it is in its history: no worker is there to be asked. */
async function startedWith(workflow: string): Promise<string> {
  const { events } = await temporal.client.workflow.getHandle(workflow).fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return payloads.map(({ data }) => Buffer.from(data ?? []).toString('utf8')).join();
}

interface Delivery {
  readonly source: string;
  readonly state: string;
  readonly detail: string;
}

const told = async (name: string) => {
  const { deliveries } = await ask<{ deliveries: readonly Delivery[] }>('/webhooks/deliveries?limit=200');
  return deliveries.filter(({ source }) => source === `images/${name}`);
};
const made = async (name: string) =>
  [...(await told(name))].reverse().flatMap(({ state, detail }) => (state === 'done' ? detail.split('; ') : []));

describe.each(UNDER_TEST)('what $title tells of', ({ name }) => {
  it('becomes a release by its digest, each image once, and neither its platforms nor what is said about it', async () => {
    const pusher = new Pusher(registries.get(name)?.address ?? '', 'team/web');
    const platforms = [await pusher.image(`${name} amd64`, [10]), await pusher.image(`${name} arm64`, [10], { architecture: 'arm64' })];
    const first = await pusher.index(platforms, 'v1');
    const signature = await pusher.image(`${name} signature`, [10], { tag: `${first.digest.replace(':', '-')}.sig`, subject: first });
    await pusher.referrer(first, 'application/vnd.example.sbom', 'what is in it');
    await pusher.index(platforms, 'v1');
    await pusher.index(platforms, 'latest');
    await new Pusher(pusher.registry, 'team/another').image('another', [10], { tag: 'v1' });
    const second = await pusher.image(`${name} second`, [10], { tag: 'v2' });
    await until('the second image to be a release, and all else to be settled', PATIENT_MS, async () => {
      const isSettled = (await told(name)).every(({ state }) => state !== 'waiting' && state !== 'failed');
      return isSettled && (await made(name)).some((one) => one.startsWith('release 2 '));
    });

    expect(await made(name)).toEqual([`release 1 of ${name}`, `release 1 of ${name}, which was there already`, `release 2 of ${name}`]);
    const imagesOf = (number: number) => startedWith(releaseWorkflowId(name, number));
    const [one, two] = [await imagesOf(1), await imagesOf(2)];
    expect([one.includes(first.digest), two.includes(second.digest)]).toEqual([true, true]);
    for (const { digest } of [...platforms, signature]) expect(one + two).not.toContain(digest);
    const states = (await told(name)).map(({ state }) => state);
    expect(states.filter((state) => state !== 'done' && state !== 'ignored')).toEqual([]);
    expect(digestOfBytes((await pusher.read('v1')) ?? Buffer.alloc(0))).toBe(first.digest);
  }, 120_000);
});
