import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createImageCopier } from '../../../../adapters/registry/copy/image-copier.ts';
import type { Descriptor } from '../../../../domain/oci-manifest.ts';
import { CopyLab } from '../../../support/copy-lab.ts';
import { bytesOf, digestOfBytes, type Pusher, TYPES } from '../../../support/pushed-images.ts';

let lab: CopyLab;
let path: string;
let source: Pusher;
let target: Pusher;

beforeAll(async () => {
  lab = await CopyLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => {
  path = lab.name();
  source = lab.source.pusher(path);
  target = lab.target.pusher(path);
  lab.forget();
});

/** An index of two platforms that share their first layer. */
async function twoPlatforms(tag?: string): Promise<{ readonly index: Descriptor; readonly amd64: Descriptor; readonly arm64: Descriptor }> {
  const amd64 = await source.image('shared', [10_000, 2_000]);
  const arm64 = await source.image('shared', [10_000, 3_000], { architecture: 'arm64' });
  return { index: await source.index([amd64, arm64], tag), amd64, arm64 };
}

describe('a copy to another registry', () => {
  it('brings an image byte for byte, and counts what it did', async () => {
    const image = await source.image('a', [100_000, 5_000, 1]);
    const copied = await lab.copy(path, image, { tags: ['1.0', 'latest', '1.0'] });
    expect(await target.lacking('1.0')).toEqual([]);
    expect(await target.read('latest')).toEqual(await source.read(image.digest));
    expect(copied).toEqual({
      images: [{ repository: `${lab.target.address}/${path}`, digest: image.digest }],
      manifests: { put: 1, present: 0 },
      referrers: { put: 0, present: 0 },
      blobs: { mounted: 0, sent: 4, present: 0, foreign: 0 },
      bytes: { mounted: 0, sent: lab.target.proxy.blobBytesSent(), present: 0 },
      tags: ['1.0', 'latest'],
    });
  });

  it('brings every platform of an index, and a blob that they share once', async () => {
    const { index, amd64, arm64 } = await twoPlatforms();
    const { blobs } = await lab.copy(path, index);
    expect(await target.lacking(index.digest)).toEqual([]);
    expect(await target.read(index.digest)).toEqual(await source.read(index.digest));
    for (const { digest } of [amd64, arm64]) expect(await target.read(digest)).toEqual(await source.read(digest));
    expect(blobs.sent).toBe(5);
    const shared = digestOfBytes(bytesOf('shared/0', 10_000));
    expect(lab.source.proxy.asked('GET', new RegExp(`blobs/${shared}`))).toHaveLength(1);
  });

  it('brings Docker’s second schema, nested indexes, layers without bytes, and indexes of layers', async () => {
    const config = await source.blob(Buffer.from('{"os":"linux"}'), TYPES.dockerConfig);
    const layers = [await source.blob(bytesOf('docker', 500), TYPES.dockerLayer), await source.blob(Buffer.alloc(0), TYPES.dockerLayer)];
    const manifest = await source.manifest({ schemaVersion: 2, mediaType: TYPES.dockerManifest, config, layers }, TYPES.dockerManifest);
    const list = await source.manifest({ schemaVersion: 2, mediaType: TYPES.dockerList, manifests: [manifest] }, TYPES.dockerList);
    const cache = await source.blob(bytesOf('cache', 700), 'application/vnd.buildkit.cacheconfig.v0');
    const root = await source.index([list, await source.index([await source.image('deep', [10])]), cache]);
    await lab.copy(path, root);
    expect(await target.lacking(list.digest)).toEqual([]);
    expect((await lab.target.held(path)).manifests).toEqual((await lab.source.held(path)).manifests);
    expect((await lab.target.held(path)).blobs).toEqual((await lab.source.held(path)).blobs);
  });

  it('leaves foreign layers where their urls point', async () => {
    const config = await source.blob(Buffer.from('{"os":"windows"}'), TYPES.dockerConfig);
    const bytes = bytesOf('base', 400);
    const foreign = { mediaType: TYPES.foreignLayer, digest: digestOfBytes(bytes), size: 400, urls: ['https://layers.example/base'] };
    const layers = [foreign, await source.blob(bytesOf('own', 300), TYPES.dockerLayer)];
    const image = await source.manifest({ schemaVersion: 2, mediaType: TYPES.dockerManifest, config, layers }, TYPES.dockerManifest);
    const { blobs } = await lab.copy(path, image);
    expect(blobs).toEqual({ mounted: 0, sent: 2, present: 0, foreign: 1 });
    expect(await target.read(image.digest)).toEqual(await source.read(image.digest));
    expect(lab.source.proxy.asked('GET', new RegExp(foreign.digest))).toEqual([]);
  });

  it('brings referrers of the index, of its platforms and of referrers, and lists them', async () => {
    const { index, arm64 } = await twoPlatforms();
    const sbom = await source.referrer(index, 'application/spdx+json', 'sbom');
    const signatures = [
      await source.referrer(sbom, 'application/signature', 'one'),
      await source.referrer(sbom, 'application/signature', 'two'),
    ];
    const scan = await source.referrer(arm64, 'application/scan', 'clean');
    const { referrers } = await lab.copy(path, index, { tags: ['1'] });
    expect(referrers).toEqual({ put: 4, present: 0 });
    for (const { digest } of [sbom, scan, ...signatures]) expect(await target.lacking(digest)).toEqual([]);
    for (const [subject, expected] of [
      [index, [sbom]],
      [arm64, [scan]],
      [sbom, signatures],
    ] as const)
      expect(await listedAt(target, subject)).toEqual(inOrder(expected));
  });

  it('brings a referrer that is an index, with what it names', async () => {
    const image = await source.image('a', [10]);
    const child = await source.image('attached', [20]);
    const document = { schemaVersion: 2, mediaType: TYPES.index, artifactType: 'application/bundle', manifests: [child], subject: image };
    const bundle = await source.manifest(document, TYPES.index);
    await source.list(image.digest, bundle);
    const signature = await source.referrer(child, 'application/signature', 'of a child of a referrer');
    await lab.copy(path, image);
    expect(await target.lacking(bundle.digest)).toEqual([]);
    expect(await listedAt(target, child)).toEqual([signature.digest]);
  });

  it('brings nothing that was not asked for', async () => {
    await source.image('other', [999], { tag: 'other' });
    const { index, amd64 } = await twoPlatforms('1');
    await source.referrer(amd64, 'application/scan', 'clean');
    const stranger = await source.image('stranger', [50]);
    await source.list(index.digest, stranger);
    await lab.copy(path, index, { referrers: false });
    const held = await lab.target.held(path);
    expect(held.tags).toEqual([]);
    expect(held.manifests).toHaveLength(3);
    expect(held.blobs).toHaveLength(5);
    await lab.copy(path, index);
    expect(await target.read(stranger.digest)).toBeUndefined();
  });

  it('takes a handful of requests when nothing has changed', async () => {
    const { index } = await twoPlatforms();
    await source.referrer(index, 'application/scan', 'clean');
    await lab.copy(path, index, { tags: ['1'] });
    lab.forget();
    const copied = await lab.copy(path, index, { tags: ['1'] });
    expect(copied).toMatchObject({ manifests: { put: 0 }, referrers: { put: 0, present: 1 }, blobs: { sent: 0, mounted: 0 }, tags: ['1'] });
    const exchanges = [...lab.source.proxy.exchanges, ...lab.target.proxy.exchanges];
    expect(exchanges.filter(({ method, path: at }) => !['GET', 'HEAD'].includes(method) || at.includes('/blobs/'))).toEqual([]);
    expect(lab.target.proxy.exchanges.length).toBeLessThanOrEqual(7);
    expect(lab.source.proxy.exchanges.length).toBeLessThanOrEqual(11);
  });

  it('sends only what is missing', async () => {
    const image = await source.image('a', [4_000, 6_000]);
    await target.blob(bytesOf('a/1', 6_000));
    const { blobs, bytes } = await lab.copy(path, image);
    expect(blobs).toMatchObject({ sent: 2, present: 1 });
    expect(bytes.present).toBe(6_000);
    expect(lab.target.proxy.blobBytesSent()).toBeLessThan(5_000);
    expect(await target.lacking(image.digest)).toEqual([]);
  });

  it('moves a layer that several images share once, and mounts it for the others', async () => {
    const other = lab.source.pusher(`${path}-worker`);
    const [web, worker] = [await source.image('base', [50_000, 10]), await other.image('base', [50_000, 20])];
    const order = ({ repository }: Pusher, { digest }: Descriptor, to: Pusher) => ({
      from: { repository: counted(repository), digest },
      to: to.repository.replace(lab.target.registry.address, lab.target.address),
      tags: ['1'],
      referrers: true,
    });
    const counted = (repository: string) => repository.replace(lab.source.registry.address, lab.source.address);
    const there = lab.target.pusher(`${path}-worker`);
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    const both = await createImageCopier(lab.registries.open).copy([order(source, web, target), order(other, worker, there)], options);
    expect(both.reduce((sum, { blobs }) => sum + blobs.mounted, 0)).toBeGreaterThan(0);
    expect(lab.source.proxy.asked('GET', new RegExp(digestOfBytes(bytesOf('base/0', 50_000))))).toHaveLength(1);
    expect([...(await target.lacking('1')), ...(await there.lacking('1'))]).toEqual([]);
  });

  it('tells how it goes, layer by layer', async () => {
    const image = await source.image('a', [300_000]);
    const seen: string[] = [];
    const onProgress = (progress: { readonly kind: string; readonly state?: string; readonly bytes?: number; readonly digest?: string }) =>
      void seen.push(`${progress.kind} ${progress.state ?? ''} ${progress.bytes ?? ''}`.trim());
    await lab.copy(path, image, { tags: ['1'], onProgress });
    expect(seen[0]).toMatch(/^planned {2}3000\d\d$/);
    expect(seen).toContain('blob sending 300000');
    expect(seen.filter((line) => line === 'blob sent 300000')).toHaveLength(1);
    expect(seen.indexOf('blob sent 300000')).toBeLessThan(seen.indexOf('manifest put'));
    expect(seen.at(-1)).toBe('tag');
  });
});

/** The digests that a registry without the referrers API lists under the fallback tag. */
async function listedAt(registry: Pusher, subject: Descriptor): Promise<string[]> {
  const bytes = await registry.read(subject.digest.replace(':', '-'));
  const { manifests } = JSON.parse(bytes?.toString('utf8') ?? '{"manifests":[]}') as { manifests: Descriptor[] };
  return inOrder(manifests);
}

function inOrder(contents: readonly Descriptor[]): string[] {
  return contents.map(({ digest }): string => digest).sort();
}

describe('a copy within one registry', () => {
  it('moves no blob bytes, and asks for each blob once', async () => {
    const image = await source.image('near', [40_000, 30_000, 20_000]);
    const there = lab.source.pusher(`${path}-production`);
    const { blobs } = await lab.copy(path, image, { to: `${lab.source.address}/${path}-production`, tags: ['1'] });
    expect(blobs).toEqual({ mounted: 4, sent: 0, present: 0, foreign: 0 });
    const { proxy } = lab.source;
    expect([proxy.blobBytesSent(), proxy.blobBytesReceived()]).toEqual([0, 0]);
    expect(proxy.asked('HEAD', /\/blobs\//)).toEqual([]);
    expect(proxy.asked('POST', /uploads\/\?mount=/)).toHaveLength(4);
    expect(await there.lacking('1')).toEqual([]);
  });

  it('sends what the registry does not mount, and nothing a second time', async () => {
    const image = await source.image('unmounted', [40_000, 30_000]);
    const to = `${lab.source.address}/${path}-production`;
    lab.source.proxy.meddle = (request) => {
      request.url = request.url?.replace(/\?mount=.*$/, '');
      return false;
    };
    try {
      expect((await lab.copy(path, image, { to })).blobs).toMatchObject({ mounted: 0, sent: 3 });
      await lab.source.pusher(`${path}-production`).remove(image.digest);
      lab.forget();
      expect((await lab.copy(path, image, { to })).blobs).toMatchObject({ sent: 0, present: 3 });
      expect(lab.source.proxy.blobBytesSent()).toBe(0);
      expect(lab.source.proxy.uploadsLeft()).toBe(0);
    } finally {
      lab.source.proxy.meddle = () => false;
    }
  });

  it('asks no more at a time than the pace allows', async () => {
    const image = await source.image(
      'many',
      Array.from({ length: 30 }, (_, index) => 100 + index),
    );
    lab.forget();
    const to = `${lab.source.address}/${path}-production`;
    await lab.copy(path, image, { to, options: { pace: { questions: 3, streams: 1 } } });
    expect(lab.source.proxy.most).toBeLessThanOrEqual(3);
    expect(lab.source.proxy.most).toBeGreaterThan(1);
  });
});
