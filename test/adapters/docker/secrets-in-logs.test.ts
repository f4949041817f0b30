import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ContainerSpec, HostEngine } from '../../../activities/hosts/ports.ts';
import type { TestRequest, TestRunner } from '../../../activities/tests.ts';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { createDockerHostEngine } from '../../../adapters/docker/docker-host-engine.ts';
import { createDockerTestRunner } from '../../../adapters/docker/docker-test-runner.ts';
import { parseEndpoint } from '../../../adapters/docker/endpoint.ts';
import { createOciRegistry } from '../../../adapters/registry/oci-registry.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { createSecretResolver } from '../../../adapters/secrets/resolve.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { LABEL } from '../../../domain/labels.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, publishImage, startDockerLab } from './docker-lab.ts';

const signal = new AbortController().signal;
const TOKEN = 'tok-5d1f0a97/+c3';
const PASSWORD = 'p%2Fss-w0rd';
const env = { SECRET: TOKEN, DB_PASSWORD: PASSWORD };
const TOLD = [TOKEN, PASSWORD, Buffer.from(TOKEN).toString('base64'), encodeURIComponent(TOKEN)];

let lab: DockerLab;
let app: PinnedImage;
let host: HostEngine;

beforeAll(async () => {
  lab = await startDockerLab('secrets-in-logs');
  app = await publishImage(lab, 'shop/web', `FROM ${BASE}\nCMD ["true"]\n`);
  host = engineAt(lab.engine.docker);
  await host.ensureNetwork('tidegate-shop.staging', { [LABEL.application]: 'shop' }, { signal });
});

afterAll(async () => {
  await lab.stop();
});

async function resolveValue(text: string): Promise<string> {
  return (await createSecretResolver({ env, directory: lab.directory })(text)).reveal();
}

function engineAt(address: string): HostEngine {
  const docker = connectEngine(parseEndpoint(address));
  return createDockerHostEngine({
    host: 'hamburg',
    endpoint: address,
    docker,
    credentials: async () => undefined,
    resolveValue,
    toolsImage: app,
  });
}

function spec(name: string, script: string): ContainerSpec {
  return {
    name,
    image: app,
    labels: { [LABEL.application]: 'shop', [LABEL.spec]: 'abc' },
    network: 'tidegate-shop.staging',
    aliases: ['web'],
    environment: {
      TOKEN: '$' + '{env:SECRET}',
      DB_URL: 'postgres://shop:$' + '{env:DB_PASSWORD}@db:5432/shop',
      GREETING: 'good morning',
      LITERAL: '$$' + '{env:SECRET}',
    },
    volumes: [],
    run: {
      command: ['sh', '-c', script],
      environment: {},
      volumes: [],
      health: { kind: 'running', stableMs: 1000, deadlineMs: 5000 },
      stopGraceMs: 1000,
      drainMs: 0,
      replicas: 1,
    },
  };
}

/** Runs a container to its end and removes it after the look. */
async function crashed(name: string, script: string, look: () => Promise<void>): Promise<void> {
  await host.ensureContainer(spec(name, script), { signal });
  await lab.docker.getContainer(name).start();
  await lab.docker.getContainer(name).wait();
  await look();
  await host.remove(name, { signal });
}

/** Looks through a door that is the engine's, but fails to inspect containers. */
async function withoutInspection(look: (address: string) => Promise<void>): Promise<void> {
  const socketPath = lab.engine.docker.replace('unix://', '');
  const server = createServer(({ method = 'GET', url: path = '/', headers }, response) => {
    if (/\/containers\/[^/]+\/json/.test(path)) response.writeHead(500).end('{"message":"the disk is on fire"}');
    else forward({ socketPath, method, path, headers }, (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502))).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await look(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const CRASH = 'echo "token $TOKEN"; echo "cannot reach $DB_URL" >&2; echo "greeting $GREETING"; echo "literal $LITERAL"; exit 3';

describe('the log of a container that was given secrets', () => {
  it('is shown without them, and with its ordinary values, also by a process that did not create it', async () => {
    await crashed('crash', CRASH, async () => {
      for (const reader of [host, engineAt(lab.engine.docker)]) {
        const log = await reader.logsTail('crash', 10, { signal });
        expect(log.split('\n').filter(Boolean).sort()).toEqual([
          'cannot reach [redacted]',
          'greeting good morning',
          'literal $' + '{env:SECRET}',
          'token [redacted]',
        ]);
      }
    });
  });

  it('is shown without the password of an address, which it says alone', async () => {
    await crashed('alone', `echo 'user shop, password ${PASSWORD}, decoded p/ss-w0rd'; exit 3`, async () => {
      expect(await host.logsTail('alone', 10, { signal })).toBe('user shop, password [redacted], decoded [redacted]\n');
    });
  });

  it('names on its container the variables alone, and a second attempt adopts it', async () => {
    await crashed('named', 'true', async () => {
      await host.ensureContainer(spec('named', 'true'), { signal });
      const { Config } = await lab.docker.getContainer('named').inspect();
      expect(Config.Labels[LABEL.secrets]).toBe('DB_URL,TOKEN');
      expect(JSON.stringify(Config.Labels)).not.toContain(TOKEN);
    });
  });

  it('is withheld, in words, while the engine does not tell the values', async () => {
    await crashed('withheld', CRASH, async () => {
      await withoutInspection(async (address) => {
        const log = await engineAt(address).logsTail('withheld', 10, { signal });
        expect(log).toMatch(/log of container withheld is not shown.*the disk is on fire/s);
        expect(log).not.toMatch(/good morning|tok-/);
      });
    });
  });

  it('is withheld, in words, where nothing says which values are secret, and that container is adopted nevertheless', async () => {
    const { labels } = spec('unmarked', CRASH);
    const Env = [`TOKEN=${TOKEN}`, 'GREETING=good morning'];
    const container = await lab.docker.createContainer({
      name: 'unmarked',
      Image: `${app.repository}@${app.digest}`,
      Labels: labels,
      Env,
      Cmd: ['sh', '-c', CRASH],
    });
    await host.ensureContainer(spec('unmarked', CRASH), { signal });
    await container.start();
    await container.wait();
    const log = await host.logsTail('unmarked', 10, { signal });
    expect(log).toMatch(/log of container unmarked is not shown.*io\.tidegate\.secrets/);
    expect(log).not.toMatch(/good morning|tok-/);
    await host.remove('unmarked', { signal });
  });
});

describe('the examination of a container that was given secrets', () => {
  const SICK = 'echo "the database at $DB_URL refuses $TOKEN"; exit 1';

  it('tells its end, its health and its log without them', async () => {
    const sick = await publishImage(lab, 'shop/sick', `FROM ${BASE}\nHEALTHCHECK --interval=1s --retries=1 CMD ${SICK}\n`);
    const wanted = { ...spec('sick', `${CRASH.replace('exit 3', 'sleep 1000')}`), image: sick };
    await host.ensureImage(sick, () => undefined, { signal });
    await host.ensureContainer(wanted, { signal });
    await lab.docker.getContainer('sick').start();
    await until('its health check', 60_000, async () => (await host.inspect('sick', { signal }))?.health === 'unhealthy');
    const examined = await host.examine('sick', 50, { signal });
    expect(examined).toMatchObject({ status: 'running', restarts: 0, outOfMemory: false, error: '', health: { status: 'unhealthy' } });
    expect(examined?.health.log.at(-1)).toMatchObject({ exitCode: 1, output: 'the database at [redacted] refuses [redacted]\n' });
    expect(examined?.log).toContain('token [redacted]');
    for (const told of TOLD) expect(JSON.stringify(examined)).not.toContain(told);
    await host.remove('sick', { signal });
  });

  it('takes them out of an answer that it gave', async () => {
    await crashed('told', CRASH, async () => {
      const body = `{"error":"${TOKEN}","also":"${encodeURIComponent(TOKEN)}","greeting":"good morning"}`;
      expect(await host.withoutSecrets('told', body, { signal })).toBe(
        '{"error":"[redacted]","also":"[redacted]","greeting":"good morning"}',
      );
      expect(await host.withoutSecrets('gone', body, { signal })).toMatch(/^\(not shown/);
    });
  });

  it('tells of a container that ended how it ended, and of one that is not there nothing', async () => {
    await crashed('ended', CRASH, async () => {
      expect(await host.examine('ended', 50, { signal })).toMatchObject({
        status: 'exited',
        exitCode: 3,
        health: { status: 'none', log: [] },
      });
    });
    expect(await host.examine('ended', 50, { signal })).toBeUndefined();
  });
});

describe('a test stage that was given secrets', () => {
  const lines: string[] = [];
  const environment = { TOKEN: '$' + '{env:SECRET}', AUTH: 'user:$' + '{env:DB_PASSWORD}:x', GREETING: 'good morning' };

  function runner(): TestRunner {
    return createDockerTestRunner({
      host: 'tester',
      endpoint: lab.engine.docker,
      docker: lab.docker,
      registry: createOciRegistry(
        connectRegistries({ credentials: async () => undefined, access: plainHttpAt([lab.registry.address]) }).open,
      ),
      credentials: async () => undefined,
      resolveValue,
    });
  }

  function request(script: string, companions: TestRequest['companions'] = []): TestRequest {
    const run = { component: 'web', command: ['sh', '-c', script], environment };
    return { application: 'shop', release: 3, stage: 'unit', images: { web: app }, run, companions, timeoutMs: 20_000 };
  }

  const run = (asked: TestRequest) => runner().run(asked, { signal, onProgress: (line) => lines.push(line) });

  it('tells none of them in its report or its progress', async () => {
    const encoded = `echo ${Buffer.from(TOKEN).toString('base64')} ${encodeURIComponent(TOKEN)}`;
    const running = run(request(`echo "$GREETING"; ${encoded}; echo ${PASSWORD}; echo "at work with $TOKEN"; sleep 2.5; exit 1`));
    await until('the last line to be told', 60_000, async () => lines.includes('at work with [redacted]'));
    const report = await running;
    expect(report.output).toBe('good morning\n[redacted] [redacted]\n[redacted]\nat work with [redacted]\n');
    for (const told of TOLD) expect(JSON.stringify([report, lines])).not.toContain(told);
  });

  it('tells neither those of a companion that fails, nor in the tests those that a companion was given', async () => {
    const given = { name: 'cache', image: { component: 'web' }, environment: { KEY: '$' + '{env:DB_PASSWORD}' } };
    const failing = { ...given, command: ['sh', '-c', 'echo "no data with $KEY"; exit 9'] };
    const error = await run(request('echo never', [failing])).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'CompanionFailed', message: expect.stringContaining('no data with [redacted]') });
    expect(String(error)).not.toContain(PASSWORD);
    const staying = { ...given, command: ['sleep', '1000'] };
    const asked = request(`echo 'the cache said ${PASSWORD}'`, [staying]);
    expect((await run({ ...asked, run: { ...asked.run, environment: {} } })).output).toBe('the cache said [redacted]\n');
  });
});
