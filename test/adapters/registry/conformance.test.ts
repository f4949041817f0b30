import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Manifest, RepositoryClient } from '../../../adapters/registry/contents.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { startFaultyRegistry } from '../../../lab/faulty-registry/server.ts';
import { startRegistry } from '../../../lab/registry.ts';
import { eachRegistry } from '../../support/registry-tools.ts';
import {
  allBlobs,
  allOf,
  type Blob,
  blob,
  chunksOf,
  DOCKER,
  emptyJson,
  image,
  index,
  type Made,
  manifest,
  OCI,
  push,
  pushBlob,
  readAll,
  referrer,
} from './made-content.ts';

/**
 * What the conformance tests of the distribution specification ask of a registry, asked by our client: pull, push, content discovery
 * and content management, with the kinds of content that they try.
 */
interface Tried {
  readonly title: string;
  readonly start: (directory: string) => Promise<{ readonly address: string; stop(): Promise<unknown> }>;
  readonly referrersApi: boolean;
  readonly deletesTags: boolean;
  /** Distribution 2 gives tags in no order, against the specification. */
  readonly ordersTags: boolean;
}

const real = eachRegistry().map(
  ({ title, program }): Tried => ({
    title,
    start: (directory) => startRegistry({ directory, address: '127.0.0.1', program }),
    referrersApi: false,
    deletesTags: program !== undefined,
    ordersTags: program !== undefined,
  }),
);

async function startOurs(referrersApi: boolean) {
  const registry = await startFaultyRegistry({ abilities: { referrersApi, referrersPage: 2, tagsPage: 7 } });
  return { address: registry.address, stop: () => registry.close() };
}

const ours: readonly Tried[] = [
  {
    title: 'the lab’s registry with the referrers API',
    start: () => startOurs(true),
    referrersApi: true,
    deletesTags: true,
    ordersTags: true,
  },
  {
    title: 'the lab’s registry without the referrers API',
    start: () => startOurs(false),
    referrersApi: false,
    deletesTags: true,
    ordersTags: true,
  },
];

const { signal } = new AbortController();
const SBOM = 'application/vnd.example.sbom.v1';
const SIGNATURE = 'application/vnd.example.signature.v1';

describe.each([...real, ...ours])('our client against $title', ({ start, referrersApi, deletesTags, ordersTags }) => {
  let directory: string;
  let address: string;
  let stop: () => Promise<unknown>;
  let registries: Registries;
  let client: RepositoryClient;
  let repositories = 0;

  const open = (path: string) => registries.open({ registry: address, path });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'conformance-'));
    const started = await start(directory);
    address = started.address;
    stop = () => started.stop();
    registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([address]) });
  }, 30_000);

  beforeEach(() => {
    repositories += 1;
    client = open(`conformance/repository-${repositories}`);
  });

  afterAll(async () => {
    await registries.close();
    await stop();
    await rm(directory, { recursive: true });
  });

  it('finds a registry that speaks the specification', async () => {
    await expect(registries.ping(address, { signal })).resolves.toBeUndefined();
  });

  describe('pulls:', () => {
    it('nothing from a repository that was never pushed to', async () => {
      const absent = image([10]);
      expect(await client.getManifest('v1', { signal })).toBeUndefined();
      expect(await client.headManifest('v1', { signal })).toBeUndefined();
      expect(await client.getManifest(absent.manifest.digest, { signal })).toBeUndefined();
      expect(await client.headManifest(absent.manifest.digest, { signal })).toBeUndefined();
      expect(await client.hasBlob(absent.descriptor, { signal })).toBe(false);
      await expect(readAll(client.readBlob(absent.descriptor, { signal }))).rejects.toMatchObject({ name: 'BlobMissing' });
    });

    it('no manifest and no blob that was never pushed, where others were', async () => {
      await push(client, image([10]), signal, 'there');
      const absent = image([10]);
      expect(await client.getManifest('missing', { signal })).toBeUndefined();
      expect(await client.headManifest('missing', { signal })).toBeUndefined();
      expect(await client.getManifest(absent.manifest.digest, { signal })).toBeUndefined();
      expect(await client.headManifest(absent.manifest.digest, { signal })).toBeUndefined();
      expect(await client.hasBlob(absent.descriptor, { signal })).toBe(false);
      await expect(readAll(client.readBlob(absent.descriptor, { signal }))).rejects.toMatchObject({ name: 'BlobMissing' });
    });

    it('a blob from any offset on', async () => {
      const pushed = blob(2048);
      await pushBlob(client, pushed, signal);
      for (const offset of [0, 1, 500, 2047])
        expect((await readAll(client.readBlob(pushed.descriptor, { signal, offset }))).equals(pushed.bytes.subarray(offset))).toBe(true);
    });
  });

  describe('pushes', () => {
    async function expectThere({ descriptor, bytes }: Blob): Promise<void> {
      expect(await client.hasBlob(descriptor, { signal })).toBe(true);
      expect((await readAll(client.readBlob(descriptor, { signal }))).equals(bytes)).toBe(true);
    }

    it.each([
      ['of 512 bytes', blob(512)],
      ['of no byte', blob(0)],
      ['of one byte', blob(1)],
      ['of an empty object', emptyJson],
      ['of 9 MiB', blob(9 * 1024 * 1024)],
    ])('a blob %s, and reads it back', async (_, pushed) => {
      expect(await client.hasBlob(pushed.descriptor, { signal })).toBe(false);
      await pushBlob(client, pushed, signal);
      await expectThere(pushed);
      // Once more does no harm.
      await pushBlob(client, pushed, signal);
      await expectThere(pushed);
    });

    it('no blob whose bytes are not those of its digest', async () => {
      const promised = blob(1500);
      const other = Buffer.from(promised.bytes).fill(0, 700, 703);
      const opened = await client.mountBlob(promised.descriptor, undefined, { signal });
      if (opened.kind !== 'upload') throw new Error('nobody had that blob');
      const sent = client.writeBlob(promised.descriptor, opened.location, { content: (offset) => chunksOf(other, offset), signal });
      await expect(sent).rejects.toMatchObject({ name: 'DigestMismatch', message: expect.stringContaining(promised.descriptor.digest) });
      expect(await client.hasBlob(promised.descriptor, { signal })).toBe(false);
    });

    it('a blob that another repository has by its name alone', async () => {
      const shared = blob(3000);
      const other = open(`conformance/other-${repositories}`);
      await pushBlob(other, shared, signal);
      expect(await client.mountBlob(shared.descriptor, other.repository, { signal })).toEqual({ kind: 'mounted' });
      await expectThere(shared);
    });

    it('a blob that the other repository turns out not to have', async () => {
      const missing = blob(3000);
      const other = open(`conformance/other-${repositories}`);
      await pushBlob(other, blob(10), signal);
      const opened = await client.mountBlob(missing.descriptor, other.repository, { signal });
      if (opened.kind !== 'upload') throw new Error('nobody had that blob');
      await client.writeBlob(missing.descriptor, opened.location, { content: (offset) => chunksOf(missing.bytes, offset), signal });
      await expectThere(missing);
    });

    const platforms = () => [image([100, 200]), image([300])];
    const foreign = { ...blob(10, OCI.foreignLayer).descriptor, urls: ['https://layers.example.com/1'] };
    const plain = blob(64);
    const docker = dockerImage();
    const kinds: readonly (readonly [string, () => Made])[] = [
      ['an image', () => image([100, 200, 300])],
      ['an image of uncompressed layers', () => withLayerType('application/vnd.oci.image.layer.v1.tar')],
      ['an image of zstd layers', () => withLayerType(OCI.zstdLayer)],
      ['an image without layers', () => image([])],
      ['an image whose manifest has almost 4 MiB', () => image([10], { annotations: largeAnnotations() })],
      ['an image whose descriptors hold their data', () => withData()],
      [
        'an image with a layer that stays elsewhere',
        () => manifest({ config: emptyJson.descriptor, layers: [foreign, plain.descriptor] }, [emptyJson, plain]),
      ],
      ['an image with fields that nobody knows', () => image([10], { 'org.example.unknown': { deep: [1, null, 'ä'] } })],
      ['an image of Docker’s second schema', () => dockerImage()],
      ['a manifest list of Docker', () => manifest({ manifests: [docker.descriptor] }, [], [docker], DOCKER.list)],
      ['an index of two platforms', () => index(platforms())],
      ['an index of indexes', () => index([index(platforms()), index(platforms())])],
      ['an empty index', () => index([])],
      ['an artifact', () => manifest({ artifactType: SBOM, config: emptyJson.descriptor, layers: [plain.descriptor] }, [emptyJson, plain])],
      [
        'an artifact without content',
        () => manifest({ artifactType: SBOM, config: emptyJson.descriptor, layers: [emptyJson.descriptor] }, [emptyJson]),
      ],
      ['an index of artifacts', () => index(platforms(), { artifactType: SBOM })],
      ['an artifact about something that is not there', () => referrer(image([5]).descriptor, SBOM)],
      ['an index about something', () => index(platforms(), { subject: image([5]).descriptor })],
    ];

    it.each(kinds)('%s, by digest and by tag, and gets the very bytes back', async (_, make) => {
      const made = make();
      await push(client, made, signal);
      await client.putManifest(made.manifest, { tag: 'one', signal });
      for (const { manifest: each } of allOf(made)) {
        expect(await client.headManifest(each.digest, { signal })).toEqual(described(each));
        expectSame(await client.getManifest(each.digest, { signal }), each);
      }
      expect(await client.headManifest('one', { signal })).toEqual(described(made.manifest));
      expectSame(await client.getManifest('one', { signal }), made.manifest);
      for (const { descriptor } of allBlobs(made)) expect(await client.hasBlob(descriptor, { signal })).toBe(true);
    });

    it('no manifest whose bytes are not those of its digest', async () => {
      const made = image([10]);
      await push(client, made, signal);
      const other = { ...made.manifest, bytes: Buffer.concat([made.manifest.bytes, Buffer.from('  ')]) };
      const digest = parseDigest(`sha256:${'0'.repeat(64)}`);
      const put = client.putManifest({ ...other, digest }, { signal });
      await expect(put).rejects.toMatchObject({ name: expect.stringMatching(/^(DigestMismatch|RegistryRejected)$/) });
      expect(await client.getManifest(digest, { signal })).toBeUndefined();
    });

    it('no manifest before what it names', async () => {
      const made = image([10]);
      await expect(client.putManifest(made.manifest, { tag: 'early', signal })).rejects.toMatchObject({ name: 'ManifestIncomplete' });
      expect(await client.getManifest('early', { signal })).toBeUndefined();
    });
  });

  describe('discovers', () => {
    it('no tags where nothing was pushed', async () => {
      expect(await listed(client.tags({ signal }))).toEqual([]);
    });

    it('all tags in their order, over as many pages as there are', async () => {
      const made = image([10]);
      await push(client, made, signal);
      const tags = Array.from({ length: 20 }, (_, at) => `v${at + 1}.0`);
      for (const tag of tags) await client.putManifest(made.manifest, { tag, signal });
      const seen = await listed(client.tags({ signal }));
      expect(ordersTags ? seen : seen.sort(byCode)).toEqual([...tags].sort(byCode));
    });

    it('no referrers of what has none', async () => {
      const made = image([10]);
      await push(client, made, signal, 'v1');
      expect(await client.referrers(made.manifest.digest, { signal })).toEqual([]);
    });

    async function pushReferrer(made: Made, subject: Made): Promise<void> {
      for (const each of allBlobs(made)) await pushBlob(client, each, signal);
      for (const { manifest: each } of made.below.flatMap(allOf)) await client.putManifest(each, { signal });
      await client.putReferrer(made.manifest, subject.manifest.digest, { signal });
    }

    it('every referrer with its type and its annotations, and those of one type alone', async () => {
      const subject = image([10]);
      await push(client, subject, signal);
      const { mediaType, digest, size } = subject.descriptor;
      const sbom = referrer(subject.descriptor, SBOM, { 'org.example.format': 'json' });
      const signatures = [referrer(subject.descriptor, SIGNATURE), referrer(subject.descriptor, SIGNATURE)];
      const typed = image([7], { subject: { mediaType, digest, size } });
      const list = index([image([8])], { artifactType: SBOM, subject: { mediaType, digest, size } });
      const plain = index([image([9])], { subject: { mediaType, digest, size } });
      for (const made of [sbom, ...signatures, typed, list, plain]) await pushReferrer(made, subject);
      const byDigest = (of: readonly { digest: string }[]) => [...of].sort((a, b) => a.digest.localeCompare(b.digest));
      const expected = [
        { ...sbom.descriptor, artifactType: SBOM, annotations: { 'org.example.format': 'json' } },
        ...signatures.map((made) => ({ ...made.descriptor, artifactType: SIGNATURE })),
        { ...typed.descriptor, artifactType: OCI.config },
        { ...list.descriptor, artifactType: SBOM },
        plain.descriptor,
      ];
      const seen = (await client.referrers(digest, { signal })).map(withoutEmptyAnnotations);
      expect(byDigest(seen)).toEqual(byDigest(expected));
      expect(new Set((await client.referrers(digest, { signal, artifactType: SBOM })).map((each) => each.digest))).toEqual(
        new Set([sbom.descriptor.digest, list.descriptor.digest]),
      );
      expect(await client.referrers(digest, { signal, artifactType: 'application/vnd.nobody' })).toEqual([]);
    });

    it('a referrer once, however often it was put', async () => {
      const subject = image([10]);
      await push(client, subject, signal);
      const sbom = referrer(subject.descriptor, SBOM);
      await pushReferrer(sbom, subject);
      await pushReferrer(sbom, subject);
      expect((await client.referrers(subject.manifest.digest, { signal })).map(({ digest }) => digest)).toEqual([sbom.manifest.digest]);
    });

    it('referrers that came before their subject', async () => {
      const subject = image([10]);
      const early = referrer(subject.descriptor, SBOM);
      await pushReferrer(early, subject);
      await push(client, subject, signal, 'late');
      expect((await client.referrers(subject.manifest.digest, { signal })).map(({ digest }) => digest)).toEqual([early.manifest.digest]);
    });

    it('referrers under a tag where the registry does not list them itself, and makes no such tag where it does', async () => {
      const subject = image([10]);
      await push(client, subject, signal, 'v1');
      await pushReferrer(referrer(subject.descriptor, SBOM), subject);
      const fallback = subject.manifest.digest.replace(':', '-');
      expect((await listed(client.tags({ signal }))).sort(byCode)).toEqual(referrersApi ? ['v1'] : [fallback, 'v1']);
    });
  });

  describe('manages:', () => {
    it('a manifest that is deleted is gone with its tags, and says so when it is not there', async () => {
      const [kept, made] = [image([10]), image([10])];
      await push(client, kept, signal, 'kept');
      await push(client, made, signal, 'one');
      await client.putManifest(made.manifest, { tag: 'two', signal });
      expect(await client.deleteManifest(made.manifest.digest, { signal })).toBe(true);
      for (const reference of [made.manifest.digest, 'one', 'two']) expect(await client.getManifest(reference, { signal })).toBeUndefined();
      expect(await client.deleteManifest(made.manifest.digest, { signal })).toBe(false);
      expect(await client.getManifest('kept', { signal })).toEqual(kept.manifest);
      expect(await listed(client.tags({ signal }))).toEqual(['kept']);
    });

    it('a tag that is deleted is gone, and its manifest is not; a registry that does not delete tags says so', async () => {
      const made = image([10]);
      await push(client, made, signal, 'one');
      await client.putManifest(made.manifest, { tag: 'two', signal });
      const deleted = client.deleteTag('one', { signal });
      if (deletesTags) expect(await deleted).toBe(true);
      else await expect(deleted).rejects.toMatchObject({ name: 'DeletionUnsupported' });
      expect(await listed(client.tags({ signal }))).toHaveLength(deletesTags ? 1 : 2);
      expect(await client.getManifest(made.manifest.digest, { signal })).toEqual(made.manifest);
    });

    it('a referrer that is deleted is listed no more', async () => {
      const subject = image([10]);
      await push(client, subject, signal);
      const [sbom, signature] = [referrer(subject.descriptor, SBOM), referrer(subject.descriptor, SIGNATURE)];
      for (const made of [sbom, signature]) {
        for (const each of allBlobs(made)) await pushBlob(client, each, signal);
        await client.putReferrer(made.manifest, subject.manifest.digest, { signal });
      }
      expect(await client.deleteManifest(sbom.manifest.digest, { signal })).toBe(true);
      expect((await client.referrers(subject.manifest.digest, { signal })).map(({ digest }) => digest)).toEqual([
        signature.manifest.digest,
      ]);
    });
  });
});

function withLayerType(mediaType: string): Made {
  const layer = blob(128, mediaType);
  return manifest({ config: emptyJson.descriptor, layers: [layer.descriptor] }, [emptyJson, layer]);
}

function dockerImage(): Made {
  const [config, layer] = [blob(Buffer.from('{"architecture":"amd64","os":"linux"}'), DOCKER.config), blob(100, DOCKER.layer)];
  return manifest({ config: config.descriptor, layers: [layer.descriptor] }, [config, layer], [], DOCKER.manifest);
}

function withData(): Made {
  const layer = blob(128);
  const data = ({ descriptor, bytes }: Blob) => ({ ...descriptor, data: bytes.toString('base64') });
  return manifest({ config: data(emptyJson), layers: [data(layer)] }, [emptyJson, layer]);
}

function largeAnnotations(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 390 }, (_, at) => [`org.example.large-${at}`, 'A'.repeat(10_000)]));
}

/** Jest compares large buffers byte by byte, for half a minute. */
function expectSame(seen: Manifest | undefined, pushed: Manifest): void {
  expect(seen).toMatchObject({ mediaType: pushed.mediaType, digest: pushed.digest });
  expect(seen?.bytes.equals(pushed.bytes)).toBe(true);
}

function described({ digest, mediaType, bytes }: Made['manifest']) {
  return { digest, mediaType, size: bytes.length };
}

/** An empty list of annotations and none are the same. */
function withoutEmptyAnnotations<T extends { readonly annotations?: Readonly<Record<string, string>> }>(referring: T) {
  const { annotations = {}, ...others } = referring;
  return Object.keys(annotations).length === 0 ? others : referring;
}

/** As registries order tags. */
function byCode(one: string, other: string): number {
  return one < other ? -1 : 1;
}

async function listed(tags: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}
