import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import type { Registries } from '../../../adapters/registry/registries.ts';
import { OCI_INDEX } from '../../../domain/oci-manifest.ts';
import { freePort, type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { blobOf, collect, descriptorOf, digestOf, manifestOf, piecesOf, pushImage, readAll, upload } from './content.ts';
import { clientsOf, closeClients, signal } from './one-registry.ts';

let directory: string;
let real: LabRegistry;
let registries: Registries;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repository-client-'));
  real = await startRegistry({ directory, address: '127.0.0.1' });
  registries = clientsOf([real.address], { limits: { idleMs: 30_000 } });
});

afterAll(async () => {
  await closeClients();
  await real.stop();
  await rm(directory, { recursive: true });
});

const open = (path: string, by = registries): RepositoryClient => by.open(parseRepository(`${real.address}/${path}`));

describe('a real registry', () => {
  it('answers a ping, and one that is down is RegistryUnavailable', async () => {
    await registries.ping(real.address, { signal });
    const nobody = `127.0.0.1:${await freePort('127.0.0.1')}`;
    await expect(clientsOf([nobody]).ping(nobody, { signal })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringMatching(`Registry ${nobody} did not serve its API.*REFUSED`),
    });
  });
});

describe('a blob of a real registry', () => {
  it.each([0, 1, 65_536, 3_000_001])('of %i bytes is there after it was written, and is read back whole or in part', async (size) => {
    const repository = open('blobs/any');
    const bytes = randomBytes(size);
    expect(await repository.hasBlob(blobOf(bytes), { signal })).toBe(false);
    const blob = await upload(repository, bytes);
    expect(await repository.hasBlob(blob, { signal })).toBe(true);
    expect((await readAll(repository.readBlob(blob, { signal }))).equals(bytes)).toBe(true);
    for (const offset of [Math.floor(size / 3), size])
      expect((await readAll(repository.readBlob(blob, { signal, offset }))).equals(bytes.subarray(offset))).toBe(true);
  });

  it('is mounted from another repository, and uploaded when that has no such blob', async () => {
    const blob = await upload(open('mount/from'), randomBytes(1000));
    const target = open('mount/to');
    expect(await target.mountBlob(blob, open('mount/from').repository, { signal })).toEqual({ kind: 'mounted' });
    expect(await target.hasBlob(blob, { signal })).toBe(true);
    expect(await target.mountBlob(blobOf(randomBytes(10)), open('mount/from').repository, { signal })).toMatchObject({ kind: 'upload' });
  });

  it('that was never pushed is BlobMissing, with registry, repository and digest', async () => {
    const blob = blobOf(randomBytes(10));
    await upload(open('blobs/any'), randomBytes(10));
    await expect(readAll(open('blobs/any').readBlob(blob, { signal }))).rejects.toMatchObject({
      name: 'BlobMissing',
      message: expect.stringContaining(`${real.address}/blobs/any@${blob.digest}`),
    });
  });

  it('is not kept when other bytes were sent, or too few or too many', async () => {
    const repository = open('blobs/wrong');
    const [blob, other] = [blobOf(randomBytes(200_000)), randomBytes(200_000)];
    const write = async (content: Buffer) => {
      const mount = await repository.mountBlob(blob, undefined, { signal });
      if (mount.kind === 'upload')
        await repository.writeBlob(blob, mount.location, { signal, content: (offset) => piecesOf(content, offset) });
    };
    await expect(write(other)).rejects.toMatchObject({ name: 'DigestMismatch' });
    await expect(write(other.subarray(1))).rejects.toMatchObject({
      name: 'SourceDiffers',
      message: expect.stringContaining('ended after 199999'),
    });
    await expect(write(Buffer.concat([other, other]))).rejects.toMatchObject({ name: 'SourceDiffers' });
    expect(await repository.hasBlob(blob, { signal })).toBe(false);
  });
});

describe('a manifest of a real registry', () => {
  it('comes back byte for byte, by digest and by tag, and goes when it is deleted', async () => {
    const repository = open('manifests/any');
    const manifest = await pushImage(repository);
    await repository.putManifest(manifest, { signal, tag: 'v1' });
    expect(await repository.getManifest('v1', { signal })).toEqual(manifest);
    expect(await repository.getManifest(manifest.digest, { signal })).toEqual(manifest);
    expect(await repository.headManifest('v1', { signal })).toEqual(descriptorOf(manifest));
    expect(await collect(repository.tags({ signal }))).toEqual(['v1']);
    expect(await repository.deleteManifest(manifest.digest, { signal })).toBe(true);
    expect(await repository.getManifest(manifest.digest, { signal })).toBeUndefined();
    expect(await repository.headManifest('v1', { signal })).toBeUndefined();
    expect(await repository.deleteManifest(manifest.digest, { signal })).toBe(false);
  });

  it('that names what is not there is ManifestIncomplete, and nothing is tagged', async () => {
    const repository = open('manifests/any');
    const config = { ...blobOf(randomBytes(10)), mediaType: 'application/vnd.oci.image.config.v1+json' };
    const incomplete = repository.putManifest(manifestOf({ config, layers: [] }), { signal, tag: 'half' });
    await expect(incomplete).rejects.toMatchObject({ name: 'ManifestIncomplete', message: expect.stringContaining('/manifests/any:half') });
    const index = manifestOf(
      { manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf('x'), size: 1 }] },
      OCI_INDEX,
    );
    await expect(repository.putManifest(index, { signal, tag: 'half' })).rejects.toMatchObject({ name: 'ManifestIncomplete' });
    expect(await repository.getManifest('half', { signal })).toBeUndefined();
  });

  it('of a repository that was never pushed to is not there, and it has no tags and no referrers', async () => {
    const repository = open('no/such');
    expect(await repository.getManifest('v1', { signal })).toBeUndefined();
    expect(await repository.headManifest('v1', { signal })).toBeUndefined();
    expect(await collect(repository.tags({ signal }))).toEqual([]);
    expect(await repository.referrers(digestOf('x'), { signal })).toEqual([]);
  });

  it('keeps its tag where the registry cannot delete tags, and that is said', async () => {
    const repository = open('manifests/tagged');
    const manifest = await pushImage(repository);
    await repository.putManifest(manifest, { signal, tag: 'v1' });
    await expect(repository.deleteTag('v1', { signal })).rejects.toMatchObject({
      name: 'DeletionUnsupported',
      message: expect.stringContaining('/manifests/tagged:v1'),
    });
    expect(await repository.getManifest('v1', { signal })).toEqual(manifest);
  });
});

describe('referrers at a registry without the API', () => {
  const sbom = 'application/vnd.example.sbom';

  async function subjectWith(count: number, path: string) {
    const repository = open(path);
    const subject = await pushImage(repository);
    const config = { ...(await upload(repository, Buffer.from('{}'))), mediaType: 'application/vnd.oci.empty.v1+json' };
    const about = { subject: descriptorOf(subject), artifactType: sbom, config, layers: [] };
    const referrers = Array.from({ length: count }, (_, n) => manifestOf({ ...about, annotations: { n: String(n) } }));
    return { repository, subject, referrers };
  }

  const digests = (of: readonly { readonly digest: string }[]) => of.map(({ digest }) => digest).sort();

  it('are listed with their type and annotations, and asked for by type', async () => {
    const { repository, subject, referrers } = await subjectWith(2, 'referrers/types');
    for (const referrer of referrers) await repository.putReferrer(referrer, subject.digest, { signal });
    const [first] = referrers;
    if (first === undefined) throw new Error('two were made');
    expect(await repository.referrers(subject.digest, { signal })).toContainEqual({
      ...descriptorOf(first),
      artifactType: sbom,
      annotations: { n: '0' },
    });
    expect(await repository.referrers(subject.digest, { signal, artifactType: sbom })).toHaveLength(2);
    expect(await repository.referrers(subject.digest, { signal, artifactType: 'other' })).toEqual([]);
  });

  it('are all kept when many are put at once by one process', async () => {
    const { repository, subject, referrers } = await subjectWith(16, 'referrers/one');
    await Promise.all(referrers.map((referrer) => repository.putReferrer(referrer, subject.digest, { signal })));
    expect(digests(await repository.referrers(subject.digest, { signal }))).toEqual(digests(referrers));
  });

  it('are all kept when eight processes put them at once', async () => {
    const { subject, referrers } = await subjectWith(8, 'referrers/many');
    const processes = referrers.map((referrer) => ({
      referrer,
      own: open('referrers/many', clientsOf([real.address], { limits: { idleMs: 30_000 } })),
    }));
    await Promise.all(processes.map(({ referrer, own }) => own.putReferrer(referrer, subject.digest, { signal })));
    expect(digests(await open('referrers/many').referrers(subject.digest, { signal }))).toEqual(digests(referrers));
  });

  it('are listed no more when they are deleted, and the others stay', async () => {
    const { repository, subject, referrers } = await subjectWith(3, 'referrers/deleted');
    for (const referrer of referrers) await repository.putReferrer(referrer, subject.digest, { signal });
    const [gone, ...kept] = referrers;
    if (gone === undefined) throw new Error('three were made');
    expect(await repository.deleteManifest(gone.digest, { signal })).toBe(true);
    expect(digests(await repository.referrers(subject.digest, { signal }))).toEqual(digests(kept));
  });
});
