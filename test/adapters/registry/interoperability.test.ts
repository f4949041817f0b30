import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { childrenOf, type Descriptor, isManifestType, readManifest } from '../../../domain/oci-manifest.ts';
import { ImageMaker } from '../../../lab/made-image.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { clientsIn, eachRegistry, itWith, type RunClient } from '../../support/registry-tools.ts';

const signal = new AbortController().signal;
const TLS_OFF = ['--src-tls-verify=false', '--dest-tls-verify=false'];

describe.each(eachRegistry())('what other clients push to $title', ({ program }) => {
  let directory: string;
  let registry: LabRegistry;
  let registries: Registries;
  let run: RunClient;
  let made: ImageMaker;
  const at = (path: string) => `${registry.address}/${path}`;
  const open = (path: string) => registries.open(parseRepository(at(path)));
  const regctl = (...args: readonly string[]) => run('regctl', '--host', `reg=${registry.address},tls=disabled`, ...args);
  const skopeo = (...args: readonly string[]) => run('skopeo', '--insecure-policy', ...args);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidegate-interoperability-'));
    registry = await startRegistry({ directory, address: '127.0.0.1', program });
    registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([registry.address]) });
    run = clientsIn(directory);
    await writeFile(join(directory, 'notes.txt'), 'release notes\n');
    made = new ImageMaker(at('made'));
    const images = [
      await made.image('one', [1000, 20_000], { tag: 'one' }),
      await made.image('two', [3000], { tag: 'two', architecture: 'arm64' }),
    ];
    await made.index(images, 'both');
  });

  afterAll(async () => {
    await registries.close();
    await registry.stop();
    await rm(directory, { recursive: true });
  });

  itWith(['crane'], 'is read whole when crane appends a layer to nothing, as an image of Docker’s second schema', async () => {
    await run('crane', 'export', at('made:one'), join(directory, 'one.tar'));
    await run('crane', 'append', '--new_layer', join(directory, 'one.tar'), '--new_tag', at('crane:appended'));
    const whole = await readAll(open('crane'), 'appended');
    expect(whole.digest).toBe((await run('crane', 'digest', at('crane:appended'))).trim());
    expect(whole.types).toContain('application/vnd.docker.distribution.manifest.v2+json');
    expect(whole.blobs).toBe(2);
  });

  itWith(['crane'], 'is read whole when crane makes an index of images', async () => {
    await run('crane', 'index', 'append', '--manifest', at('made:one'), '--manifest', at('made:two'), '--tag', at('crane:index'));
    const whole = await readAll(open('crane'), 'index');
    expect(whole.digest).toBe((await run('crane', 'digest', at('crane:index'))).trim());
    expect(whole).toMatchObject({ manifests: 3, blobs: 5 });
  });

  itWith(['skopeo'], 'is read whole when skopeo turns an image of OCI into one of Docker', async () => {
    await skopeo('copy', ...TLS_OFF, '--format', 'v2s2', `docker://${at('made:one')}`, `docker://${at('skopeo:schema2')}`);
    const whole = await readAll(open('skopeo'), 'schema2');
    expect(whole.types).toEqual(['application/vnd.docker.distribution.manifest.v2+json']);
    const raw = await skopeo('inspect', '--tls-verify=false', '--raw', `docker://${at('skopeo:schema2')}`);
    expect(whole.text).toBe(raw);
  });

  itWith(['regctl'], 'is read whole when regctl zips its layers with zstd', async () => {
    await regctl('image', 'mod', at('made:one'), '--create', at('regctl:zstd'), '--layer-compress', 'zstd');
    const whole = await readAll(open('regctl'), 'zstd');
    expect(whole.text).toContain('application/vnd.oci.image.layer.v1.tar+zstd');
    expect(whole.blobs).toBe(3);
  });

  itWith(['skopeo'], 'is read whole when skopeo copies an index', async () => {
    await skopeo('copy', ...TLS_OFF, '--all', `docker://${at('made:both')}`, `docker://${at('skopeo:index')}`);
    const whole = await readAll(open('skopeo'), 'index');
    expect(whole).toMatchObject({ digest: (await readAll(open('made'), 'both')).digest, manifests: 3, blobs: 5 });
  });

  itWith(['regctl'], 'is read whole when regctl makes an index and turns it into Docker’s', async () => {
    await regctl('index', 'create', at('regctl:index'), '--ref', at('made:one'), '--ref', at('made:two'));
    await regctl('image', 'mod', at('regctl:index'), '--create', at('regctl:docker'), '--to-docker');
    for (const tag of ['index', 'docker']) {
      const whole = await readAll(open('regctl'), tag);
      expect(whole.digest).toBe((await regctl('manifest', 'head', at(`regctl:${tag}`))).trim());
      expect(whole).toMatchObject({ manifests: 3, blobs: 5 });
    }
    expect((await readAll(open('regctl'), 'docker')).types).toContain('application/vnd.docker.distribution.manifest.list.v2+json');
  });

  itWith(['oras'], 'is read whole when oras pushes an artifact', async () => {
    await run('oras', 'push', '--plain-http', '--artifact-type', 'application/vnd.example.notes', at('oras:notes'), 'notes.txt:text/plain');
    const whole = await readAll(open('oras'), 'notes');
    expect(whole.digest).toBe((await run('oras', 'resolve', '--plain-http', at('oras:notes'))).trim());
    expect(readManifest('', whole.text)).toMatchObject({ artifactType: 'application/vnd.example.notes' });
  });

  itWith(['oras', 'regctl'], 'lists every referrer that oras and regctl attach, and what refers to a referrer', async () => {
    const subject = at('made:both');
    const attach = async (to: string, type: string) => {
      const words = await run('oras', 'attach', '--plain-http', '--artifact-type', type, '--format', 'json', to, 'notes.txt:text/plain');
      return String(JSON.parse(words).digest);
    };
    const sbom = await attach(subject, 'application/vnd.example.sbom');
    const signature = await attach(at(`made@${sbom}`), 'application/vnd.example.signature');
    await regctl('artifact', 'put', '--artifact-type', 'application/vnd.example.scan', '--subject', subject, '--file', 'notes.txt');
    const { digest } = await readAll(open('made'), 'both');
    const listed = await open('made').referrers(parseDigest(digest), { signal });
    expect(listed.map(({ artifactType }) => artifactType).sort()).toEqual(['application/vnd.example.sbom', 'application/vnd.example.scan']);
    expect(listed.map((referrer) => referrer.digest)).toContain(sbom);
    const below = await open('made').referrers(parseDigest(sbom), { signal });
    expect(below.map((referrer) => String(referrer.digest))).toEqual([signature]);
  });

  itWith(['crane', 'regctl', 'oras', 'skopeo'], 'has the same digest and tags by the word of all of them and of ours', async () => {
    const { digest } = await readAll(open('made'), 'both');
    const word = `docker://${at('made:both')}`;
    expect((await run('crane', 'digest', at('made:both'))).trim()).toBe(digest);
    expect((await regctl('image', 'digest', at('made:both'))).trim()).toBe(digest);
    expect((await run('oras', 'resolve', '--plain-http', at('made:both'))).trim()).toBe(digest);
    expect((await skopeo('inspect', '--tls-verify=false', '--format', '{{.Digest}}', word)).trim()).toBe(digest);
    const tags = (await run('crane', 'ls', at('made'))).trim().split('\n');
    expect(await fromAsync(open('made').tags({ signal }))).toEqual(tags);
  });
});

interface Whole {
  readonly digest: string;
  readonly text: string;
  readonly manifests: number;
  readonly blobs: number;
  /** Media types of its manifests, each once. */
  readonly types: readonly string[];
}

/** Reads a tag with all that is below it to the last byte; the client checks each against its digest. */
async function readAll(repository: RepositoryClient, tag: string): Promise<Whole> {
  const [types, blobs] = [new Map<string, string>(), new Map<string, number>()];
  const root = await descend(repository, tag, types, blobs);
  return { ...root, manifests: types.size, blobs: blobs.size, types: [...new Set(types.values())] };
}

async function descend(
  repository: RepositoryClient,
  reference: string,
  types: Map<string, string>,
  blobs: Map<string, number>,
): Promise<{ readonly digest: string; readonly text: string }> {
  const manifest = await repository.getManifest(reference, { signal });
  if (manifest === undefined) throw new Error(`${reference} is not there`);
  types.set(manifest.digest, manifest.mediaType);
  const text = manifest.bytes.toString('utf8');
  for (const child of childrenOf(readManifest(manifest.mediaType, text))) {
    if (isManifestType(child.mediaType)) await descend(repository, child.digest, types, blobs);
    else blobs.set(child.digest, await sizeOf(repository, child));
  }
  return { digest: manifest.digest, text };
}

async function sizeOf(repository: RepositoryClient, blob: Descriptor): Promise<number> {
  let size = 0;
  for await (const chunk of repository.readBlob(blob, { signal })) size += chunk.length;
  expect(size).toBe(blob.size);
  return size;
}

async function fromAsync<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
