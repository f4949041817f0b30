import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { Agent, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApplicationRepository, type ApplicationVersion, createApplicationRepository } from '../../demo/repository.ts';
import { until } from '../../lab/until.ts';
import { type ProcessUnderTest, startProcess } from './process-under-test.ts';

const VERSIONS: readonly ApplicationVersion[] = ['1', '2', '3'];

let directory: string;
let repository: ApplicationRepository;
let queue: string;
let started: ProcessUnderTest[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-application-'));
  repository = await createApplicationRepository({ directory: join(directory, 'repository'), baseImage: 'node:20' });
  for (const version of VERSIONS) await checkOut(version);
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  queue = await mkdtemp(join(directory, 'queue-'));
});

afterEach(async () => {
  await Promise.all(started.map((process) => process.stop()));
  started = [];
});

function sourcesOf(version: ApplicationVersion): string {
  return join(directory, `version-${version}`);
}

async function checkOut(version: ApplicationVersion): Promise<void> {
  await mkdir(sourcesOf(version));
  const words = ['-C', repository.path, '--work-tree', sourcesOf(version), 'checkout', '--force', repository.commits[version], '--', '.'];
  const [code] = await once(spawn('git', words, { stdio: 'inherit' }), 'close');
  expect(code).toBe(0);
}

function start(version: ApplicationVersion, file: string, environment: Record<string, string> = {}): ProcessUnderTest {
  const process = startProcess(sourcesOf(version), file, { HOST: '127.0.0.1', PORT: '0', QUEUE: queue, ...environment });
  started.push(process);
  return process;
}

async function startServer(version: ApplicationVersion, file: string, environment: Record<string, string> = {}) {
  const process = start(version, file, environment);
  const { port } = await process.logged('listening');
  return { process, url: `http://127.0.0.1:${port}` };
}

/** On a connection of its own, so that nothing of an earlier one is seen. */
async function ask(url: string, order?: unknown) {
  const body = order === undefined ? {} : { method: 'POST', body: JSON.stringify(order) };
  const answer = await fetch(url, { ...body, headers: { connection: 'close' } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function placeOrder(url: string, order: unknown): Promise<string> {
  const { status, text: answer } = await ask(`${url}/orders`, order);
  expect(status).toBe(202);
  return (JSON.parse(answer) as { id: string }).id;
}

describe('the shop', () => {
  it('serves an order from the web service by the worker to the address for receipts', async () => {
    const receipts = await startServer('1', 'src/receipts.js');
    const { url } = await startServer('1', 'src/web.js');
    const worker = start('1', 'src/worker.js', { NOTIFY_URL: `${receipts.url}/receipts` });

    const id = await placeOrder(url, { item: 'kettle', quantity: 2 });
    const done = await until('the order to be done', 60_000, async () => {
      const order = JSON.parse((await ask(`${url}/orders/${id}`)).text) as { state: string };
      return order.state === 'done' && order;
    });

    expect(done).toMatchObject({ id, receipt: { item: 'kettle', quantity: 2, total: 7_800 } });
    expect(JSON.parse((await ask(`${receipts.url}/receipts`)).text)).toMatchObject([{ id, total: 7_800 }]);
    expect(await worker.stop()).toBe(0);
  });

  it('says in every answer which deployment gives it', async () => {
    const told = {
      TIDEGATE_RELEASE: '12',
      TIDEGATE_DEPLOYMENT: 'shop-production-4',
      TIDEGATE_DIGEST: 'sha256:12',
      TIDEGATE_ENVIRONMENT: 'production',
    };
    const { url } = await startServer('1', 'src/web.js', told);

    for (const path of ['/', '/health', '/version', '/orders/none', '/nothing'])
      expect((await ask(`${url}${path}`)).headers.get('x-tidegate-deployment')).toBe('shop-production-4');
    expect(JSON.parse((await ask(`${url}/version`)).text)).toEqual({
      release: '12',
      deployment: 'shop-production-4',
      digest: 'sha256:12',
      environment: 'production',
    });
  });

  it('is unhealthy while it is closed for maintenance', async () => {
    const { url } = await startServer('1', 'src/web.js');

    expect(await ask(`${url}/health`)).toMatchObject({ status: 200, text: '{"ok":true}\n' });
    await writeFile(join(queue, 'maintenance'), '');
    expect(await ask(`${url}/health`)).toMatchObject({ status: 503, text: expect.stringContaining('maintenance') });
    await rm(join(queue, 'maintenance'));
    expect((await ask(`${url}/health`)).status).toBe(200);
  });

  it('lets two versions work on one queue, and serves each order once', async () => {
    const receipts = await startServer('1', 'src/receipts.js');
    const { url } = await startServer('1', 'src/web.js');
    const ids = await Promise.all(Array.from({ length: 30 }, () => placeOrder(url, { item: 'tea', quantity: 1 })));
    for (const version of ['1', '2'] as const) start(version, 'src/worker.js', { NOTIFY_URL: `${receipts.url}/receipts` });

    await until('every order to be done', 60_000, async () => (await readdir(join(queue, 'done'))).length === ids.length);

    expect(await readdir(join(queue, 'waiting'))).toEqual([]);
    expect((await readdir(join(queue, 'done'))).sort((a, b) => a.localeCompare(b))).toEqual(
      ids.map((id) => `${id}.json`).sort((a, b) => a.localeCompare(b)),
    );
    await until('claims to be dropped', 60_000, async () => (await readdir(join(queue, 'claimed'))).length === 0);
  });
});

describe('the shop when it is told to stop', () => {
  it('answers the request in flight, closes its connection, and exits with 0', async () => {
    const { process, url } = await startServer('1', 'src/web.js');
    const agent = new Agent({ keepAlive: true });
    const inFlight = request(`${url}/orders`, { method: 'POST', agent, headers: { expect: '100-continue' } });
    inFlight.flushHeaders();
    await once(inFlight, 'continue');

    const stopped = process.stop();
    await until('new connections to be refused', 60_000, () => refuses(url));
    inFlight.end('{"item":"tea","quantity":1}');
    const [answer] = await once(inFlight, 'response');

    expect(answer).toMatchObject({ statusCode: 202, headers: { connection: 'close' } });
    await text(answer);
    expect(await stopped).toBe(0);
    expect(await readdir(join(queue, 'waiting'))).toHaveLength(1);
    agent.destroy();
  });

  it('does not wait for connections that nobody uses', async () => {
    const { process, url } = await startServer('1', 'src/web.js');
    const agent = new Agent({ keepAlive: true });
    const [answer] = await once(get(`${url}/`, { agent }), 'response');
    await text(answer);

    expect(await process.stop()).toBe(0);
    agent.destroy();
  });

  it('finishes the order in hand before its worker exits with 0', async () => {
    const { url } = await startServer('1', 'src/web.js');
    const receiver = await startServer('1', 'src/receipts.js');
    const worker = start('1', 'src/worker.js', { NOTIFY_URL: `${receiver.url}/receipts` });
    receiver.process.process.kill('SIGSTOP');
    const id = await placeOrder(url, { item: 'mug', quantity: 1 });
    await until('the order to be claimed', 60_000, async () => (await readdir(join(queue, 'claimed'))).length === 1);

    const stopped = worker.stop();
    receiver.process.process.kill('SIGCONT');

    expect(await stopped).toBe(0);
    expect(await readdir(join(queue, 'done'))).toEqual([`${id}.json`]);
    expect(await readdir(join(queue, 'claimed'))).toEqual([]);
  });
});

describe('the versions of the shop', () => {
  it.each(VERSIONS)('version %s passes its own tests beside its companion', async (version) => {
    const receipts = await startServer(version, 'src/receipts.js');
    const environment = { RECEIPTS_URL: receipts.url, TMPDIR: directory };

    const tests = spawn(process.execPath, ['--test'], { cwd: sourcesOf(version), env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(tests.stdout), once(tests, 'close')]);

    expect({ code, complaint: code === 0 ? '' : output }).toEqual({ code: 0, complaint: '' });
  });

  it('fails its own tests without its companion', async () => {
    const tests = spawn(process.execPath, ['--test'], { cwd: sourcesOf('1'), env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(tests.stdout), once(tests, 'close')]);

    expect(code).toBe(1);
    expect(output).toContain('Set RECEIPTS_URL');
  });

  it.each([
    ['1', 'staging', 200],
    ['1', 'production', 200],
    ['2', 'staging', 200],
    ['2', 'production', 200],
    ['3', 'staging', 200],
    ['3', 'production', 503],
  ] as const)('version %s in %s answers its health check with %d', async (version, environment, status) => {
    const { url } = await startServer(version, 'src/web.js', { TIDEGATE_ENVIRONMENT: environment });

    expect((await ask(`${url}/health`)).status).toBe(status);
    expect((await ask(url)).text).toContain(`Shop, version ${version}`);
  });

  it('sells ten pieces cheaper from version 2 on', async () => {
    const totals = [];
    for (const version of VERSIONS) {
      const { url } = await startServer(version, 'src/web.js');
      const worker = start(version, 'src/worker.js');
      await placeOrder(url, { item: 'tea', quantity: 10 });
      totals.push((await worker.logged('served')).total);
      await worker.stop();
    }

    expect(totals).toEqual([4_500, 4_050, 4_050]);
  });
});

async function refuses(url: string): Promise<boolean> {
  return fetch(url, { headers: { connection: 'close' } }).then(
    async (answer) => {
      await answer.text();
      return false;
    },
    () => true,
  );
}
