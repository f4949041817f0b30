import { once } from 'node:events';
import { createServer as createHttpServer, request as forward } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ContainerSpec, HostEngine } from '../../../activities/hosts/ports.ts';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { createDockerHostEngine, type HostEngineOptions } from '../../../adapters/docker/docker-host-engine.ts';
import { parseEndpoint } from '../../../adapters/docker/endpoint.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { LABEL } from '../../../domain/labels.ts';
import type { RunSpec } from '../../../domain/pipeline.ts';
import { Secret } from '../../../domain/secret.ts';
import { freePort } from '../../../lab/registry.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, forgetImage, publishImage, startDockerLab, UNUSED_IMAGE } from './docker-lab.ts';

const signal = new AbortController().signal;
const run: RunSpec = {
  environment: {},
  volumes: [],
  health: { kind: 'running', stableMs: 1000, deadlineMs: 5000 },
  stopGraceMs: 1000,
  drainMs: 0,
  replicas: 1,
};

let lab: DockerLab;
let host: HostEngine;
let web: PinnedImage;

beforeAll(async () => {
  lab = await startDockerLab('host-engine');
  host = engineOf(lab.engine.docker);
  web = await publishImage(lab, 'shop/web', `FROM ${BASE}\nCMD ["sh", "-c", "echo it is \\"$GREETING\\"; exec sleep 1000"]\n`);
  await host.ensureNetwork('tidegate-shop.staging', { [LABEL.application]: 'shop' }, { signal });
});

afterAll(async () => {
  await lab.stop();
});

/** The registry behind a door that opens to one user. */
async function guarded(registry: string, gateway: string, user: string): Promise<{ address: string; close: () => void }> {
  const expected = `Basic ${Buffer.from(user).toString('base64')}`;
  const server = createHttpServer((request, response) => {
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="lab"' }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
      return;
    }
    const { method = 'GET', url: path = '/', headers } = request;
    const [host, port] = registry.split(':');
    request.pipe(
      forward({ host, port, method, path, headers }, (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers))),
    );
  });
  await new Promise<void>((listening) => server.listen(0, gateway, listening));
  return { address: `${gateway}:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

function engineOf(address: string, options: Partial<HostEngineOptions> = {}): HostEngine {
  return createDockerHostEngine({
    host: 'hamburg',
    endpoint: address,
    docker: connectEngine(parseEndpoint(address)),
    credentials: async () => undefined,
    toolsImage: UNUSED_IMAGE,
    resolveValue: async (text) => text.replace('${env:WORD}', 'a secret word'),
    ...options,
  });
}

function spec(name: string, changes: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name,
    image: web,
    labels: {
      [LABEL.application]: 'shop',
      [LABEL.environment]: 'staging',
      [LABEL.component]: 'web',
      [LABEL.release]: '3',
      [LABEL.deployment]: 'deployment/shop/staging/7',
      [LABEL.generation]: '7',
      [LABEL.replica]: '1',
      [LABEL.digest]: web.digest,
      [LABEL.spec]: 'abc',
      [LABEL.role]: 'component',
    },
    network: 'tidegate-shop.staging',
    aliases: ['web'],
    environment: { GREETING: '${env:WORD}', TIDEGATE_DEPLOYMENT: 'deployment/shop/staging/7' },
    volumes: [],
    run,
    ...changes,
  };
}

async function running(name: string, changes: Partial<ContainerSpec> = {}): Promise<void> {
  await host.ensureContainer(spec(name, changes), { signal });
  await host.start(name, { signal });
}

describe('a container', () => {
  it('is created and not started, then starts, is seen as labelled, stops and is removed, each step twice', async () => {
    await host.ensureContainer(spec('life'), { signal });
    await host.ensureContainer(spec('life'), { signal });
    expect(await host.inspect('life', { signal })).toMatchObject({
      status: 'created',
      address: undefined,
      digest: web.digest,
      health: 'none',
    });
    await host.start('life', { signal });
    await host.start('life', { signal });
    const state = await host.inspect('life', { signal });
    expect(state).toMatchObject({ name: 'life', status: 'running', address: expect.stringMatching(/^172\.30\./), restarts: 0 });
    expect(await host.observe('shop', 'staging', { signal })).toEqual([
      {
        name: 'life',
        component: 'web',
        release: 3,
        deployment: 'deployment/shop/staging/7',
        generation: 7,
        replica: 1,
        digest: web.digest,
        spec: 'abc',
        running: true,
      },
    ]);
    await host.stop('life', 1000, { signal });
    await host.stop('life', 1000, { signal });
    expect(await host.inspect('life', { signal })).toMatchObject({ status: 'exited' });
    await host.remove('life', { signal });
    await host.remove('life', { signal });
    await host.stop('life', 1000, { signal });
    expect(await host.inspect('life', { signal })).toBeUndefined();
    expect(await host.logsTail('life', 10, { signal })).toBe('');
  });

  it('gets its values resolved when it is created, and its log comes as plain text', async () => {
    const command = ['sh', '-c', 'printf "\\033[31mred\\033[0m %s\\n" "$GREETING"; echo wrong >&2; exec sleep 1000'];
    await running('values', { run: { ...run, command } });
    const log = await until('both lines', 60_000, async () => {
      const text = await host.logsTail('values', 10, { signal });
      return text.includes('wrong') && text.includes('red') && text;
    });
    expect(log.split('\n').filter(Boolean).sort()).toEqual(['red [redacted]', 'wrong']);
    await host.remove('values', { signal });
  });

  it('is given its memory, CPUs, volumes, grace, log driver and init', async () => {
    const volumes = [{ name: 'tidegate-shop.staging.data', path: '/data' }];
    const publish = { port: 8080, host: 'shop.test', path: '/', identityPath: '/id' };
    await host.ensureContainer(
      spec('limits', { volumes, run: { ...run, memoryBytes: 64 * 2 ** 20, cpus: 0.5, stopGraceMs: 2500, publish } }),
      {
        signal,
      },
    );
    const { HostConfig, Config, Mounts } = await lab.docker.getContainer('limits').inspect();
    expect(HostConfig).toMatchObject({ Memory: 64 * 2 ** 20, NanoCpus: 500_000_000, Init: true, LogConfig: { Type: 'local' } });
    expect(Config).toMatchObject({ StopTimeout: 3, ExposedPorts: { '8080/tcp': {} } });
    expect(Mounts).toMatchObject([{ Type: 'volume', Name: 'tidegate-shop.staging.data', Destination: '/data' }]);
    await host.remove('limits', { signal });
    expect(await lab.docker.getVolume('tidegate-shop.staging.data').inspect()).toMatchObject({
      Labels: { [LABEL.application]: 'shop', [LABEL.environment]: 'staging' },
    });
  });

  it('is found by its alias in its network', async () => {
    await running('server', { aliases: ['database'], run: { ...run, command: ['httpd', '-f', '-p', '80', '-h', '/bin'] } });
    await running('asker', {
      run: {
        ...run,
        command: ['sh', '-c', 'until wget -q -O /dev/null http://database/true; do sleep 0.1; done; echo reached; sleep 1000'],
      },
    });
    await until('the asker to reach it', 60_000, async () => (await host.logsTail('asker', 5, { signal })).includes('reached'));
    await Promise.all([host.remove('server', { signal }), host.remove('asker', { signal })]);
  });

  it('that exits at once says with which code, is tried again by the engine, and stays down when it is stopped', async () => {
    await running('brief', { run: { ...run, command: ['sh', '-c', 'exit 7'] } });
    await until('it to have exited and been restarted', 60_000, async () => {
      const state = await host.inspect('brief', { signal });
      return state?.exitCode === 7 && state.restarts > 0;
    });
    await host.stop('brief', 0, { signal });
    expect(await host.inspect('brief', { signal })).toMatchObject({ status: 'exited' });
    await host.remove('brief', { signal });
  });

  it('may be removed by several at once, and is gone for each of them', async () => {
    await running('contested');
    const gone = async () => {
      await host.remove('contested', { signal });
      expect(await host.inspect('contested', { signal })).toBeUndefined();
    };
    await Promise.all([gone(), gone(), gone()]);
  });

  it('that ignores SIGTERM is killed when its grace is over', async () => {
    await running('stubborn', {
      run: { ...run, command: ['sh', '-c', 'trap "echo no" TERM; echo ready; while true; do sleep 0.1; done'] },
    });
    await until('its trap', 60_000, async () => (await host.logsTail('stubborn', 5, { signal })).includes('ready'));
    await host.stop('stubborn', 1000, { signal });
    expect(await host.inspect('stubborn', { signal })).toMatchObject({ status: 'exited', exitCode: 137, address: undefined });
    expect(await host.logsTail('stubborn', 5, { signal })).toContain('no');
    await host.remove('stubborn', { signal });
  });

  it('whose name a foreign container holds is NameTaken, and the foreign one is left alone', async () => {
    const foreign = await lab.docker.createContainer({ name: 'taken', Image: BASE, Cmd: ['sleep', '1000'] });
    await foreign.start();
    const refused = host.ensureContainer(spec('taken'), { signal });
    await expect(refused).rejects.toMatchObject({
      name: 'NameTaken',
      message: expect.stringMatching(/taken on host hamburg.*io\.tidegate/),
    });
    expect((await foreign.inspect()).State.Running).toBe(true);
    await foreign.remove({ force: true });
  });

  it('whose name another generation holds is NameTaken', async () => {
    await host.ensureContainer(spec('fence'), { signal });
    const later = spec('fence', { labels: { ...spec('fence').labels, [LABEL.generation]: '8' } });
    await expect(host.ensureContainer(later, { signal })).rejects.toMatchObject({ name: 'NameTaken' });
    await host.remove('fence', { signal });
  });

  it('that cannot be run as asked fails by name, and would not come back by itself', async () => {
    const volumes = [{ name: 'tidegate-shop.staging.odd', path: '/bin/busybox' }];
    await expect(host.ensureContainer(spec('wrong', { volumes }), { signal })).rejects.toMatchObject({
      name: 'ContainerFailed',
      message: expect.stringMatching(/wrong on host hamburg.*not directory/s),
    });
    const undone = spec('undone', { volumes: [{ name: 'tidegate-shop.staging.odd', path: '/proc' }] });
    await host.ensureContainer(undone, { signal });
    await expect(host.start('undone', { signal })).rejects.toMatchObject({ name: 'ContainerFailed' });
    expect((await lab.docker.getContainer('undone').inspect()).HostConfig.RestartPolicy).toMatchObject({ Name: 'no' });
    await host.remove('undone', { signal });
  });

  it('that was never created is ContainerMissing', async () => {
    await expect(host.start('nobody', { signal })).rejects.toMatchObject({ name: 'ContainerMissing' });
  });

  it('from an image that the host does not have is ImageNotFound', async () => {
    const image = { repository: web.repository, digest: parseDigest(`sha256:${'0'.repeat(64)}`) };
    await expect(host.ensureContainer(spec('without', { image }), { signal })).rejects.toMatchObject({ name: 'ImageNotFound' });
  });

  it('is seen with what its label says it was made with, and with nothing where that does not read', async () => {
    const labelled = (settings: string) => ({ labels: { ...spec('worded').labels, [LABEL.settings]: settings } });
    for (const [label, settings] of [
      ['{"memory":"64MiB"}', { memory: '64MiB' }],
      ['{', undefined],
      ['[1]', undefined],
    ] as const) {
      await host.ensureContainer(spec('worded', labelled(label)), { signal });
      // Words that another version of Tidegate would choose are no other container.
      await host.ensureContainer(spec('worded', labelled('{}')), { signal });
      const [seen] = await host.observe('shop', 'staging', { signal });
      expect(seen?.settings).toEqual(settings);
      await host.remove('worded', { signal });
    }
  });

  it('is seen without its image when the engine has forgotten that by its digest', async () => {
    await host.ensureContainer(spec('orphan'), { signal });
    expect((await host.observe('shop', 'staging', { signal }))[0]).not.toHaveProperty('imageGone');
    await forgetImage(lab, web);
    expect(await host.observe('shop', 'staging', { signal })).toMatchObject([{ name: 'orphan', imageGone: true, digest: web.digest }]);
    await host.remove('orphan', { signal });
    await host.ensureImage(web, () => {}, { signal });
  });

  it('with unreadable labels stops the observation and is named', async () => {
    await host.ensureContainer(spec('odd', { labels: { ...spec('odd').labels, [LABEL.generation]: 'seven' } }), { signal });
    await expect(host.observe('shop', 'staging', { signal })).rejects.toMatchObject({
      name: 'LabelsUnreadable',
      message: expect.stringMatching(/odd.*io\.tidegate\.generation is "seven"/),
    });
    await host.remove('odd', { signal });
  });
});

describe('a network', () => {
  it('of the same name and other labels is NameTaken', async () => {
    await host.ensureNetwork('tidegate-shop.staging', { [LABEL.application]: 'shop' }, { signal });
    const refused = host.ensureNetwork('tidegate-shop.staging', { [LABEL.application]: 'other' }, { signal });
    await expect(refused).rejects.toMatchObject({ name: 'NameTaken' });
    expect(await lab.docker.listNetworks({ filters: { name: ['tidegate-shop.staging'] } })).toHaveLength(1);
  });
});

describe('an image', () => {
  it('is pulled by digest and not again when it is there', async () => {
    await forgetImage(lab, web);
    const seen: string[] = [];
    await host.ensureImage(web, (detail) => seen.push(detail), { signal });
    expect(seen.length).toBeGreaterThan(0);
    expect((await lab.docker.getImage(`${web.repository}@${web.digest}`).inspect()).RepoDigests).toContain(
      `${web.repository}@${web.digest}`,
    );
    await host.ensureImage(web, () => expect('a second pull').toBe('unneeded'), { signal });
  });

  it('that the registry does not hold is ImageNotFound', async () => {
    const image = { repository: web.repository, digest: parseDigest(`sha256:${'1'.repeat(64)}`) };
    await expect(host.ensureImage(image, () => {}, { signal })).rejects.toMatchObject({
      name: 'ImageNotFound',
      message: expect.stringContaining(`${web.repository}@sha256:111`),
    });
    const missing = { repository: `${lab.registry.address}/no/such`, digest: web.digest };
    await expect(host.ensureImage(missing, () => {}, { signal })).rejects.toMatchObject({ name: 'ImageNotFound' });
  });

  it('of a registry that is down is RegistryUnavailable, naming registry and host', async () => {
    const port = await freePort(lab.gateway);
    const image = { repository: `${lab.gateway}:${port}/shop/web`, digest: web.digest };
    await expect(host.ensureImage(image, () => {}, { signal })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringMatching(new RegExp(`${lab.gateway}:${port}.*host hamburg.*refused`)),
    });
  });

  it('of a registry that accepts and never answers fails after the idle time, and the next pull works', async () => {
    const silent = createServer(() => {}).listen(0, lab.gateway);
    await once(silent, 'listening');
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const image = { repository: `${lab.gateway}:${port}/shop/web`, digest: web.digest };
    const impatient = engineOf(lab.engine.docker, { pullIdleMs: 1500 });
    await expect(impatient.ensureImage(image, () => {}, { signal })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    await forgetImage(lab, web);
    await host.ensureImage(web, () => {}, { signal });
    silent.close();
  });

  it('of a registry that wants a sign-in is pulled with the credential, and RegistryRefused without', async () => {
    const guard = await guarded(lab.registry.address, lab.gateway, 'robot:pull-me');
    const image = { repository: `${guard.address}/shop/web`, digest: web.digest };
    await expect(host.ensureImage(image, () => {}, { signal })).rejects.toMatchObject({
      name: 'RegistryRefused',
      message: expect.stringContaining(guard.address),
    });
    const wrong = engineOf(lab.engine.docker, { credentials: async () => ({ username: 'robot', password: new Secret('hunter2') }) });
    const refused = wrong.ensureImage(image, () => {}, { signal });
    await expect(refused).rejects.toMatchObject({ name: 'RegistryRefused', message: expect.not.stringContaining('hunter2') });
    const robot = engineOf(lab.engine.docker, { credentials: async () => ({ username: 'robot', password: new Secret('pull-me') }) });
    await robot.ensureImage(image, () => {}, { signal });
    await forgetImage(lab, image);
    guard.close();
  });

  it('stops being pulled when the caller gives up', async () => {
    const gone = new AbortController();
    gone.abort(new Error('the release was cancelled'));
    const image = { repository: web.repository, digest: parseDigest(`sha256:${'2'.repeat(64)}`) };
    await expect(host.ensureImage(image, () => {}, { signal: gone.signal })).rejects.toThrow('the release was cancelled');
  });
});

describe("a host's clock", () => {
  it('is read from its engine', async () => {
    // This machine's, as the engine of the lab has no other.
    expect(Math.abs((await host.now({ signal })) - Date.now())).toBeLessThan(60_000);
  });
});

describe('a host that is down', () => {
  it('is EngineUnreachable, naming host and address', async () => {
    const nowhere = `tcp://127.0.0.1:${await freePort('127.0.0.1')}`;
    await expect(engineOf(nowhere).inspect('web', { signal })).rejects.toMatchObject({
      name: 'EngineUnreachable',
      message: expect.stringMatching(new RegExp(`host hamburg at ${nowhere}.*REFUSED`)),
    });
    await expect(engineOf('unix:///no/such.sock').observe('shop', 'staging', { signal })).rejects.toMatchObject({
      name: 'EngineUnreachable',
    });
  });

  it('is EngineUnreachable within the deadline when it accepts and never answers', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const slow = engineOf(`tcp://127.0.0.1:${port}`, { deadlineMs: 300 });
    await expect(slow.start('web', { signal })).rejects.toMatchObject({
      name: 'EngineUnreachable',
      message: expect.stringContaining('0.3 s'),
    });
    await expect(slow.ensureImage(web, () => {}, { signal })).rejects.toMatchObject({ name: 'EngineUnreachable' });
    silent.close();
  });
});

describe('after a crash of the machine', () => {
  it('what was started runs again, and neither what was stopped nor what was only created', async () => {
    await running('serving');
    await running('previous');
    await host.stop('previous', 0, { signal });
    await host.ensureContainer(spec('prepared'), { signal });
    const { State } = await lab.docker.getContainer('serving').inspect();
    await lab.engine.kill();
    process.kill(State.Pid, 'SIGKILL');
    await lab.engine.restart();
    await until('it to serve again', 60_000, async () => (await host.inspect('serving', { signal }))?.status === 'running');
    expect(await host.inspect('previous', { signal })).toMatchObject({ status: 'exited' });
    expect(await host.inspect('prepared', { signal })).toMatchObject({ status: 'created' });
  });
});
