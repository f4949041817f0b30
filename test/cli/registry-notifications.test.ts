import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DrainThread } from '../../cli/processes/drain-thread.ts';
import type { ServerStart } from '../../cli/processes/start-server.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import { makeHistory } from '../../demo/git-history.ts';
import { DSSE_ENVELOPE } from '../../domain/trust/evidence.ts';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { freePort, type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { connectInbox } from '../../worker/connect-ledger.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { digestOfBytes, Pusher, TYPES } from '../support/pushed-images.ts';
import { eachRegistry } from '../support/registry-tools.ts';
import { Signer, statement } from '../support/signed.ts';
import { startTemporal } from '../support/temporal.ts';

const SECRET = 'the-secret-that-registries-tell-by';
const PATIENT_MS = 60_000;
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const UNDER_TEST = eachRegistry().map((registry, index) => ({ ...registry, name: `registry-${index + 1}` }));

let folder: string;
let temporal: Awaited<ReturnType<typeof startTemporal>>;
let cli: CompiledCli;
let server: ChildProcess;
let url: string;
const registries = new Map<string, LabRegistry>();
/** Of each application's repository, oldest first. */
const commits = new Map<string, readonly string[]>();
/** What signs provenance for all of them. */
const ci = new Signer('ci');

// A server, Temporal without a worker, and every registry that there is, each of an application of its own.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-notifications-'));
  [temporal, cli] = await Promise.all([startTemporal('dev'), CompiledCli.compile()]);
  const port = await freePort('127.0.0.1');
  url = `http://127.0.0.1:${port}`;
  for (const { name, program } of UNDER_TEST) {
    const tells = { url: `${url}/webhooks/images/${name}`, secret: SECRET };
    registries.set(name, await startRegistry({ directory: join(folder, name), address: '127.0.0.1', program, tells }));
    for (const application of applicationsOf(name)) {
      const history = ['first', 'second', 'third'].map((message, day) => ({
        message,
        at: `2026-01-0${day + 1}T09:00:00Z`,
        tree: pipelineOf(name, application),
      }));
      commits.set(application, await makeHistory(join(folder, `${application}.git`), history));
    }
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

/** One whose images nobody signs, and one whose environment asks for provenance. */
function applicationsOf(registry: string): readonly string[] {
  return [registry, `${registry}-signed`];
}

function pipelineOf(registry: string, application: string): Map<string, Buffer> {
  const isSigned = application !== registry;
  const deploy = { name: 'deploy', kind: 'deploy', environment: isSigned ? 'guarded' : 'production' };
  const pipeline = {
    version: 1,
    application,
    components: { web: { registry, repository: isSigned ? 'team/signed' : 'team/web' } },
    stages: [deploy],
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
    applications: UNDER_TEST.flatMap(({ name }) =>
      applicationsOf(name).map((application) => ({
        name: application,
        source: { git: `./${application}.git` },
        github: { repository: `acme/${application}` },
        triggers: [{ on: 'image', from: name, tags: ['v*'] }],
      })),
    ),
    environments: [
      { name: 'production', hosts: ['nowhere'] },
      { name: 'guarded', hosts: ['nowhere'], protection: { trust: 'built' } },
    ],
    github: { token: '${env:TEST_SECRET}' },
    trust: {
      keys: [{ name: 'ci', pem: ci.key.pem }],
      policies: [{ name: 'built', attestations: [{ predicateType: PROVENANCE, keys: ['ci'] }] }],
    },
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

  it('becomes a release of the commit that it says itself where nothing is signed, once git has that', async () => {
    const [first = '', second = ''] = commits.get(name) ?? [];
    const pusher = new Pusher(registries.get(name)?.address ?? '', 'team/web');
    await pusher.image(`${name} labelled`, [10], { tag: 'v3', labels: labelsOf(name, first) });
    const started = await releasedAt(name, name, first, 'its label');
    expect([started.includes(first), started.includes(second)]).toEqual([true, false]);
  }, 120_000);

  it('becomes a release of the commit that is signed, before the one that it says itself, and is refused for another one', async () => {
    const application = `${name}-signed`;
    const [first = '', second = '', third = ''] = commits.get(application) ?? [];
    const pusher = new Pusher(registries.get(name)?.address ?? '', 'team/signed');
    // It is told of before its builder has signed anything.
    const { digest } = await pusher.image(`${name} attested`, [10], { labels: labelsOf(application, first), tag: 'v1' });
    await until('the delivery to wait for provenance', PATIENT_MS, async () =>
      (await told(name)).some(({ detail }) => detail.includes(`web of ${application} has no provenance yet`)),
    );
    await attest(pusher, digest, { uri: `git+https://github.com/acme/${application}@refs/heads/main`, digest: { gitCommit: second } });
    const started = await releasedAt(name, application, second, 'provenance that ci signed');
    expect([started.includes(first), started.includes(second)]).toEqual([false, true]);

    // Whoever gives it for another commit is told what was expected and seen, and nothing is made.
    const image = `${pusher.repository}@${digest}`;
    const seen = `was built from ${second} of github.com/acme/${application}, by provenance that ci signed, and is given for ${third}`;
    expect(await give(application, third, image)).toEqual({ status: 422, text: expect.stringContaining(`web of ${application} ${seen}`) });
    expect(await give(application, second, image)).toMatchObject({ status: 200 });
  }, 120_000);
});

function labelsOf(application: string, commit: string) {
  return { 'org.opencontainers.image.source': `https://github.com/acme/${application}`, 'org.opencontainers.image.revision': commit };
}

/** What the release of an image was started with, once its commit was found out. */
async function releasedAt(name: string, application: string, commit: string, by: string): Promise<string> {
  const end = ` of ${application}, of ${commit.slice(0, 12)} by ${by}`;
  const find = async () => (await made(name)).find((one) => one.endsWith(end));
  await until(`a release of ${commit} by ${by}`, PATIENT_MS, async () => (await find()) !== undefined);
  const [, number] = /^release (\d+) /.exec((await find()) ?? '') ?? [];
  return startedWith(releaseWorkflowId(application, Number(number)));
}

/** Attaches provenance as `cosign attest --key` did before version 3. */
async function attest(pusher: Pusher, digest: string, source: object): Promise<void> {
  const predicate = { buildDefinition: { resolvedDependencies: [source] } };
  const envelope = Buffer.from(JSON.stringify(ci.envelope(statement(digest, PROVENANCE, { predicate }))));
  const layers = [await pusher.blob(envelope, DSSE_ENVELOPE)];
  const config = await pusher.blob(Buffer.from('{}'), TYPES.config);
  await pusher.manifest({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers }, TYPES.manifest, `${digest.replace(':', '-')}.att`);
}

async function give(application: string, commit: string, image: string): Promise<{ readonly status: number; readonly text: string }> {
  const { token } = JSON.parse(await readFile(join(folder, 'data/connection.json'), 'utf8')) as { token: string };
  const answer = await fetch(`${url}/api/v1/releases`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ application, commit, images: { web: image } }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** The thread as it is, with what befalls it: it is told by the file `fate` in the installation's folder, whatever it is at. */
const FATED = (real: string) => `import { existsSync, readFileSync, rmSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
const fate = new URL('fate', import.meta.url);
setInterval(() => {
  if (!existsSync(fate)) return;
  const eats = readFileSync(fate, 'utf8') === 'eats';
  rmSync(fate);
  for (const eaten = []; ; ) if (eats) eaten.push(new Array(1e5).fill(eaten.length + 0.5));
}, 1);
await import(${JSON.stringify(real)});
`;

describe('the thread that takes them on', () => {
  const logged: { readonly message: string; readonly err?: { readonly code?: string } }[] = [];
  const saw = (what: RegExp) => logged.some(({ message, err }) => what.test(`${message} ${err?.code ?? ''}`));
  const [{ name = '' } = {}] = UNDER_TEST;

  it('runs out of its memory and hangs, and each time what came is taken on afterwards, once', async () => {
    const gone = once(server, 'exit');
    server.kill();
    await gone;
    const installation = await loadInstallation(join(folder, 'tidegate.yaml'));
    const process = { variables: { TEST_SECRET: SECRET }, docker: {} } as unknown as ServerStart['process'];
    const inbox = await connectInbox(installation, process);
    const worker = join(folder, 'fated.mjs');
    await writeFile(worker, FATED(pathToFileURL(join(cli.folder, 'cli/processes/drain-inside.js')).href));
    const start = {
      installation,
      temporal: { address: temporal.address, namespace: 'default' },
      process,
      version: '0',
      logTo: { file: join(folder, 'log') },
    };
    const log = { info: () => undefined, error: (facts: object, message: string) => void logged.push({ ...facts, message }) };
    const timing = { soonestMs: 100, latestMs: 1_000, beginsMs: PATIENT_MS, silentMs: 8_000, limits: { maxOldGenerationSizeMb: 128 } };
    const thread = new DrainThread(start, log, { worker: pathToFileURL(worker), ...timing });
    const states = async () => (await inbox.list({ limit: 200 })).deliveries.filter(({ id }) => id.startsWith('fated-'));
    const numberOf = ({ detail = '' }: { readonly detail?: string }) => Number(/^release (\d+) of/.exec(detail)?.[1] ?? 0);
    const newest = Math.max(
      ...(await inbox.list({ limit: 200 })).deliveries.filter(({ source }) => source === `images/${name}`).map(numberOf),
    );
    const pusher = new Pusher(registries.get(name)?.address ?? '', 'team/web');
    const receive = async (tag: string) => {
      const { digest, mediaType } = await pusher.image(`fated ${tag}`, [10], { tag });
      const events = [{ action: 'push', target: { mediaType, repository: 'team/web', digest, tag } }];
      const sent = { source: `images/${name}`, event: '', contentType: 'application/json', body: JSON.stringify({ events }) };
      await inbox.receive({ ...sent, id: `fated-${tag}` });
      return digest;
    };
    try {
      const digests: string[] = [];
      for (const [turn, fate] of ['eats', 'hangs'].entries()) {
        for (const part of [1, 2, 3, 4]) digests.push(await receive(`v9.${turn}.${part}`));
        const before = (await states()).filter(({ state }) => state === 'done').length;
        thread.wake();
        await until(
          'the first of them to be done',
          PATIENT_MS,
          async () => (await states()).filter(({ state }) => state === 'done').length > before,
        );
        await writeFile(join(folder, 'fate'), fate);
        await until(`it ${fate}`, PATIENT_MS, async () =>
          saw(fate === 'eats' ? /ended ERR_WORKER_OUT_OF_MEMORY/ : /does nothing any more/),
        );
        await until('all of them to be done', PATIENT_MS, async () => (await states()).every(({ state }) => state === 'done'));
      }
      const numbers = (await states()).map(numberOf).toSorted((one, other) => one - other);
      expect(numbers).toEqual(digests.map((_, index) => newest + 1 + index));
      for (const [index, digest] of digests.entries())
        expect(await startedWith(releaseWorkflowId(name, newest + 1 + index))).toContain(digest);
      await expect(startedWith(releaseWorkflowId(name, newest + digests.length + 1))).rejects.toThrow(/not found/i);
    } finally {
      await thread.stop();
      inbox.close();
    }
  }, 240_000);
});
