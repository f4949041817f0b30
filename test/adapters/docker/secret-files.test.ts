import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ContainerSpec, HostEngine } from '../../../activities/hosts/ports.ts';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { createDockerHostEngine } from '../../../adapters/docker/docker-host-engine.ts';
import { parseEndpoint } from '../../../adapters/docker/endpoint.ts';
import { createSecretResolver } from '../../../adapters/secrets/resolve.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { LABEL } from '../../../domain/labels.ts';
import type { RunSpec } from '../../../domain/pipeline.ts';
import type { SecretFile } from '../../../domain/secret-file.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, publishImage, startDockerLab } from './docker-lab.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const NETWORK = 'tidegate-shop.staging';
const PASSWORD = 'pa55-7c1e0d94-only-here';
const SECRETS: readonly SecretFile[] = [
  { name: 'address', value: 'postgres://shop:$' + '{env:PASSWORD}@database/shop', uid: 0, gid: 0, mode: 0o444 },
  { name: 'password', value: '$' + '{env:PASSWORD}', uid: 1000, gid: 1001, mode: 0o400 },
];
const PRINT = 'cd /run/secrets; stat -c "%n %u:%g %a" *; cat address; echo; touch new 2>&1; echo done; exec sleep 1000';

let lab: DockerLab;
let tools: PinnedImage;
let host: HostEngine;
const variables: Record<string, string> = {};
let count = 0;

beforeAll(async () => {
  lab = await startDockerLab('secret-files');
  tools = await publishImage(lab, 'shop/tools', `FROM ${BASE}\nCMD ["sh"]\n`);
  host = newEngine();
  await host.ensureNetwork(NETWORK, {}, { signal });
});

beforeEach(() => {
  variables.PASSWORD = PASSWORD;
});

afterAll(async () => {
  await lab?.stop();
});

/** As another process has it: it remembers nothing. */
function newEngine(): HostEngine {
  const { docker: endpoint } = lab.engine;
  const resolve = createSecretResolver({ env: variables, directory: lab.directory });
  const resolveValue = async (text: string) => (await resolve(text)).reveal();
  const docker = connectEngine(parseEndpoint(endpoint));
  return createDockerHostEngine({ host: 'hamburg', endpoint, docker, credentials: async () => undefined, resolveValue, toolsImage: tools });
}

/** On the host itself, beside its engine. */
async function onHost(script: string): Promise<string> {
  const { stdout } = await run('nsenter', [`--mount=/proc/${lab.engine.namespacePid}/ns/mnt`, 'sh', '-c', script]);
  return stdout.trim();
}

function spec(version = '1', script = PRINT): ContainerSpec {
  count += 1;
  const whole: RunSpec = {
    command: ['sh', '-c', script],
    environment: {},
    secrets: SECRETS,
    volumes: [],
    health: { kind: 'running', stableMs: 0, deadlineMs: 10_000 },
    stopGraceMs: 0,
    drainMs: 0,
    replicas: 1,
  };
  const labels = { [LABEL.component]: 'web', [LABEL.secretFiles]: JSON.stringify({ address: version, password: version }) };
  return { name: `secret-${count}`, image: tools, labels, network: NETWORK, aliases: [], environment: {}, volumes: [], run: whole };
}

async function started(one: ContainerSpec): Promise<string> {
  await host.ensureContainer(one, { signal });
  await host.start(one.name, { signal });
  return one.name;
}

async function printed(name: string, times = 1): Promise<string> {
  return until(`${name} to have printed`, 60_000, async () => {
    const log = await lab.docker.getContainer(name).logs({ stdout: true, stderr: true, tail: 100, follow: false });
    const text = log.toString('utf8');
    return text.split('done').length > times && text;
  });
}

const folders = () => onHost('ls /run/tidegate/secrets/*/');
const running = async (name: string) => (await host.inspect(name, { signal }))?.status;

/** What a reboot takes: memory, and every process. */
async function reboot(): Promise<void> {
  await lab.engine.kill();
  const containers = await onHost("pgrep -f '[c]ontainerd-shim' || true");
  for (const pid of containers.split('\n').filter((one) => one !== '')) await killIfOurs(Number(pid));
  await onHost('rm -rf /run/tidegate');
  await lab.engine.restart();
}

/** Other labs' containers go on. */
async function killIfOurs(pid: number): Promise<void> {
  const { stdout } = await run('sh', [
    '-c',
    `readlink /proc/${pid}/ns/mnt; readlink /proc/${lab.engine.namespacePid}/ns/mnt; pgrep -P ${pid} || true`,
  ]);
  const [theirs, ours, ...children] = stdout.trim().split('\n');
  if (theirs === ours) await run('kill', ['-9', String(pid), ...children]).catch(() => undefined);
}

describe('secret files', () => {
  it('are in the container as configured, read-only, and nowhere that an engine shows', async () => {
    const name = await started(spec());
    const text = await printed(name);
    expect(text).toContain('address 0:0 444');
    expect(text).toContain('password 1000:1001 400');
    expect(text).toContain(`postgres://shop:${PASSWORD}@database/shop`);
    expect(text).toContain('Read-only file system');
    expect(JSON.stringify(await lab.docker.getContainer(name).inspect())).not.toContain(PASSWORD);
    expect(await onHost('stat -c %a /run/tidegate /run/tidegate/secrets')).toBe('700\n700');
  });

  it('leave nothing on any disk of the host', async () => {
    await started(spec('1', 'exec sleep 1000'));
    const found = await run('grep', ['-rlaF', PASSWORD, join(lab.directory, 'engines', 'secret-files')]).catch(({ stdout }) => ({
      stdout,
    }));
    // The first test's container printed its own: that is the application's doing.
    expect(found.stdout.split('\n').filter((file: string) => file !== '' && !file.includes('/local-logs/'))).toEqual([]);
    const helpers = await lab.docker.listContainers({ all: true, filters: { label: [`${LABEL.role}=helper`] } });
    expect(helpers).toEqual([]);
  });

  it('are left out of the logs that are shown, also by a process that did not make the container', async () => {
    const name = await started(spec());
    await printed(name);
    const log = await newEngine().logsTail(name, 20, { signal });
    expect(log).toContain('password 1000:1001');
    expect(log).toContain('[redacted]');
    expect(log).not.toContain(PASSWORD);
  });

  it('outlive a restart of the container and the death of the engine', async () => {
    const name = await started(spec());
    await printed(name);
    await lab.engine.kill();
    await lab.engine.restart();
    await lab.docker.getContainer(name).restart({ t: 0 });
    expect(await printed(name, 2)).toContain('password 1000:1001 400');
  });

  it('are gone after a reboot, so that the container does not start without them, until they are put back', async () => {
    const one = spec();
    const name = await started(one);
    await host.ensureContainer({ ...one, name: `${name}-stopped` }, { signal });
    await reboot();
    await until('the engine to have tried', 60_000, async () => (await running(name)) === 'exited');
    await expect(lab.docker.getContainer(name).start()).rejects.toThrow('bind source path does not exist');
    expect(await newEngine().revive(name, SECRETS, { signal })).toEqual({ wasWhole: false, isStarted: true });
    expect(await running(name)).toBe('running');
    expect(await printed(name, 2)).toContain('password 1000:1001 400');
    // What never was to run does not.
    expect(await newEngine().revive(`${name}-stopped`, SECRETS, { signal })).toEqual({ wasWhole: false, isStarted: false });
    expect(await running(`${name}-stopped`)).toBe('created');
    expect(await newEngine().revive(name, SECRETS, { signal })).toEqual({ wasWhole: true, isStarted: false });
    expect(await newEngine().revive('nobody', SECRETS, { signal })).toEqual({ wasWhole: true, isStarted: false });
  });

  it('go with their container, while those of others stay', async () => {
    const [one, other] = [await started(spec()), await started(spec())];
    await host.stop(one, 0, { signal });
    await host.remove(one, { signal });
    await host.remove(one, { signal });
    const left = await onHost(`cat /run/tidegate/secrets/*/${one} | wc -c; ls /run/tidegate/secrets/*/${other}`);
    expect(left).toBe('0\naddress\npassword');
    // Whoever looks at the host next takes away what marks their place.
    await newEngine().ensureContainer(spec(), { signal });
    expect((await folders()).split('\n')).not.toContain(one);
  });

  it('are made anew when their values changed before the container ever ran, and stay in one that did', async () => {
    const first = spec('1', 'cat /run/secrets/address; echo; echo done; exec sleep 1000');
    await host.ensureContainer(first, { signal });
    variables.PASSWORD = 'pa55-the-second';
    const second = { ...first, labels: { ...first.labels, [LABEL.secretFiles]: JSON.stringify({ address: '2', password: '2' }) } };
    await host.ensureContainer(second, { signal });
    await host.start(first.name, { signal });
    expect(await printed(first.name)).toContain('pa55-the-second');
    variables.PASSWORD = 'pa55-the-third';
    await host.ensureContainer({ ...second, labels: { ...second.labels, [LABEL.secretFiles]: '{"address":"3"}' } }, { signal });
    await host.ensureSecrets(first.name, SECRETS, { signal });
    expect(await onHost(`cat /run/tidegate/secrets/*/${first.name}/password`)).toBe('pa55-the-second');
    const labels = (await lab.docker.getContainer(first.name).inspect()).Config.Labels;
    expect(labels[LABEL.secretFiles]).toBe('{"address":"2","password":"2"}');
  });

  it('are made for many containers at once by processes that know nothing of each other', async () => {
    const specs = Array.from({ length: 4 }, () => spec('1', 'exec sleep 1000'));
    await Promise.all(specs.map((one) => newEngine().ensureContainer(one, { signal })));
    expect(await Promise.all(specs.map(({ name }) => running(name)))).toEqual(Array(4).fill('created'));
    expect(await lab.docker.listContainers({ all: true, filters: { label: [`${LABEL.role}=helper`] } })).toEqual([]);
  });

  it('stay with nobody when their container cannot be made, and are swept where nobody took them away', async () => {
    const one = { ...spec(), network: 'tidegate-nowhere', aliases: ['a'.repeat(300)] };
    const impossible = { ...one, run: { ...one.run, user: 'root' }, volumes: [{ bind: '/no/such/folder', path: '/x' }] };
    await expect(host.ensureContainer(impossible, { signal })).rejects.toThrow('/no/such/folder');
    expect(await onHost(`cat /run/tidegate/secrets/*/${one.name} | wc -c`)).toBe('0');
    await onHost('cd /run/tidegate/secrets/*/ && mkdir orphan && echo word >orphan/word && touch -d "1 hour ago" orphan');
    const kept = await started(spec('1', 'exec sleep 1000'));
    await newEngine().ensureContainer(spec(), { signal });
    const left = (await folders()).split('\n');
    expect(left).not.toContain('orphan');
    expect(left).toContain(kept);
  });

  it('that are not set name themselves and make no container', async () => {
    delete variables.PASSWORD;
    const one = spec();
    await expect(host.ensureContainer(one, { signal })).rejects.toMatchObject({ name: 'SecretMissing' });
    expect(await running(one.name)).toBeUndefined();
  });

  it('are refused to a host that keeps /run on a disk', async () => {
    await mkdir(join(lab.directory, 'disk'));
    await writeFile(join(lab.directory, 'disk', 'here'), '');
    await lab.engine.kill();
    await onHost(`mount --bind ${join(lab.directory, 'disk')} /run && mkdir -p /run/containerd`);
    await lab.engine.restart();
    const one = spec();
    await expect(newEngine().ensureContainer(one, { signal })).rejects.toMatchObject({
      name: 'SecretsOnDisk',
      message: expect.stringContaining('Mount a tmpfs at /run'),
    });
    expect(await running(one.name)).toBeUndefined();
    expect(await onHost('ls /run')).not.toContain('tidegate');
  });
});
