import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { RegistryBusy } from '../../../activities/registry/errors.ts';
import type { CopyOptions, CopyOrder, ImageCopier } from '../../../activities/registry/ports.ts';
import { createRegistryActivities, type ImagePromotion } from '../../../activities/registry/registry-activities.ts';
import { createImageCopier } from '../../../adapters/registry/copy/image-copier.ts';
import { createImageTags } from '../../../adapters/registry/image-tags.ts';
import { createOciRegistry } from '../../../adapters/registry/oci-registry.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { until } from '../../../lab/until.ts';
import { CopyLab } from '../../support/copy-lab.ts';
import { digestOfBytes } from '../../support/pushed-images.ts';

let lab: CopyLab;
let environment: MockActivityEnvironment;
let beats: string[];

beforeAll(async () => {
  lab = await CopyLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => {
  lab.forget();
  environment = new MockActivityEnvironment();
  beats = [];
  environment.on('heartbeat', (detail: unknown) => beats.push(String(detail)));
});
afterEach(() => {
  lab.source.proxy.meddle = () => false;
});

function activities(copier: ImageCopier = createImageCopier(lab.registries.open)) {
  const { open } = lab.registries;
  return createRegistryActivities({ registry: createOciRegistry(open), copier, tags: createImageTags(open) });
}

function run<Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> {
  return environment.run(activity, input) as Promise<Output>;
}

/** A release of two components with a signature each, and where production pulls from. */
async function release(name: string): Promise<ImagePromotion> {
  const [web, worker] = [lab.source.pusher(`${name}/web`), lab.source.pusher(`${name}/worker`)];
  const images = { web: await web.image('base', [40_000, 10]), worker: await worker.image('base', [40_000, 20]) };
  await web.referrer(images.web, 'application/signature', 'signed');
  return {
    application: name,
    environment: 'production',
    release: 3,
    images: {
      web: { repository: `${lab.source.address}/${name}/web`, digest: images.web.digest },
      worker: { repository: `${lab.source.address}/${name}/worker`, digest: images.worker.digest },
    },
    to: { repository: `${lab.target.address}/{environment}/{application}/{component}`, tags: ['{environment}'] },
  };
}

/** Blobs that the target holds, by where each is read from: what one component has, another that shares it may still lack. */
async function blobsAt(name: string): Promise<readonly string[]> {
  const held = ['web', 'worker'].map(async (component) =>
    (await lab.target.held(`production/${name}/${component}`)).blobs.map((digest) => `/${name}/${component}/blobs/${digest}`),
  );
  return (await Promise.all(held)).flat();
}

describe('promoteImages', () => {
  it('brings every component with its referrers to the environment, at the same digests and without a tag', async () => {
    const promotion = await release('brings');
    const { images, copied } = await run(activities().promoteImages, promotion);
    for (const component of ['web', 'worker'] as const) {
      const digest = promotion.images[component]?.digest ?? '';
      expect(images[component]).toEqual({ repository: `${lab.target.address}/production/brings/${component}`, digest });
      expect(await lab.target.pusher(`production/brings/${component}`).lacking(digest)).toEqual([]);
    }
    expect(copied).toMatchObject({ web: { referrers: { put: 1, present: 0 } }, worker: { referrers: { put: 0, present: 0 } } });
    expect((await lab.target.held('production/brings/worker')).tags).toEqual([]);
    expect(beats[0]).toBe('');
  });

  it('does nothing the second time', async () => {
    const promotion = await release('twice');
    const first = await run(activities().promoteImages, promotion);
    lab.forget();
    const second = await run(activities().promoteImages, promotion);
    expect(second.images).toEqual(first.images);
    const changes = lab.target.proxy.exchanges.filter(({ method }) => !['GET', 'HEAD'].includes(method));
    expect([changes, lab.source.proxy.blobBytesReceived()]).toEqual([[], 0]);
  });

  it('goes on where it was, when its worker went away in the middle', async () => {
    const promotion = await release('gone');
    const gone = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }) });
    let blobs = 0;
    let back: () => void = () => undefined;
    const forever = new Promise<void>((resolve) => {
      back = resolve;
    });
    lab.source.proxy.meddle = async ({ url = '' }) => {
      blobs += url.includes('/blobs/') ? 1 : 0;
      if (blobs > 2) await forever;
      return false;
    };
    const first = run(activities(createImageCopier(gone.open)).promoteImages, promotion).catch((error: unknown) => error);
    await until('some of it to be over', 60_000, async () => blobs > 2 && (await blobsAt('gone')).length > 0);
    // All its connections break at once, and it can clear nothing away.
    await gone.close();
    expect(await first).toBeInstanceOf(Error);
    const there = await blobsAt('gone');
    back();
    lab.source.proxy.meddle = () => false;
    lab.forget();
    const { images } = await run(activities().promoteImages, promotion);
    for (const { repository, digest } of Object.values(images))
      expect(await lab.target.pusher(repository.replace(`${lab.target.address}/`, '')).lacking(digest)).toEqual([]);
    expect(there.length).toBeGreaterThan(0);
    for (const path of there) expect(lab.source.proxy.asked('GET', new RegExp(path))).toEqual([]);
  });

  it('is cancelled through its heartbeat', async () => {
    const promotion = await release('cancelled');
    const asked: CopyOptions[] = [];
    const waiting: ImageCopier = {
      copy: (_orders: readonly CopyOrder[], options) => {
        asked.push(options);
        return new Promise((_, reject) => options.signal.addEventListener('abort', () => reject(options.signal.reason)));
      },
    };
    const running = run(activities(waiting).promoteImages, promotion);
    const ended = expect(running).rejects.toBeInstanceOf(CancelledFailure);
    await until('the copy to begin', 60_000, async () => asked.length === 1);
    environment.cancel();
    await ended;
  });

  it('tells in its heartbeat how far it is', async () => {
    const promotion = await release('progress');
    let go: () => void = () => undefined;
    const digest = digestOfBytes(Buffer.from('a layer'));
    const slow: ImageCopier = {
      copy: async (_orders, { onProgress }) => {
        onProgress({ kind: 'planned', order: 0, blobs: 2, bytes: 3_000 });
        onProgress({ kind: 'planned', order: 1, blobs: 1, bytes: 7_000_000 });
        onProgress({ kind: 'blob', order: 0, digest, size: 1_000, state: 'mounted', bytes: 1_000 });
        onProgress({ kind: 'blob', order: 1, digest, size: 7_000_000, state: 'sending', bytes: 500_000 });
        onProgress({ kind: 'blob', order: 1, digest, size: 7_000_000, state: 'sending', bytes: 2_000_000 });
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        return [];
      },
    };
    const running = run(activities(slow).promoteImages, promotion);
    await until('a beat that tells of it', 60_000, async () => beats.includes('1 of 3 layers, 2.0 MB of 7.0 MB'));
    go();
    await running;
  });

  it('is tried again when the registry has said so, and not before', async () => {
    const promotion = await release('limited');
    const busy = new RegistryBusy({ registry: 'r', image: 'r/i', by: 'tidegate', seen: 'it answered 429' }, 90_000);
    const failed = await run(activities({ copy: () => Promise.reject(busy) }).promoteImages, promotion).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ApplicationFailure);
    expect(failed).toMatchObject({ type: 'RegistryBusy', nextRetryDelay: 90_000, nonRetryable: false, message: busy.message });
    const vague = new RegistryBusy({ registry: 'r', image: 'r/i', by: 'tidegate', seen: 'it answered 429' }, undefined);
    await expect(run(activities({ copy: () => Promise.reject(vague) }).promoteImages, promotion)).rejects.toBe(vague);
  });
});

describe('tags', () => {
  it('are resolved, set and listed; setting them again changes nothing', async () => {
    const pusher = lab.target.pusher('tags/web');
    const repository = `${lab.target.address}/tags/web`;
    const [first, second] = [await pusher.image('first', [10], { tag: '1' }), await pusher.image('second', [20])];
    const { resolveImage, tagImages, listTags } = activities();
    expect(await run(resolveImage, { repository, tag: '1' })).toEqual({ repository, digest: first.digest });
    await expect(run(resolveImage, { repository, tag: '9' })).rejects.toMatchObject({ name: 'TagMissing' });
    const wish = { application: 'shop', images: [{ image: { repository, digest: second.digest }, tags: ['1', 'release-2', '1'] }] };
    await run(tagImages, wish);
    const listed = await run(listTags, { repository });
    expect(Object.fromEntries(listed.map(({ tag, digest }) => [tag, digest]))).toEqual({ '1': second.digest, 'release-2': second.digest });
    expect(await run(listTags, { repository, limit: 1 })).toHaveLength(1);
    lab.forget();
    await run(tagImages, wish);
    expect(lab.target.proxy.asked('PUT', /./)).toEqual([]);
    await expect(
      run(tagImages, { application: 'shop', images: [{ image: { repository, digest: first.digest }, tags: ['x'] }] }),
    ).resolves.toBeUndefined();
  });

  it('are none where there is no repository, and never point at what is not there', async () => {
    const { listTags, tagImages } = activities();
    const repository = `${lab.target.address}/none/web`;
    expect(await run(listTags, { repository })).toEqual([]);
    const digest = digestOfBytes(Buffer.from('nowhere'));
    await expect(run(tagImages, { application: 'shop', images: [{ image: { repository, digest }, tags: ['1'] }] })).rejects.toMatchObject({
      name: 'ManifestMissing',
    });
    expect((await lab.target.held('none/web')).tags).toEqual([]);
  });
});
