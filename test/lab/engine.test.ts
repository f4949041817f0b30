import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type LabImage, plainImage } from '../../lab/images.ts';
import { createLabNetwork, type LabNetwork } from '../../lab/network.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { leftoversOf } from './leftovers.ts';

let directory: string;
let network: LabNetwork;
let registry: LabRegistry;
let engine: LabEngine;
let other: LabEngine;
let image: LabImage;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
  network = await createLabNetwork({ directory });
  registry = await startRegistry({ directory, address: network.gateway });
  const start = (name: string) => startEngine({ name, directory, network, registries: [registry.address] });
  [engine, other, image] = await Promise.all([start('one'), start('two'), plainImage({ registry: registry.address })]);
});

afterAll(async () => {
  await Promise.all([engine, other].map((each) => each.stop({ remove: true })));
  await registry.stop();
  await network.close();
  expect(await leftoversOf(directory, ['one', 'two'])).toEqual([]);
  await rm(directory, { recursive: true });
});

function clientOf({ docker }: LabEngine): Docker {
  return new Docker({ socketPath: docker.slice('unix://'.length) });
}

async function pull(client: Docker, reference: string): Promise<void> {
  const stream = await client.pull(reference);
  await new Promise<void>((done, failed) => client.modem.followProgress(stream, (error) => (error ? failed(error) : done())));
}

async function serve(on: LabEngine, text: string): Promise<void> {
  const client = clientOf(on);
  const reference = `${image.reference}@${image.digest}`;
  await pull(client, reference);
  const container = await client.createContainer({
    Image: reference,
    Cmd: ['sh', '-c', `mkdir -p /www && echo ${text} > /www/index.html && exec httpd -f -p 80 -h /www`],
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    ExposedPorts: { '80/tcp': {} },
  });
  await container.start();
}

async function read(from: LabEngine): Promise<string> {
  const answer = () => fetch(`http://${from.address}:8080/`, { signal: AbortSignal.timeout(1_000) }).then((response) => response.text());
  return (await until(`an answer of ${from.name}`, 60_000, () => answer().catch(() => undefined))).trim();
}

describe('an engine of the lab', () => {
  it('is a host of its own: the same published port on two engines serves two containers, each at its address', async () => {
    await Promise.all([serve(engine, 'one'), serve(other, 'two')]);
    expect([await read(engine), await read(other)]).toEqual(['one', 'two']);
    expect(engine.address).not.toBe(other.address);
  });

  it('pulls by digest from the registry of the lab and has nothing but that digest', async () => {
    const images = await clientOf(engine).listImages();
    expect(images.flatMap(({ RepoDigests }) => RepoDigests)).toEqual([`${image.reference}@${image.digest}`]);
  });

  it('keeps its containers serving while dockerd is dead, and knows them again after', async () => {
    const before = engine.pid;
    await engine.kill();
    await expect(clientOf(engine).ping()).rejects.toThrow();
    expect(await read(engine)).toBe('one');
    await engine.restart();
    expect(engine.pid).not.toBe(before);
    expect(await read(engine)).toBe('one');
    expect((await clientOf(engine).listContainers()).map(({ State }) => State)).toEqual(['running']);
  });

  it('restarts in good order too, without touching its containers', async () => {
    const [before] = await clientOf(engine).listContainers();
    await engine.restart();
    const [after] = await clientOf(engine).listContainers();
    expect(after?.Id).toBe(before?.Id);
    expect(await read(engine)).toBe('one');
  });

  it('reaches the registry again after that was restarted, on the same address with the same contents', async () => {
    const before = registry.address;
    await registry.restart();
    expect(registry.address).toBe(before);
    await pull(clientOf(other), `${image.reference}@${image.digest}`);
  });

  it('stops with nothing left, though dockerd was killed and containers run, and starts again with its images', async () => {
    await engine.kill();
    await engine.stop();
    await engine.stop();
    expect((await leftoversOf(directory, ['one'])).filter((entry) => entry.includes('/engines/one') || entry.includes('one-'))).toEqual([]);
    expect(await read(other)).toBe('two');
    engine = await startEngine({ name: 'one', directory, network, registries: [registry.address] });
    expect(await clientOf(engine).listImages()).toHaveLength(1);
  });

  it('says what its log ends with when it cannot start', async () => {
    const start = startEngine({ name: 'broken', directory, network, registries: ['not a registry/'] });
    await expect(start).rejects.toThrow(/engine\.log ends with: .+not a registry/);
    expect((await leftoversOf(directory, ['broken'])).filter((entry) => entry.includes('broken'))).toEqual([]);
  });
});
