import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Manifest, RepositoryClient } from '../../../adapters/registry/contents.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { type Digest, parseDigest } from '../../../domain/digest.ts';
import { type Descriptor, OCI_MANIFEST } from '../../../domain/oci-manifest.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';

const signal = new AbortController().signal;

let directory: string;
let real: LabRegistry;
let registries: Registries;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repository-client-'));
  real = await startRegistry({ directory, address: '127.0.0.1' });
  registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([real.address]) });
});

afterAll(async () => {
  await registries.close();
  await real.stop();
  await rm(directory, { recursive: true });
});

const open = (path: string): RepositoryClient => registries.open(parseRepository(`${real.address}/${path}`));

function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function blobOf(bytes: Buffer): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length };
}

async function* chunks(bytes: Buffer, offset: number, size = 65_536) {
  for (let at = offset; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function upload(repository: RepositoryClient, bytes: Buffer): Promise<Descriptor> {
  const blob = blobOf(bytes);
  const mount = await repository.mountBlob(blob, undefined, { signal });
  if (mount.kind !== 'upload') throw new Error('an upload was expected');
  await repository.writeBlob(blob, mount.location, { signal, content: (offset) => chunks(bytes, offset) });
  return blob;
}

async function read(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of content) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

function manifestOf(fields: object): Manifest {
  const bytes = Buffer.from(`${JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...fields }, null, 3)}\n`);
  return { mediaType: OCI_MANIFEST, digest: digestOf(bytes), bytes };
}

async function push(repository: RepositoryClient, more: object = {}): Promise<Manifest> {
  const config = await upload(repository, randomBytes(100));
  const manifest = manifestOf({ config, layers: [], ...more });
  await repository.putManifest(manifest, { signal });
  return manifest;
}

describe('a blob of a real registry', () => {
  it.each([0, 1, 65_536, 3_000_001])('of %i bytes is there after it was written, and is read back whole or in part', async (size) => {
    const repository = open('blobs/any');
    const bytes = randomBytes(size);
    expect(await repository.hasBlob(blobOf(bytes), { signal })).toBe(false);
    const blob = await upload(repository, bytes);
    expect(await repository.hasBlob(blob, { signal })).toBe(true);
    expect((await read(repository.readBlob(blob, { signal }))).equals(bytes)).toBe(true);
    const offset = Math.floor(size / 3);
    if (size > 0) expect((await read(repository.readBlob(blob, { signal, offset }))).equals(bytes.subarray(offset))).toBe(true);
  });

  it('is mounted from another repository, and uploaded when that has no such blob', async () => {
    const blob = await upload(open('mount/from'), randomBytes(1000));
    const target = open('mount/to');
    expect(await target.mountBlob(blob, open('mount/from').repository, { signal })).toEqual({ kind: 'mounted' });
    expect(await target.hasBlob(blob, { signal })).toBe(true);
    const other = await target.mountBlob(blobOf(randomBytes(10)), open('mount/from').repository, { signal });
    expect(other.kind).toBe('upload');
  });
});

describe('a manifest of a real registry', () => {
  it('comes back byte for byte, by digest and by tag, and goes when it is deleted', async () => {
    const repository = open('manifests/any');
    const manifest = await push(repository);
    await repository.putManifest(manifest, { signal, tag: 'v1' });
    expect(await repository.getManifest('v1', { signal })).toEqual(manifest);
    expect(await repository.getManifest(manifest.digest, { signal })).toEqual(manifest);
    const { digest, mediaType, bytes } = manifest;
    expect(await repository.headManifest('v1', { signal })).toEqual({ digest, mediaType, size: bytes.length });
    expect(await read2(repository.tags({ signal }))).toEqual(['v1']);
    expect(await repository.deleteManifest(digest, { signal })).toBe(true);
    expect(await repository.getManifest(digest, { signal })).toBeUndefined();
    expect(await repository.headManifest('v1', { signal })).toBeUndefined();
    expect(await repository.deleteManifest(digest, { signal })).toBe(false);
  });

  it('is listed under its subject, also when many are put at once', async () => {
    const repository = open('referrers/any');
    const subject = await push(repository);
    const { mediaType, digest, bytes } = subject;
    const about = { subject: { mediaType, digest, size: bytes.length }, artifactType: 'application/vnd.example.sbom' };
    const config = await upload(repository, Buffer.from('{}'));
    const referrers = Array.from({ length: 12 }, (_, n) => manifestOf({ ...about, config, layers: [], annotations: { n: String(n) } }));
    await Promise.all(referrers.map((referrer) => repository.putReferrer(referrer, digest, { signal })));
    const listed = await repository.referrers(digest, { signal });
    expect(new Set(listed.map((referrer) => referrer.digest))).toEqual(new Set(referrers.map((referrer) => referrer.digest)));
    expect(await repository.referrers(digest, { signal, artifactType: 'other' })).toEqual([]);
  });
});

async function read2(tags: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}
