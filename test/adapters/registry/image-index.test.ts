import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createImageIndexes } from '../../../adapters/registry/image-index.ts';
import { createImageLabels } from '../../../adapters/registry/image-labels.ts';
import { contentOf } from '../../../adapters/registry/image-source.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { ImageMaker, type MadeDescriptor } from '../../../lab/made-image.ts';
import { startRegistry } from '../../../lab/registry.ts';
import { eachRegistry } from '../../support/registry-tools.ts';
import { clientsOf, closeClients, repositoryAt, signal } from './one-registry.ts';

afterAll(closeClients);

describe.each(eachRegistry())('an index that is made of images, at $title', ({ program }) => {
  let directory: string;
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  let maker: ImageMaker;
  let [amd64, arm]: [MadeDescriptor | undefined, MadeDescriptor | undefined] = [undefined, undefined];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'image-index-'));
    registry = await startRegistry({ directory, address: '127.0.0.1', program });
    maker = new ImageMaker(`${registry.address}/a`);
    amd64 = await maker.image('amd64', [1000]);
    arm = await maker.image('arm', [2000], { architecture: 'arm' });
  });

  afterAll(async () => {
    await registry.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const part = (platform: string, made: MadeDescriptor | undefined) => ({ platform, digest: parseDigest(made?.digest ?? '') });
  const joined = (tag: string, parts: readonly ReturnType<typeof part>[]) =>
    createImageIndexes(clientsOf([registry.address]).open).join(maker.reference, tag, parts, { signal, annotations: { a: 'b' } });

  it('names them in their order with their platforms, under the tag, and is the same when it is made again', async () => {
    const parts = [part('linux/arm/v7', arm), part('linux/amd64', amd64)];
    const digest = await joined('both', parts);
    const found = await repositoryAt(registry.address).getManifest('both', { signal });
    expect([found?.digest, found?.mediaType]).toEqual([digest, 'application/vnd.oci.image.index.v1+json']);
    expect(found && contentOf(found)).toMatchObject({
      kind: 'index',
      annotations: { a: 'b' },
      manifests: [
        { digest: arm?.digest, size: arm?.size, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
        { digest: amd64?.digest, size: amd64?.size, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    });
    expect(await joined('again', parts)).toBe(digest);
    expect(
      await createImageLabels(clientsOf([registry.address]).open).labelsOfEach({ repository: maker.reference, digest }, { signal }),
    ).toEqual([{}, {}]);
  });

  it('takes the image for a platform out of an index that an engine pushed for it', async () => {
    const index = await maker.index(
      [amd64, arm].filter((one) => one !== undefined),
      'pushed',
    );
    await joined('flat', [part('linux/amd64', index)]);
    const found = await repositoryAt(registry.address).getManifest('flat', { signal });
    expect(found && contentOf(found)).toMatchObject({ manifests: [{ digest: amd64?.digest }] });
  });

  it('is refused where an image is for another platform, is none or is not there, and then nothing is under the tag', async () => {
    const index = await maker.index(
      [amd64].filter((one) => one !== undefined),
      'one',
    );
    const gone = parseDigest(`sha256:${'0'.repeat(64)}`);
    const config = await maker.blob('application/vnd.oci.empty.v1+json', '{}');
    const artifact = await maker.manifest({ artifactType: 'text/x', config, layers: [] });
    await expect(joined('no', [part('linux/amd64', amd64), part('linux/arm64', arm)])).rejects.toMatchObject({ name: 'PlatformMissing' });
    await expect(joined('no', [part('linux/arm64', index)])).rejects.toMatchObject({ name: 'PlatformMissing' });
    await expect(joined('no', [{ platform: 'linux/amd64', digest: gone }])).rejects.toMatchObject({ name: 'ManifestMissing' });
    await expect(joined('no', [part('linux/amd64', artifact)])).rejects.toMatchObject({
      name: expect.stringMatching(/NotAnImage|PlatformMissing/),
    });
    expect(await repositoryAt(registry.address).getManifest('no', { signal })).toBeUndefined();
  });
});
