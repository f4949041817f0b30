import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { followToEnd } from '../../../adapters/docker/follow-to-end.ts';
import { createImageCopier } from '../../../adapters/registry/copy/image-copier.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { ImageMaker, type MadeDescriptor } from '../../../lab/made-image.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { clientsIn, eachRegistry, itWith, type RunClient } from '../../support/registry-tools.ts';
import { type DockerLab, startDockerLab } from '../docker/docker-lab.ts';

const kinds = eachRegistry();
const routes = kinds.flatMap((from) =>
  kinds.map((to) => ({ title: from === to ? `within ${from.title}` : `from ${from.title} to ${to.title}`, from, to })),
);
const ALL = ['crane', 'regctl', 'oras', 'skopeo'] as const;

let lab: DockerLab;
let registries: Registries;
let run: RunClient;
const running = new Map<string, LabRegistry>();

beforeAll(async () => {
  lab = await startDockerLab('interoperability');
  for (const { title, program } of kinds) {
    const directory = join(lab.directory, title.replaceAll(/\W+/g, '-'));
    running.set(title, await startRegistry({ directory, address: lab.gateway, program }));
  }
  registries = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }) });
  run = clientsIn(lab.directory);
  await writeFile(join(lab.directory, 'notes.txt'), 'release notes\n');
});

afterAll(async () => {
  await registries.close();
  for (const registry of running.values()) await registry.stop();
  await lab.stop();
});

const addressOf = (title: string) => running.get(title)?.address ?? '';
const host = (reference: string) => ['--host', `reg=${reference.split('/')[0]},tls=disabled`];
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe.each(routes)('an index with referrers that we copied $title', ({ title, from, to }) => {
  const place = title.replaceAll(/\W+/g, '-').toLowerCase();
  let [source, target]: [string, string] = ['', ''];
  let [index, amd64]: [MadeDescriptor | undefined, MadeDescriptor | undefined] = [undefined, undefined];

  beforeAll(async () => {
    source = `${addressOf(from.title)}/${place}/source`;
    target = `${addressOf(to.title)}/${place}/target`;
    const maker = new ImageMaker(source);
    amd64 = await maker.image('amd64', [1000, 200_000]);
    index = await maker.index([amd64, await maker.image('arm64', [3000], { architecture: 'arm64' })], 'v1');
    const sbom = await maker.referrer(index, 'application/vnd.example.sbom', 'what is in it');
    await maker.referrer(sbom, 'application/vnd.example.signature', 'signed');
    await maker.referrer(amd64, 'application/vnd.example.scan', 'nothing found');
    await copy(source, index.digest, target, 'v1');
  });

  itWith(['crane'], 'has the same digest for crane, and is valid to the last layer', async () => {
    expect((await run('crane', 'digest', '--insecure', `${target}:v1`)).trim()).toBe(index?.digest);
    // crane says what is wrong, and fails.
    await run('crane', 'validate', '--insecure', '--remote', `${target}:v1`);
    expect(await run('crane', 'manifest', '--insecure', `${target}:v1`)).toBe(await run('crane', 'manifest', '--insecure', `${source}:v1`));
  });

  itWith(['skopeo'], 'has the same bytes for skopeo, and a config for each platform', async () => {
    const inspect = (...args: readonly string[]) => run('skopeo', 'inspect', '--tls-verify=false', ...args);
    expect(sha256(await inspect('--raw', `docker://${target}:v1`))).toBe(index?.digest);
    const config = JSON.parse(await inspect('--config', `docker://${target}@${amd64?.digest}`));
    expect(config).toMatchObject({ architecture: 'amd64', rootfs: { type: 'layers' } });
  });

  itWith(['regctl'], 'has the same manifest and the same tree of referrers for regctl', async () => {
    expect(sha256(await run('regctl', ...host(target), 'manifest', 'get', '--format', 'raw-body', `${target}:v1`))).toBe(index?.digest);
    const tree = async (at: string) => (await run('regctl', ...host(at), 'artifact', 'tree', `${at}:v1`)).replaceAll(at, 'HERE');
    expect(await tree(target)).toBe(await tree(source));
    expect(await tree(target)).toContain('application/vnd.example.scan');
  });

  itWith(['oras'], 'has all referrers for oras, and what they say', async () => {
    const discover = async (at: string) =>
      digestsIn(JSON.parse(await run('oras', 'discover', '--plain-http', '--format', 'json', at.includes('@') ? at : `${at}:v1`)));
    const found = await discover(target);
    expect(found).toEqual(await discover(source));
    expect(found).toHaveLength(3);
    expect(await discover(`${target}@${amd64?.digest}`)).toHaveLength(2);
    const listed = JSON.parse(await run('oras', 'discover', '--plain-http', '--format', 'json', '--depth', '1', `${target}:v1`));
    const sbom = JSON.parse(await run('oras', 'manifest', 'fetch', '--plain-http', `${target}@${listed.referrers[0].digest}`));
    expect(await run('oras', 'blob', 'fetch', '--plain-http', '--output', '-', `${target}@${sbom.layers[0].digest}`)).toBe('what is in it');
  });

  it('is pulled by Docker by its digest', async () => {
    const stream = (await lab.docker.pull(`${target}@${index?.digest}`)) as Readable;
    await followToEnd(stream, { signal: new AbortController().signal, idleMs: 30_000, verdict: () => true });
    const { RepoDigests, RootFS } = await lab.docker.getImage(`${target}@${index?.digest}`).inspect();
    expect(RepoDigests).toContain(`${target}@${index?.digest}`);
    expect(RootFS.Layers).toHaveLength(2);
  });
});

describe.each(routes)('what other clients pushed and we copied $title', ({ title, from, to }) => {
  const place = title.replaceAll(/\W+/g, '-').toLowerCase();

  itWith(ALL, 'has for each of them the digest and the bytes that it pushed, and is valid', async () => {
    const [source, target] = [`${addressOf(from.title)}/${place}/pushed`, `${addressOf(to.title)}/${place}/copied`];
    await new ImageMaker(source).image('plain', [5000], { tag: 'oci' });
    await run(
      'skopeo',
      '--insecure-policy',
      'copy',
      ...TLS_OFF,
      '--format',
      'v2s2',
      `docker://${source}:oci`,
      `docker://${source}:schema2`,
    );
    await run('regctl', ...host(source), 'image', 'mod', `${source}:oci`, '--create', `${source}:zstd`, '--layer-compress', 'zstd');
    await run('crane', 'index', 'append', '--insecure', '-m', `${source}:oci`, '-m', `${source}:schema2`, '-t', `${source}:mixed`);
    await run('oras', 'push', '--plain-http', '--artifact-type', 'application/vnd.example', `${source}:artifact`, 'notes.txt:text/plain');
    for (const tag of ['schema2', 'zstd', 'mixed', 'artifact']) {
      const digest = (await run('crane', 'digest', '--insecure', `${source}:${tag}`)).trim();
      await copy(source, digest, target, tag);
      expect(sha256(await run('skopeo', 'inspect', '--tls-verify=false', '--raw', `docker://${target}:${tag}`))).toBe(digest);
      expect((await run('regctl', ...host(target), 'manifest', 'head', `${target}:${tag}`)).trim()).toBe(digest);
    }
    for (const tag of ['schema2', 'mixed']) await run('crane', 'validate', '--insecure', '--remote', `${target}:${tag}`);
    await run('oras', 'pull', '--plain-http', '--output', `pulled-${place}`, `${target}:artifact`);
  });
});

const TLS_OFF = ['--src-tls-verify=false', '--dest-tls-verify=false'];

async function copy(source: string, digest: string, target: string, tag: string): Promise<void> {
  const order = { from: { repository: source, digest: parseDigest(digest) }, to: target, tags: [tag], referrers: true };
  await createImageCopier(registries.open).copy([order], { signal: new AbortController().signal, onProgress: () => undefined });
}

/** Every digest in a tree of oras, in an order of its own. */
function digestsIn(tree: unknown): string[] {
  const digests = [...JSON.stringify(tree).matchAll(/"digest":"(sha256:[0-9a-f]{64})"/g)].map(([, digest = '']) => digest);
  return digests.sort((a, b) => (a < b ? -1 : 1));
}
