import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { HostEngine } from '../../../activities/hosts/ports.ts';
import { createDockerHostEngine, type HostEngineOptions } from '../../../adapters/docker/docker-host-engine.ts';
import { createImageSource } from '../../../adapters/registry/image-source.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { corrupts, cutAnswer, silence, stalls, tooManyRequests } from '../../../lab/faulty-registry/known-faults.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../../../lab/faulty-registry/server.ts';
import { ImageMaker, type MadeDescriptor } from '../../../lab/made-image.ts';
import { until } from '../../../lab/until.ts';
import { type DockerLab, startDockerLab, UNUSED_IMAGE } from './docker-lab.ts';

const signal = new AbortController().signal;
const quiet = (): void => undefined;
/** How many downloads an engine has under way at most, unless it is told otherwise. */
const SLOTS = 3;

let lab: DockerLab;
let good: FaultyRegistry;
let bad: FaultyRegistry;
let registries: Registries;
let made = 0;

beforeAll(async () => {
  lab = await startDockerLab('delivery');
  [good, bad] = [await startFaultyRegistry({ host: lab.gateway }), await startFaultyRegistry({ host: lab.gateway })];
  registries = connectRegistries({
    credentials: async () => undefined,
    access: plainHttpAt([good.address, bad.address]),
    limits: { idleMs: 2_000 },
  });
});
afterEach(() => {
  for (const registry of [good, bad]) {
    registry.faults.clear();
    registry.forget();
  }
});
afterAll(async () => {
  await registries.close();
  await Promise.all([good.close(), bad.close()]);
  await lab.stop();
});

function hostOf(more: Partial<HostEngineOptions> = {}): HostEngine {
  return createDockerHostEngine({
    host: 'hamburg',
    endpoint: lab.engine.docker,
    docker: lab.docker,
    credentials: async () => undefined,
    source: createImageSource(registries.open),
    resolveValue: async (text) => text,
    toolsImage: UNUSED_IMAGE,
    pullIdleMs: 6_000,
    ...more,
  });
}

/** An image that no test has yet. */
async function newImage(registry: FaultyRegistry, layers: readonly number[] = [50_000, 60_000]): Promise<PinnedImage> {
  made += 1;
  const maker = new ImageMaker(`${registry.address}/shop/image-${made}`);
  return pinned(maker, await maker.image(`image-${made}`, layers));
}

function pinned({ reference }: ImageMaker, { digest }: Pick<MadeDescriptor, 'digest'>): PinnedImage {
  return { repository: reference, digest: parseDigest(digest) };
}

/** Requests for layers of these images alone. */
async function layersOf(...images: readonly PinnedImage[]): Promise<{ readonly on: 'getBlob'; readonly path: RegExp }> {
  const digests = await Promise.all(
    images.map(async ({ repository, digest }) => {
      const answer = await fetch(`http://${repository.replace('/', '/v2/')}/manifests/${digest}`);
      const { layers } = (await answer.json()) as { readonly layers: readonly { readonly digest: string }[] };
      return layers.map((layer) => layer.digest);
    }),
  );
  return { on: 'getBlob', path: new RegExp(digests.flat().join('|')) };
}

/** Whether the engine knows an image by its repository and digest. */
async function isThere({ repository, digest }: PinnedImage): Promise<boolean> {
  const images = await lab.docker.listImages({ digests: true });
  return images.some(({ RepoDigests }) => RepoDigests?.includes(`${repository}@${digest}`) ?? false);
}

async function imagesWithoutName(): Promise<number> {
  return (await lab.docker.listImages({ filters: { dangling: ['true'] } })).filter(({ RepoDigests }) => !RepoDigests?.length).length;
}

describe('three images of a registry that hangs', () => {
  it('fail, and the next image comes at once: none of them has a download slot of the engine', async () => {
    const hung = await Promise.all(Array.from({ length: SLOTS }, () => newImage(bad)));
    bad.faults.arm({ ...(await layersOf(...hung)), fault: silence });
    const pulls = hung.map((image) => hostOf().ensureImage(image, quiet, { signal }));
    for (const pull of await Promise.allSettled(pulls))
      expect(pull).toMatchObject({
        status: 'rejected',
        reason: { name: 'RegistryUnavailable', message: expect.stringContaining(bad.address) },
      });
    const [ours, another] = [await newImage(good), await newImage(good)];
    await hostOf().ensureImage(ours, quiet, { signal });
    // The engine's own downloads are not held up either.
    await hostOf({ source: undefined }).ensureImage(another, quiet, { signal });
    for (const image of [ours, another]) expect(await isThere(image)).toBe(true);
    for (const image of hung) expect(await isThere(image)).toBe(false);
  });

  it('and that the engine downloads by itself hold its slots after they have failed, and images still come by hand', async () => {
    const hung = await Promise.all(Array.from({ length: SLOTS }, () => newImage(bad)));
    bad.faults.arm({ ...(await layersOf(...hung)), fault: silence });
    const impatient = hostOf({ source: undefined, pullIdleMs: 2_000 });
    for (const image of hung)
      await expect(impatient.ensureImage(image, quiet, { signal })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    await expect(impatient.ensureImage(await newImage(good), quiet, { signal })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    const image = await newImage(good);
    await hostOf().ensureImage(image, quiet, { signal });
    expect(await isThere(image)).toBe(true);
    // A registry that goes away lets them go.
    await bad.close();
    bad = await startFaultyRegistry({ host: lab.gateway, port: Number(bad.address.split(':')[1]) });
    await until('the slots to be free', 60_000, async () => {
      const next = await newImage(good);
      return impatient.ensureImage(next, quiet, { signal }).then(
        () => true,
        () => false,
      );
    });
  });
});

describe('an image that is brought', () => {
  it('is known by its digest, and the engine asked its registry for the manifest alone', async () => {
    const image = await newImage(good);
    good.forget();
    await hostOf().ensureImage(image, quiet, { signal });
    expect(await isThere(image)).toBe(true);
    const blobs = good.requests().filter(({ operation }) => operation === 'getBlob');
    // The configuration and two layers, each once, and all of them by us.
    expect(blobs).toHaveLength(3);
    expect(await imagesWithoutName()).toBe(0);
  });

  it('leaves out the layers that the host has', async () => {
    const maker = new ImageMaker(`${good.address}/shop/grown`);
    const base = [40_000, 41_000];
    // Layers are made of the image's name: the same name and one more layer is the next version.
    const [first, second] = [pinned(maker, await maker.image('grown', base)), pinned(maker, await maker.image('grown', [...base, 42_000]))];
    await hostOf().ensureImage(first, quiet, { signal });
    good.forget();
    await hostOf().ensureImage(second, quiet, { signal });
    expect(await isThere(second)).toBe(true);
    const layers = good.requests().filter(({ operation, bytesOut }) => operation === 'getBlob' && bytesOut > 20_000);
    expect(layers).toHaveLength(1);
  });

  it('under another repository brings no layer at all', async () => {
    const image = await newImage(good);
    await hostOf().ensureImage(image, quiet, { signal });
    const path = `${good.address}/production/web`;
    const maker = new ImageMaker(path);
    const copy = pinned(maker, await maker.image(`image-${made}`, [50_000, 60_000]));
    expect(copy.digest).toBe(image.digest);
    good.forget();
    await hostOf().ensureImage(copy, quiet, { signal });
    expect(await isThere(copy)).toBe(true);
    expect(good.requests().filter(({ operation, bytesOut }) => operation === 'getBlob' && bytesOut > 20_000)).toEqual([]);
  });

  it('with the same layer twice gets it once', async () => {
    const maker = new ImageMaker(`${good.address}/shop/twice`);
    const { layer, diffId } = await maker.layer('twice', 30_000);
    const fields = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diffId, diffId] } };
    const config = await maker.blob('application/vnd.oci.image.config.v1+json', JSON.stringify(fields));
    const image = pinned(maker, await maker.manifest({ config, layers: [layer, layer] }));
    good.forget();
    await hostOf().ensureImage(image, quiet, { signal });
    expect(await isThere(image)).toBe(true);
    expect(good.requests().filter(({ operation, bytesOut }) => operation === 'getBlob' && bytesOut > 20_000)).toHaveLength(1);
  });

  it('of an index is the one for this machine', async () => {
    const maker = new ImageMaker(`${good.address}/shop/index`);
    const machine = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const [mine, other] = [
      await maker.image('mine', [20_000], { architecture: machine }),
      await maker.image('other', [20_000], { architecture: 's390x' }),
    ];
    const image = pinned(maker, await maker.index([other, mine], 'index'));
    await hostOf().ensureImage(image, quiet, { signal });
    const { Architecture } = await lab.docker.getImage(`${image.repository}@${image.digest}`).inspect();
    expect(Architecture).toBe(machine);
  });

  it('tells how far it has come', async () => {
    const lines: string[] = [];
    const image = await newImage(good, [3_000_000]);
    // So slowly that somebody would look.
    good.faults.arm({ ...(await layersOf(image)), fault: { kind: 'trickle', part: 'body', bytes: 500_000, everyMs: 300 } });
    await hostOf().ensureImage(image, (line) => lines.push(line), { signal });
    expect(lines.join('\n')).toMatch(/brought \S+ [kM]B of 3\.\d+ MB of .*shop\/image/);
  });

  it('is read again when a bit of it had flipped on its way', async () => {
    const image = await newImage(good);
    good.faults.arm({ ...(await layersOf(image)), times: 1, fault: corrupts() });
    await hostOf().ensureImage(image, quiet, { signal });
    expect(await isThere(image)).toBe(true);
  });

  it('goes on from where its registry broke off', async () => {
    const image = await newImage(good, [3_000_000]);
    good.faults.arm({ ...(await layersOf(image)), times: 2, fault: cutAnswer(1_200_000, 'RST') });
    good.forget();
    await hostOf().ensureImage(image, quiet, { signal });
    expect(await isThere(image)).toBe(true);
    expect(good.requests().filter(({ range }) => range !== undefined)).toHaveLength(2);
  });
});

describe('an image that is not brought', () => {
  it('had a flipped bit each time, and nothing of it stays', async () => {
    const image = await newImage(good);
    good.faults.arm({ ...(await layersOf(image)), fault: corrupts() });
    await expect(hostOf().ensureImage(image, quiet, { signal })).rejects.toMatchObject({ name: 'DigestMismatch' });
    expect(await isThere(image)).toBe(false);
    expect(await imagesWithoutName()).toBe(0);
    await until('the engine to have thrown away what came', 60_000, async () => (await temporaryFiles()).length === 0);
  });

  it('was put off by its registry, which says for how long', async () => {
    const image = await newImage(good);
    good.faults.arm({ ...(await layersOf(image)), fault: tooManyRequests(7) });
    await expect(hostOf().ensureImage(image, quiet, { signal })).rejects.toMatchObject({ name: 'RegistryBusy', retryAfterMs: 7_000 });
  });

  it('was asked of a registry that accepts and never answers', async () => {
    const image = await newImage(good);
    good.faults.arm({ on: 'getManifest', fault: silence });
    await expect(hostOf().ensureImage(image, quiet, { signal })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringContaining('did not answer in time'),
    });
  });

  it('was given up by whoever wanted it, and the engine throws away what had come', async () => {
    const image = await newImage(good, [2_000_000]);
    good.faults.arm({ ...(await layersOf(image)), fault: stalls(1_000_000) });
    const gone = new AbortController();
    const pull = hostOf().ensureImage(image, quiet, { signal: gone.signal });
    await until('some of it to be there', 60_000, async () => (await temporaryFiles()).length > 0);
    gone.abort(new Error('the release was cancelled'));
    await expect(pull).rejects.toThrow('the release was cancelled');
    await until('the engine to have thrown away what came', 60_000, async () => (await temporaryFiles()).length === 0);
  });

  it('was on its way when the engine was killed, and comes when the engine is back', async () => {
    const image = await newImage(good, [2_000_000]);
    const armed = good.faults.arm({ ...(await layersOf(image)), fault: stalls(1_000_000) });
    const pull = hostOf().ensureImage(image, quiet, { signal });
    await until('some of it to be there', 60_000, async () => (await temporaryFiles()).length > 0);
    await Promise.all([expect(pull).rejects.toMatchObject({ name: 'EngineUnreachable' }), lab.engine.kill()]);
    armed.disarm();
    await lab.engine.restart();
    expect(await isThere(image)).toBe(false);
    await hostOf().ensureImage(image, quiet, { signal });
    expect(await isThere(image)).toBe(true);
  });

  it('is not there', async () => {
    const image = { ...(await newImage(good)), digest: parseDigest(`sha256:${'1'.repeat(64)}`) };
    await expect(hostOf().ensureImage(image, quiet, { signal })).rejects.toMatchObject({
      name: 'ImageNotFound',
      message: expect.stringMatching(/host hamburg/),
    });
  });

  it.each(['as it is', 'in an index'])('was built for another machine, %s', async (how) => {
    const maker = new ImageMaker(`${good.address}/shop/foreign`);
    const foreign = await maker.image('foreign', [20_000], { architecture: 's390x' });
    const image = pinned(maker, how === 'as it is' ? foreign : await maker.index([foreign], 'foreign'));
    await expect(hostOf().ensureImage(image, quiet, { signal })).rejects.toMatchObject({
      name: 'WrongPlatform',
      message: expect.stringMatching(/host hamburg, which takes linux\/\w+.*built for linux\/s390x/),
    });
    expect(await isThere(image)).toBe(false);
  });

  it('is an artifact and no image', async () => {
    const maker = new ImageMaker(`${good.address}/shop/artifact`);
    const config = await maker.blob('application/vnd.oci.empty.v1+json', '{}');
    const layer = await maker.blob('text/plain', 'a chart, say');
    const image = pinned(maker, await maker.manifest({ artifactType: 'application/x-chart', config, layers: [layer] }));
    await expect(hostOf().ensureImage(image, quiet, { signal })).rejects.toMatchObject({ name: 'NotAnImage' });
  });
});

/** What the engine has taken and not yet judged. */
async function temporaryFiles(): Promise<readonly string[]> {
  const folder = join(lab.directory, 'engines', lab.engine.name, 'data', 'tmp');
  return (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.startsWith('docker-import'));
}
