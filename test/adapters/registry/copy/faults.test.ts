import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DigestMismatch } from '../../../../activities/registry/content-errors.ts';
import { CopyTooLarge, ManifestMissing, PlatformMissing, TagAmbiguous } from '../../../../activities/registry/copy-errors.ts';
import { RegistryBusy, RegistryUnavailable } from '../../../../activities/registry/errors.ts';
import { COPY_LIMITS } from '../../../../domain/image-copy.ts';
import { parsePlatform } from '../../../../domain/platform.ts';
import { until } from '../../../../lab/until.ts';
import { CopyLab } from '../../../support/copy-lab.ts';
import type { Meddle } from '../../../support/counting-proxy.ts';
import { bytesOf, digestOfBytes, type Pusher } from '../../../support/pushed-images.ts';

let lab: CopyLab;
let path: string;
let source: Pusher;
let target: Pusher;

beforeAll(async () => {
  lab = await CopyLab.start({ repetitions: 1, idleMs: 5_000 });
});
afterAll(() => lab.stop());
beforeEach(() => {
  path = lab.name();
  source = lab.source.pusher(path);
  target = lab.target.pusher(path);
  lab.forget();
});
afterEach(() => {
  for (const { proxy } of [lab.source, lab.target]) {
    proxy.meddle = () => false;
    proxy.corrupt = (_path, chunk) => chunk;
  }
});

const nothing = { tags: [], manifests: [], blobs: [] };

describe('a copy of what is not as it should be', () => {
  it('never lets a corrupt blob become whole at the target', async () => {
    const image = await source.image('corrupt', [300_000, 20]);
    const layer = digestOfBytes(bytesOf('corrupt/0', 300_000));
    lab.source.proxy.corrupt = (at, chunk) => (at.includes(layer) ? Buffer.from(chunk.map((byte) => byte ^ 1)) : chunk);
    const failed = await lab.copy(path, image, { tags: ['1'] }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DigestMismatch);
    expect(String(failed)).toContain(`${path}@${layer}`);
    const held = await lab.target.held(path);
    expect(held.blobs).not.toContain(layer);
    expect([held.tags, held.manifests]).toEqual([[], []]);
    // The registry was never given the last of it, so it did not even have to refuse it.
    expect(lab.target.proxy.blobBytesSent()).toBeLessThan(300_000);
    await until('every upload to be completed or cancelled', 60_000, async () => lab.target.proxy.uploadsLeft() === 0);
  });

  it('names a platform that is missing, before anything is put', async () => {
    const [amd64, arm64] = [await source.image('a', [10]), await source.image('b', [20], { architecture: 'arm64' })];
    const index = await source.index([amd64, arm64], '1');
    await source.remove(arm64.digest);
    const failed = await lab.copy(path, index, { tags: ['1'] }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ManifestMissing);
    expect(String(failed)).toContain(`${path}@${arm64.digest}, which belongs to ${lab.source.address}/${path}@${index.digest},`);
    expect(await lab.target.held(path)).toEqual(nothing);
  });

  it('names a layer that is missing, and tags nothing', async () => {
    const image = await source.image('a', [10, 20]);
    const layer = digestOfBytes(bytesOf('a/1', 20));
    await source.removeBlob(layer);
    await expect(lab.copy(path, image, { tags: ['1'] })).rejects.toMatchObject({
      name: 'BlobMissing',
      message: expect.stringContaining(`${path}@${layer}`),
    });
    expect(await lab.target.held(path)).toMatchObject({ tags: [], manifests: [] });
  });

  it('names a referrer that is listed and missing, and tags nothing', async () => {
    const image = await source.image('a', [10]);
    const sbom = await source.referrer(image, 'application/sbom', 'x');
    await source.remove(sbom.digest);
    await expect(lab.copy(path, image, { tags: ['1'] })).rejects.toThrow(`${path}@${sbom.digest}, which belongs to`);
    expect((await lab.target.held(path)).tags).toEqual([]);
    await lab.copy(path, image, { tags: ['1'], referrers: false });
    expect(await target.lacking('1')).toEqual([]);
  });

  it('finds what the source has no longer at the target', async () => {
    const image = await source.image('a', [10]);
    await lab.copy(path, image);
    await source.remove(image.digest);
    expect(await lab.copy(path, image, { tags: ['2'] })).toMatchObject({ manifests: { put: 0, present: 1 }, tags: ['2'] });
    expect(await target.lacking('2')).toEqual([]);
  });

  it('makes an index whole again of which a platform was deleted at the target', async () => {
    const [amd64, arm64] = [await source.image('a', [10]), await source.image('b', [20], { architecture: 'arm64' })];
    const index = await source.index([await source.index([amd64]), arm64]);
    await lab.copy(path, index, { tags: ['1'] });
    for (const { digest } of [amd64, arm64]) await target.remove(digest);
    expect(await target.lacking('1')).toHaveLength(2);
    expect(await lab.copy(path, index, { tags: ['2'], referrers: false })).toMatchObject({ manifests: { put: 2, present: 2 } });
    expect([...(await target.lacking('1')), ...(await target.lacking('2'))]).toEqual([]);
    expect(await target.read('2')).toEqual(await source.read(index.digest));
  });

  it('does not believe a registry that took a large blob and does not have it', async () => {
    const image = await source.image('lost', [1_100_000, 10], { tag: '1' });
    const layer = digestOfBytes(bytesOf('lost/0', 1_100_000));
    lab.target.proxy.meddle = ({ method, url = '' }, response) => {
      if (method !== 'HEAD' || !url.includes(`blobs/${layer}`)) return false;
      response.writeHead(404, { 'docker-distribution-api-version': 'registry/2.0' }).end();
      return true;
    };
    await expect(lab.copy(path, image, { tags: ['1'] })).rejects.toMatchObject({
      name: 'UploadLost',
      message: expect.stringContaining(`${path}@${layer}`),
    });
    expect(await lab.target.held(path)).toMatchObject({ tags: [], manifests: [] });
  });

  it('keeps to its limits', async () => {
    const image = await source.image('a', [10]);
    const referrer = await source.referrer(image, 'application/sbom', 'x');
    await source.referrer(referrer, 'application/signature', 'y');
    const limited = (limits: Partial<typeof COPY_LIMITS>) =>
      lab.copy(path, image, { tags: ['1'], options: { limits: { ...COPY_LIMITS, ...limits } } }).catch((error: unknown) => error);
    for (const limits of [{ manifests: 2 }, { referrerDepth: 1 }, { manifestBytes: 1_000 }] as object[])
      expect(await limited(limits)).toBeInstanceOf(CopyTooLarge);
    const nested = await source.index([await source.index([image])]);
    const deep = lab.copy(path, nested, { options: { limits: { ...COPY_LIMITS, indexDepth: 1 } } as object });
    await expect(deep).rejects.toBeInstanceOf(CopyTooLarge);
    expect((await lab.target.held(path)).tags).toEqual([]);
  });
});

describe('a copy of chosen platforms', () => {
  it('brings exactly their manifests, and tags the only one', async () => {
    const [amd64, arm64] = [await source.image('a', [10]), await source.image('b', [20], { architecture: 'arm64' })];
    const index = await source.index([await source.index([amd64]), arm64]);
    const scan = await source.referrer(amd64, 'application/scan', 'of amd64');
    await source.referrer(index, 'application/scan', 'of the index');
    const copied = await lab.copy(path, index, { platforms: [parsePlatform('linux/amd64')], tags: ['amd64'] });
    expect(copied.images).toEqual([{ repository: `${lab.target.address}/${path}`, digest: amd64.digest }]);
    expect(await target.read('amd64')).toEqual(await source.read(amd64.digest));
    const { manifests } = await lab.target.held(path);
    expect(manifests).toEqual(expect.arrayContaining([amd64.digest, scan.digest]));
    for (const { digest } of [index, arm64]) expect(manifests).not.toContain(digest);
  });

  it('refuses platforms that there are not, and tags for several', async () => {
    const [amd64, arm64] = [await source.image('a', [10]), await source.image('b', [20], { architecture: 'arm64' })];
    const index = await source.index([amd64, arm64]);
    const wish = (texts: string[], tags: string[]) =>
      lab.copy(path, index, { platforms: texts.map(parsePlatform), tags }).catch((error: unknown) => error);
    const missing = await wish(['linux/amd64', 'linux/s390x'], []);
    expect(missing).toBeInstanceOf(PlatformMissing);
    expect(String(missing)).toContain('runs on linux/amd64, linux/arm64');
    expect(await wish(['linux/amd64', 'linux/arm64'], ['1'])).toBeInstanceOf(TagAmbiguous);
    expect(await lab.target.held(path)).toEqual(nothing);
  });

  it('takes a single image for the platform that its config names', async () => {
    const image = await source.image('a', [10], { architecture: 'arm64' });
    await expect(lab.copy(path, image, { platforms: [parsePlatform('linux/amd64')] })).rejects.toThrow('it runs on linux/arm64');
    const copied = await lab.copy(path, image, { platforms: [parsePlatform('linux/arm64/v8')], tags: ['1'] });
    expect(copied.images.map(({ digest }) => digest)).toEqual([image.digest]);
  });
});

describe('a copy that is disturbed', () => {
  it('keeps to its digest when a tag moves meanwhile', async () => {
    const image = await source.image('first', [10_000], { tag: '1' });
    let moved: string | undefined;
    lab.target.proxy.meddle = async ({ method }) => {
      if (method === 'PUT' && moved === undefined) {
        moved = 'moving';
        moved = (await source.image('second', [20], { tag: '1' })).digest;
      }
      return false;
    };
    await lab.copy(path, image, { tags: ['1'] });
    expect(moved).toMatch(/^sha256/);
    expect(await target.read('1')).toEqual(await source.read(image.digest));
    expect(await target.read(moved ?? '')).toBeUndefined();
  });

  it('ends promptly when it is cancelled, tags nothing, and goes on later with what is missing', async () => {
    const image = await source.image('slow', [50_000, 60_000, 70_000, 80_000, 90_000]);
    const reason = new Error('cancelled by the test');
    const cancelled = new AbortController();
    let held = 0;
    lab.source.proxy.meddle = async ({ url = '' }) => {
      if (!url.includes('/blobs/')) return false;
      held += 1;
      if (held > 2) await delay(60_000, undefined, { signal: cancelled.signal }).catch(() => undefined);
      return cancelled.signal.aborted;
    };
    const copying = lab.copy(path, image, { tags: ['1'], signal: cancelled.signal });
    const failed = copying.catch((error: unknown) => error);
    await until('two layers to be over', 60_000, async () => (await lab.target.held(path)).blobs.length === 2);
    await until('the others to be under way', 60_000, async () => held === 6);
    cancelled.abort(reason);
    const since = performance.now();
    expect(await failed).toBe(reason);
    expect(performance.now() - since).toBeLessThan(20_000);
    expect(lab.target.proxy.uploadsLeft()).toBe(0);
    const before = await lab.target.held(path);
    expect([before.tags, before.manifests]).toEqual([[], []]);
    lab.source.proxy.meddle = () => false;
    lab.forget();
    const { blobs } = await lab.copy(path, image, { tags: ['1'] });
    expect(blobs).toMatchObject({ present: 2, sent: 4 });
    expect(await target.lacking('1')).toEqual([]);
  });

  it('is done twice at once without harm', async () => {
    const image = await source.image('both', [30_000, 40_000]);
    const referrers = [1, 2, 3, 4].map((number) => source.referrer.bind(source, image, 'application/note', `note ${number}`));
    for (const attach of referrers) await attach();
    await Promise.all([lab.copy(path, image, { tags: ['1'] }), lab.copy(path, image, { tags: ['1'] })]);
    expect(await target.lacking('1')).toEqual([]);
    const fallback = JSON.parse((await target.read(image.digest.replace(':', '-')))?.toString() ?? '{}') as { manifests: object[] };
    expect(fallback.manifests).toHaveLength(4);
  });

  it('repeats what a registry could not do for a moment', async () => {
    const image = await source.image('flaky', [1_000, 2_000, 3_000]);
    const failures = new Map<string, number>();
    const flaky: Meddle = ({ method = '', url = '' }, response) => {
      const what = `${method} ${url.replace(/\?.*/, '').replace(/uploads\/.+/, 'uploads')}`;
      const before = failures.get(what) ?? 0;
      failures.set(what, before + 1);
      if (before > 0 || method === 'PUT') return false;
      response.writeHead(503).end();
      return true;
    };
    lab.target.proxy.meddle = flaky;
    lab.source.proxy.meddle = flaky;
    await lab.copy(path, image, { tags: ['1'] });
    expect([...failures.values()].filter((count) => count > 1).length).toBeGreaterThan(4);
    expect(await target.lacking('1')).toEqual([]);
  });

  it('leaves a registry alone that asks for it, and says for how long', async () => {
    const image = await source.image('limited', [1_000]);
    lab.target.proxy.meddle = ({ method }, response) => {
      if (method !== 'POST') return false;
      response.writeHead(429, { 'retry-after': '120' }).end();
      return true;
    };
    const failed = await lab.copy(path, image).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RegistryBusy);
    expect(failed).toMatchObject({ retryAfterMs: 120_000 });
  });

  it('lists a referrer that an earlier copy put and could not list', async () => {
    const image = await source.image('a', [10]);
    const note = await source.referrer(image, 'application/note', 'x');
    lab.target.proxy.meddle = ({ method, url = '' }, response) => {
      if (method !== 'PUT' || !url.includes('/manifests/sha256-')) return false;
      response.destroy();
      return true;
    };
    await expect(lab.copy(path, image, { tags: ['1'] })).rejects.toBeInstanceOf(RegistryUnavailable);
    const before = await lab.target.held(path);
    expect(before.manifests).toContain(note.digest);
    expect(before.tags).toEqual([]);
    lab.target.proxy.meddle = () => false;
    expect((await lab.copy(path, image, { tags: ['1'] })).referrers).toEqual({ put: 1, present: 0 });
    expect((await target.read(image.digest.replace(':', '-')))?.toString()).toContain(note.digest);
  });
});
