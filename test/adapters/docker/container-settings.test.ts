import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ContainerSpec, HostEngine } from '../../../activities/hosts/ports.ts';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { createDockerHostEngine } from '../../../adapters/docker/docker-host-engine.ts';
import { parseEndpoint } from '../../../adapters/docker/endpoint.ts';
import { effectiveCapabilities } from '../../../domain/capabilities.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { LABEL } from '../../../domain/labels.ts';
import type { RunSpec } from '../../../domain/pipeline.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, publishImage, startDockerLab, UNUSED_IMAGE } from './docker-lab.ts';

const signal = new AbortController().signal;
const NETWORK = 'tidegate-shop.staging';
const PLAIN: RunSpec = {
  environment: {},
  volumes: [],
  health: { kind: 'running', stableMs: 0, deadlineMs: 10_000 },
  stopGraceMs: 1_000,
  drainMs: 0,
  replicas: 1,
};

let lab: DockerLab;
let host: HostEngine;
let image: PinnedImage;
let count = 0;

beforeAll(async () => {
  lab = await startDockerLab('container-settings');
  const { docker: endpoint } = lab.engine;
  const docker = connectEngine(parseEndpoint(endpoint));
  host = createDockerHostEngine({
    host: 'here',
    endpoint,
    docker,
    credentials: async () => undefined,
    resolveValue: async (text) => text,
    toolsImage: UNUSED_IMAGE,
  });
  image = await publishImage(
    lab,
    'shop/tools',
    `FROM ${BASE}\nRUN echo app:x:1000:1000::/:/bin/sh >> /etc/passwd; echo app:x:1000: >> /etc/group\nCMD ["sh", "-c", "echo image"]\n`,
  );
  await host.ensureNetwork(NETWORK, {}, { signal });
});

afterAll(async () => {
  await lab?.stop();
});

/** Its further names in the application's network, and what it joins besides. */
interface Found extends Pick<ContainerSpec, 'joins'> {
  readonly aliases?: readonly string[];
}

async function start(run: Partial<RunSpec>, { aliases = [], joins }: Found = {}): Promise<string> {
  count += 1;
  const name = `settings-${count}`;
  const whole = { ...PLAIN, ...run };
  const { environment, volumes } = whole;
  await host.ensureContainer(
    {
      ...{ name, image, labels: { [LABEL.component]: name }, network: NETWORK, aliases, environment, volumes, run: whole },
      ...(joins !== undefined && { joins }),
    },
    { signal },
  );
  await host.start(name, { signal });
  return name;
}

/** What a script prints in a container that is run so. */
async function printed(script: string, run: Partial<RunSpec> = {}, found: Found = {}): Promise<string> {
  const name = await start({ command: ['sh', '-c', `(${script}) 2>&1; echo done; exec sleep 1000`], ...run }, found);
  const text = await until(`${name} to have printed`, 60_000, async () => {
    const log = await host.logsTail(name, 50, { signal });
    return /^done$/m.test(log) && log.replace(/^done$/m, '').trim();
  });
  await host.remove(name, { signal });
  return text || '';
}

const capabilityBits = async (run: Partial<RunSpec>): Promise<bigint> =>
  BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(await printed('cat /proc/self/status', run))?.[1] ?? ''}`);

const BIT = { CHOWN: 0n, NET_BIND_SERVICE: 10n, NET_RAW: 13n, SYS_TIME: 25n, MKNOD: 27n };
const has = (bits: bigint, one: keyof typeof BIT) => ((bits >> BIT[one]) & 1n) === 1n;

describe('a container', () => {
  it('runs as the user, in the folder and under the name that it is given', async () => {
    expect(await printed('id -u; id -g; pwd; hostname', { user: '1000:1000', workingDirectory: '/tmp', hostname: 'till.shop' })).toBe(
      '1000\n1000\n/tmp\ntill.shop',
    );
  });

  it('has the entrypoint instead of the image’s, and not the image’s command with it', async () => {
    const name = await start({ entrypoint: ['sh', '-c', 'echo "$#: $*"; exec sleep 1000', 'sh'], command: ['one', 'two words'] });
    await until('it to print', 60_000, async () => (await host.logsTail(name, 5, { signal })).includes('2: one two words'));
    await host.remove(name, { signal });
  });

  it('has few powers by default, and a setuid program gives it no more', async () => {
    const bits = await capabilityBits({});
    expect(bits.toString(2).replaceAll('0', '')).toHaveLength(effectiveCapabilities().length);
    expect([has(bits, 'CHOWN'), has(bits, 'NET_BIND_SERVICE'), has(bits, 'NET_RAW'), has(bits, 'MKNOD')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await printed('grep NoNewPrivs /proc/self/status')).toMatch(/1$/);
    expect(await printed('grep NoNewPrivs /proc/self/status', { noNewPrivileges: false })).toMatch(/0$/);
  });

  it('has the powers that it asks for, and none that it drops', async () => {
    const bits = await capabilityBits({ capabilities: { add: ['SYS_TIME'], drop: ['ALL'] } });
    expect(bits).toBe(1n << BIT.SYS_TIME);
    const fewer = await capabilityBits({ capabilities: { add: ['NET_RAW'], drop: ['CHOWN'] } });
    expect([has(fewer, 'CHOWN'), has(fewer, 'NET_RAW'), has(fewer, 'NET_BIND_SERVICE')]).toEqual([false, true, true]);
  });

  it('writes nothing but its volumes where its root is read-only', async () => {
    const volumes = [
      { tmpfs: { sizeBytes: 1 << 20, mode: 0o700 }, path: '/work' },
      { tmpfs: { sizeBytes: 1 << 20, mode: 0o1777 }, path: '/all' },
    ] as const;
    const text = await printed(
      'touch /here || echo refused; touch /work/there && echo written; stat -c %a /work /all; dd if=/dev/zero of=/work/big bs=1M count=2 || echo full; grep " /work " /proc/mounts',
      { readOnlyRoot: true, volumes },
    );
    expect(text).toMatch(/refused\n[\s\S]*written\n700\n1777\n[\s\S]*full\n[\s\S]*tmpfs.*size=1024k/);
  });

  it('shares named volumes, and only reads those that are read-only', async () => {
    expect(await printed('echo kept > /data/file; cat /data/file', { volumes: [{ name: 'shared', path: '/data' }] })).toBe('kept');
    const reader = await printed('cat /data/file; echo more >> /data/file || echo refused', {
      volumes: [{ name: 'shared', path: '/data', readOnly: true }],
    });
    expect(reader).toMatch(/^kept\n[\s\S]*refused$/);
  });

  it('sees a folder of its host that is bound, and fails where there is none, which is not made', async () => {
    const folder = join(lab.directory, 'bound');
    await mkdir(folder);
    await writeFile(join(folder, 'file'), 'of the host\n');
    expect(
      await printed('cat /bound/file; touch /bound/new || echo refused', { volumes: [{ bind: folder, path: '/bound', readOnly: true }] }),
    ).toMatch(/^of the host\n[\s\S]*refused$/);
    const missing = start({ volumes: [{ bind: `${folder}/none`, path: '/bound' }] });
    await expect(missing).rejects.toMatchObject({ name: 'ContainerFailed', message: expect.stringContaining('bound/none') });
  });

  it('joins networks of its host besides its own, found there by its whole name, and fails where there is none, which is not made', async () => {
    const docker = connectEngine(parseEndpoint(lab.engine.docker));
    await docker.createNetwork({ Name: 'shared' });
    const joins = (network: string, alias: string): Found => ({ joins: { networks: [network], aliases: [alias] } });
    await start({ command: ['sleep', '1000'] }, joins('shared', 'web.staging.shop'));
    expect(await printed('nslookup web.staging.shop > /dev/null && echo found', {}, joins('shared', 'other.staging.shop'))).toBe('found');
    expect(await printed('nslookup web.staging.shop > /dev/null || echo unknown')).toMatch(/unknown$/);
    await expect(start({}, joins('absent', 'x'))).rejects.toMatchObject({
      name: 'NetworkMissing',
      message: expect.stringMatching(/here.*absent.*docker network create absent/),
    });
    expect((await docker.listNetworks({ filters: { name: ['absent'] } })).length).toBe(0);
  });

  it('is held to its processes, files, memory, CPUs and shared memory', async () => {
    const run = {
      pids: 64,
      ulimits: { nofile: { soft: 1_000, hard: 2_000 }, core: { soft: 0, hard: 0 } },
      memoryBytes: 64 * 2 ** 20,
      swapBytes: 0,
      memoryReservationBytes: 32 * 2 ** 20,
      cpus: 0.5,
      shmBytes: 2 ** 20,
    };
    expect(await printed('ulimit -n; ulimit -Hn; ulimit -c; grep " /dev/shm " /proc/mounts', run)).toMatch(/^1000\n2000\n0\n.*size=1024k/);
    const name = await start({ ...run, command: ['sleep', '1000'] });
    expect((await lab.docker.getContainer(name).inspect()).HostConfig).toMatchObject({
      PidsLimit: 64,
      Memory: 64 * 2 ** 20,
      MemoryReservation: 32 * 2 ** 20,
      MemorySwap: 64 * 2 ** 20,
      NanoCpus: 500_000_000,
      ShmSize: 2 ** 20,
    });
    await host.remove(name, { signal });
    // Of cgroup version 2, or 1.
    const held =
      'cd /sys/fs/cgroup; cat pids.max pids/pids.max 2>/dev/null; cat memory.max memory/memory.limit_in_bytes 2>/dev/null || true';
    expect((await printed(held, run)).split('\n')).toEqual(['64', String(64 * 2 ** 20)]);
  });

  it('is ended by the signal that it is given, and process 1 is its own where init is off', async () => {
    const script = 'trap "echo interrupted; exit 0" INT; trap "echo terminated" TERM; echo "process $$"; while :; do sleep 0.1; done';
    const name = await start({ stopSignal: 'SIGINT', init: false, command: ['sh', '-c', script] });
    await until('its trap', 60_000, async () => (await host.logsTail(name, 5, { signal })).includes('process 1'));
    await host.stop(name, 5_000, { signal });
    expect(await host.logsTail(name, 5, { signal })).toMatch(/interrupted/);
    expect(await host.inspect(name, { signal })).toMatchObject({ status: 'exited', exitCode: 0 });
    await host.remove(name, { signal });
  });

  it('knows further hosts by name, and is known by its aliases', async () => {
    expect(await printed('grep till /etc/hosts', { extraHosts: { 'till.local': '10.9.8.7' } })).toMatch(/^10\.9\.8\.7\s+till\.local$/);
    const name = await start({ command: ['httpd', '-f', '-p', '80', '-h', '/bin'] }, { aliases: ['counter', 'desk'] });
    expect(await printed('for n in counter desk; do until wget -q -O /dev/null http://$n/true; do sleep 0.1; done; echo $n; done')).toMatch(
      /counter\ndesk/,
    );
    await host.remove(name, { signal });
  });

  it('carries labels of its own beside Tidegate’s, which it cannot replace', async () => {
    const name = await start({ command: ['sleep', '1000'], labels: { team: 'till', [LABEL.component]: 'another' } });
    expect((await lab.docker.getContainer(name).inspect()).Config.Labels).toMatchObject({ team: 'till', [LABEL.component]: name });
    await host.remove(name, { signal });
  });

  it('logs as it is told', async () => {
    const logging = { driver: 'json-file', options: { 'max-size': '1m', 'max-file': '2' } };
    const name = await start({ command: ['sh', '-c', 'echo said; exec sleep 1000'], logging });
    expect((await lab.docker.getContainer(name).inspect()).HostConfig.LogConfig).toEqual({ Type: 'json-file', Config: logging.options });
    await until('its line', 60_000, async () => (await host.logsTail(name, 5, { signal })).includes('said'));
    await host.remove(name, { signal });
  });

  it('is asked by its engine how it is, with a command that runs in it', async () => {
    const health = {
      kind: 'command',
      command: ['sh', '-c', 'test -e /tmp/well'],
      intervalMs: 100,
      timeoutMs: 1_000,
      startPeriodMs: 0,
      failures: 3,
      deadlineMs: 10_000,
    } as const;
    const name = await start({ command: ['sh', '-c', 'mkdir -p /tmp; touch /tmp/well; sleep 3; rm /tmp/well; exec sleep 1000'], health });
    const told = (word: string) => until(`it to be ${word}`, 60_000, async () => (await host.inspect(name, { signal }))?.health === word);
    await told('healthy');
    await told('unhealthy');
    await host.remove(name, { signal });
  });

  it('exposes the port that it publishes, as an engine would drop the binding of one that is not', async () => {
    const publish = { port: 8080, host: 'shop.test', path: '/', identityPath: '/id' };
    const name = await start({ command: ['sleep', '1000'], publish });
    expect((await lab.docker.getContainer(name).inspect()).Config.ExposedPorts).toEqual({ '8080/tcp': {} });
    await host.remove(name, { signal });
  });
});
