import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BuildRequest, ImageBuilder, SourceArchive } from '../../../activities/images.ts';
import { buildTag, createDockerImageBuilder, type ImageBuilderOptions } from '../../../adapters/docker/docker-image-builder.ts';
import type { Manifest } from '../../../adapters/registry/contents.ts';
import { createImageIndexes } from '../../../adapters/registry/image-index.ts';
import { createImageLabels } from '../../../adapters/registry/image-labels.ts';
import { contentOf } from '../../../adapters/registry/image-source.ts';
import { createOciRegistry } from '../../../adapters/registry/oci-registry.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { platformTag } from '../../../domain/build-platform.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { basesIn } from '../../../domain/image-labels.ts';
import type { Descriptor } from '../../../domain/oci-manifest.ts';
import { Secret } from '../../../domain/secret.ts';
import { ImageMaker } from '../../../lab/made-image.ts';
import { freePort, LAB_USER, type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, publishImage, startDockerLab } from './docker-lab.ts';
import { makeShopSource, type ShopSource } from './shop-source.ts';

const signal = new AbortController().signal;
const BOTH = ['linux/amd64', 'linux/arm64'];
const silent = { signal, onProgress: () => {} };

let lab: DockerLab;
let closed: LabRegistry;
/** Of the network that the engine asks without TLS, and not among the addresses. */
let unlisted: LabRegistry;
let shop: ShopSource;
let source: SourceArchive;
let open: Registries['open'];
/** The kit for both platforms, whose native half has a shell. */
let kit: PinnedImage;

beforeAll(async () => {
  const port = await freePort('127.0.0.1');
  lab = await startDockerLab('build-platforms', { plainHttpPorts: [port] });
  closed = await startRegistry({ directory: join(lab.directory, 'closed'), address: `${lab.gateway}:${port}`, signIn: true });
  unlisted = await startRegistry({ directory: join(lab.directory, 'unlisted'), address: lab.gateway });
  shop = await makeShopSource(lab.directory);
  ({ source } = shop);
  ({ open } = connectRegistries({ credentials, access: plainHttpAt([lab.registry.address, closed.address]) }));
  kit = await publishKit();
});

afterAll(async () => {
  await closed.stop();
  await unlisted.stop();
  await lab.stop();
});

async function credentials(registry: string) {
  return registry === closed.address ? { username: LAB_USER.username, password: new Secret(LAB_USER.password) } : undefined;
}

async function publishKit(): Promise<PinnedImage> {
  const native = await publishImage(lab, 'base/kit', `FROM ${BASE}\nRUN echo kit > /kit\n`);
  const id = await commit('FROM scratch\nCOPY sh /bin/sh\n', { sh: 'no program of this machine\n' });
  const foreign = await builderWith().build({ ...request(id, ['linux/arm64']), repository: native.repository }, silent);
  const parts = [native, foreign].map(({ digest }, place) => ({ platform: BOTH[place] ?? '', digest }));
  const digest = await createImageIndexes(open).join(native.repository, 'both', parts, { signal, annotations: {} });
  return { repository: native.repository, digest };
}

function builderWith(changes: Partial<ImageBuilderOptions> = {}): ImageBuilder {
  const { docker, engine } = lab;
  const parts = { source, registry: createOciRegistry(open), indexes: createImageIndexes(open), credentials };
  return createDockerImageBuilder({ host: 'builder', endpoint: engine.docker, docker, ...parts, ...changes });
}

function commit(dockerfile: string, files: Record<string, string> = {}): Promise<string> {
  return shop.commit({ ...files, Dockerfile: dockerfile }, { mode: 0o755 });
}

function request(commitId: string, platforms?: readonly string[], changes: Partial<BuildRequest['source']> = {}): BuildRequest {
  const settings = {
    context: '.',
    dockerfile: 'Dockerfile',
    arguments: {},
    timeoutMs: 60_000,
    ...(platforms && { platforms }),
    ...changes,
  };
  const repository = `${lab.registry.address}/shop/web`;
  return { application: 'shop', release: 1, commit: commitId, component: 'web', repository, source: { kind: 'build', ...settings } };
}

async function manifest({ repository, digest }: PinnedImage): Promise<Manifest> {
  const found = await open(parseRepository(repository)).getManifest(digest, { signal });
  if (found === undefined) throw new Error(`the registry has no ${repository}@${digest}`);
  return found;
}

/** What an index names. */
async function partsOf(image: PinnedImage): Promise<readonly Descriptor[]> {
  const content = contentOf(await manifest(image));
  return content.kind === 'index' ? content.manifests : [];
}

/** The files of an image's layers, as their bytes. */
async function filesOf(image: PinnedImage): Promise<string> {
  const content = contentOf(await manifest(image));
  const layers: string[] = [];
  for (const layer of content.kind === 'image' ? content.layers : []) {
    const chunks: Buffer[] = [];
    for await (const chunk of open(parseRepository(image.repository)).readBlob(layer, { signal })) chunks.push(Buffer.from(chunk));
    layers.push(gunzipSync(Buffer.concat(chunks)).toString('latin1'));
  }
  return layers.join('\n');
}

async function architectureOf({ repository, digest }: PinnedImage): Promise<string> {
  await lab.docker
    .pull(`${repository}@${digest}`)
    .then((stream) => new Promise((resolve) => lab.docker.modem.followProgress(stream, resolve)));
  return (await lab.docker.getImage(`${repository}@${digest}`).inspect()).Architecture;
}

/** The digests of the platforms that are there by themselves. */
async function pushed(wanted: BuildRequest): Promise<readonly unknown[]> {
  const digests = BOTH.map((platform) => tagged(wanted, platformTag(buildTag(wanted), platform)));
  return (await Promise.all(digests)).filter((digest) => digest !== undefined);
}

async function tagged({ repository }: BuildRequest, tag: string): Promise<unknown> {
  return createOciRegistry(open).resolve(repository, tag, { signal });
}

describe('a build for several platforms', () => {
  it('is an index of an image each, whose own steps ran on the build host', async () => {
    const id = await commit(`FROM --platform=$BUILDPLATFORM ${kit.repository}:both AS made
ARG TARGETARCH
RUN echo "word for $TARGETARCH" > /word
FROM ${kit.repository}:both
COPY --from=made /word /word
`);
    const wanted = request(id, BOTH);
    const lines: string[] = [];
    const image = await builderWith().build(wanted, { signal, onProgress: (line) => lines.push(line) });
    expect(await tagged(wanted, buildTag(wanted))).toBe(image.digest);
    const parts = await partsOf(image);
    expect(parts.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    for (const [place, { digest }] of parts.entries()) {
      const part = { ...image, digest };
      const files = await filesOf(part);
      expect([files.includes('word for amd64'), files.includes('word for arm64')]).toEqual([place === 0, place === 1]);
      const labels = (await createImageLabels(open).labels(part, { signal })) ?? {};
      expect(labels).toMatchObject({
        'org.opencontainers.image.revision': id,
        'org.opencontainers.image.base.name': `${kit.repository}:both`,
        'org.opencontainers.image.base.digest': kit.digest,
      });
      expect(basesIn(labels)).toEqual([{ name: `${kit.repository}:both`, digest: kit.digest }]);
      expect(await tagged(wanted, platformTag(buildTag(wanted), BOTH[place] ?? ''))).toBe(digest);
    }
    expect(await architectureOf(image)).toBe('amd64');
    for (const platform of BOTH) expect(lines.some((line) => line.startsWith(`${platform}: `))).toBe(true);
  });

  it('that was done before is adopted, whole or in parts, and not done again', async () => {
    const id = await commit('FROM scratch\nCOPY Dockerfile /once\n');
    const image = await builderWith().build(request(id, BOTH), silent);
    const untouchable = builderWith({ source: { ...source, archive: () => Promise.reject(new Error('a second build was begun')) } });
    expect(await untouchable.build(request(id, BOTH), silent)).toEqual(image);
    const three = await builderWith().build(request(id, [...BOTH, 'linux/arm/v7']), silent);
    const parts = await partsOf(three);
    expect(parts.map(({ platform }) => platform?.variant ?? platform?.architecture)).toEqual(['amd64', 'arm64', 'v7']);
    // What else a build is for is another build: nothing of the first is in it but by its equal content.
    expect(buildTag(request(id, BOTH))).not.toBe(buildTag(request(id, [...BOTH, 'linux/arm/v7'])));
  });

  it('that breaks off after one of them goes on with the others', async () => {
    const wanted = request(await commit('FROM scratch\nCOPY Dockerfile /twice\n'), BOTH);
    const cut = new Error('the worker goes down');
    const opened: string[] = [];
    const failing: SourceArchive = {
      ...source,
      archive: async (...of) => {
        opened.push('archive');
        if (opened.length === 1) return source.archive(...of);
        await until('one of them to be pushed', 30_000, async () => (await pushed(wanted)).length === 1);
        throw cut;
      },
    };
    await expect(builderWith({ source: failing }).build(wanted, silent)).rejects.toBe(cut);
    expect(await tagged(wanted, buildTag(wanted))).toBeUndefined();
    const [first] = await pushed(wanted);
    opened.length = 0;
    const image = await builderWith({
      source: {
        ...failing,
        archive: (...of) => {
          opened.push('archive');
          return source.archive(...of);
        },
      },
    }).build(wanted, silent);
    expect(opened).toHaveLength(1);
    expect((await partsOf(image)).map(({ digest }) => digest)).toContain(first);
  });

  it('fails as a whole where one of them fails, and says what would run its steps', async () => {
    const id = await commit(`FROM ${kit.repository}:both\nRUN echo made > /made\n`);
    const elsewhere = { host: 'arm-builder', endpoint: lab.engine.docker, docker: lab.docker };
    const builder = builderWith({ placeFor: (platform) => (platform === 'linux/arm64' ? elsewhere : undefined) });
    const failed = builder.build(request(id, BOTH), silent);
    await expect(failed).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/arm-builder cannot run steps for linux\/arm64.*BUILDPLATFORM.*build\.platforms.*exec format error/s),
    });
    expect(await tagged(request(id, BOTH), buildTag(request(id, BOTH)))).toBeUndefined();
  });

  it('fails where what it begins with is not for all of them', async () => {
    const id = await commit(`FROM ${kit.repository}:lab\nCOPY Dockerfile /here\n`);
    const failed = builderWith().build(request(id, ['linux/s390x']), silent);
    await expect(failed).rejects.toMatchObject({
      name: 'PlatformMissing',
      message: expect.stringMatching(/kit:lab to run on linux\/s390x, and it runs on linux\/amd64/),
    });
  });

  it('fails so too where that is an OCI image of one platform, of which engines say nothing', async () => {
    const repository = `${lab.registry.address}/base/oci`;
    await new ImageMaker(repository).image('base', [1000], { tag: 'v1' });
    const id = await commit(`FROM ${repository}:v1\nCOPY Dockerfile /here\n`);
    await expect(builderWith().build(request(id, ['linux/s390x']), silent)).rejects.toMatchObject({
      name: 'PlatformMissing',
      message: expect.stringMatching(/oci:v1 to run on linux\/s390x, and it runs on linux\/amd64/),
    });
    await builderWith().build(request(id, ['linux/amd64']), silent);
  });

  it('fails where its Dockerfile names the platform of what the image begins with, as BuildKit would call it what it was asked for', async () => {
    const id = await commit(`FROM --platform=$BUILDPLATFORM ${kit.repository}:both AS made\nFROM made\nCOPY Dockerfile /here\n`);
    const wanted = request(id, ['linux/arm64']);
    await expect(builderWith().build(wanted, silent)).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(
        /web from .* for linux\/arm64, and its Dockerfile begins it with .*kit:both for linux\/amd64: leave --platform out/,
      ),
    });
    expect(await tagged(wanted, buildTag(wanted))).toBeUndefined();
    await builderWith().build(request(id, ['linux/amd64']), silent);
  });

  it('may have a stage for each of them, of which BuildKit looks at its own alone', async () => {
    const id = await commit(
      `FROM ${kit.repository}:lab AS base-amd64\nFROM scratch AS base-arm64\nFROM base-$TARGETARCH\nCOPY Dockerfile /each\n`,
    );
    const parts = await partsOf(await builderWith().build(request(id, BOTH), silent));
    const bases = parts.map(async ({ digest }) =>
      basesIn(
        (await createImageLabels(open).labels({ repository: kit.repository.replace('base/kit', 'shop/web'), digest }, { signal })) ?? {},
      ),
    );
    expect((await Promise.all(bases)).map((found) => found.map(({ name }) => name))).toEqual([[`${kit.repository}:lab`], []]);
  });

  it('fails at once, and is not tried again, where a Dockerfile begins with what is no name', async () => {
    const id = await commit('FROM Kit:1\n');
    await expect(builderWith().build(request(id, BOTH), silent)).rejects.toMatchObject({
      name: 'EngineRefused',
      message: expect.stringContaining('must be lowercase'),
    });
  });
});

describe('a build for a platform that is named', () => {
  it('takes what its base is in the registry, and leaves the engine what it holds under the name', async () => {
    const name = `${kit.repository}:both`;
    const id = await commit(`FROM ${name}\nCOPY Dockerfile /here\n`);
    await lab.docker.getImage(BASE).tag({ repo: kit.repository, tag: 'both' });
    const before = (await lab.docker.getImage(name).inspect()).Id;
    const foreign = await builderWith().build(request(id, ['linux/arm64']), silent);
    expect((await lab.docker.getImage(name).inspect()).Id).toBe(before);
    expect(await filesOf(foreign)).toContain('no program of this machine');
    expect(contentOf(await manifest(foreign)).kind).toBe('image');
  });

  it('takes it with the credentials for its registry, which nobody else needs to have', async () => {
    const id = await commit('FROM scratch\nCOPY sh /closed\n', { sh: 'from a closed registry\n' });
    const wanted = { ...request(id, ['linux/arm64']), repository: `${closed.address}/base/closed` };
    const base = await builderWith().build(wanted, silent);
    const second = await commit(`FROM ${base.repository}:${buildTag(wanted)}\nCOPY Dockerfile /here\n`);
    const image = await builderWith().build(request(second, ['linux/arm64']), silent);
    expect(await filesOf(image)).toContain('from a closed registry');
    const anonymous = builderWith({ credentials: async () => undefined });
    await expect(anonymous.build({ ...request(second, ['linux/arm64']), component: 'other' }, silent)).rejects.toMatchObject({
      name: 'RegistryRefused',
    });
  });

  it('says what BuildKit wants to be told of a registry without TLS', async () => {
    const id = await commit(`FROM ${unlisted.address}/base:v1\nCOPY Dockerfile /here\n`);
    const maker = new ImageMaker(`${unlisted.address}/base`);
    await maker.index([await maker.image('base', [1000])], 'v1');
    await expect(builderWith().build(request(id, ['linux/amd64']), silent)).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringContaining('write http://HOST:PORT among those in daemon.json of host builder'),
    });
  });

  it('is done again where its base was pushed anew meanwhile', async () => {
    const [first, second] = [await commit('FROM scratch\nCOPY Dockerfile /one\n'), await commit('FROM scratch\nCOPY Dockerfile /two\n')];
    const builds = [first, second].map((id) => builderWith().build({ ...request(id, ['linux/arm64']), component: 'base' }, silent));
    const [one, two] = await Promise.all((await Promise.all(builds)).map(manifest));
    const repository = open(parseRepository(request(first).repository));
    const move = (to: Manifest | undefined) => (to === undefined ? undefined : repository.putManifest(to, { signal, tag: 'moving' }));
    await move(one);
    const id = await commit(`FROM ${request(first).repository}:moving\nCOPY Dockerfile /three\n`);
    const moving: SourceArchive = {
      ...source,
      archive: async (...of) => {
        await move(two);
        return source.archive(...of);
      },
    };
    const failed = builderWith({ source: moving }).build(request(id, ['linux/arm64']), silent);
    await expect(failed).rejects.toMatchObject({
      name: 'BaseMoved',
      message: expect.stringMatching(new RegExp(`it was ${one?.digest}, and is ${two?.digest} now`)),
    });
    expect(await tagged(request(id), buildTag(request(id, ['linux/arm64'])))).toBeUndefined();
  });
});

describe('a build for a platform with a cache', () => {
  it('takes from it what the labels say, whatever the engine holds under its name', async () => {
    const repository = `${lab.registry.address}/shop/cache`;
    const id = await commit(`FROM ${kit.repository}:both\nCOPY Dockerfile /cached\n`);
    const cache = await builderWith().build({ ...request(id, ['linux/amd64']), repository }, silent);
    await open(parseRepository(repository)).putManifest(await manifest(cache), { signal, tag: 'v1' });
    await lab.docker.getImage(BASE).tag({ repo: repository, tag: 'v1' });
    const lines: string[] = [];
    const wanted = request(id, ['linux/amd64'], { cacheFrom: [`${repository}:v1`] });
    const image = await builderWith().build(wanted, { signal, onProgress: (line) => lines.push(line) });
    const labels = await createImageLabels(open).labels(image, { signal });
    expect(labels).toMatchObject({ 'io.tidegate.caches': JSON.stringify([{ name: `${repository}:v1`, digest: cache.digest }]) });
    expect(lines).toContain(`importing cache manifest from ${repository}@${cache.digest}`);
  });
});

describe('a build without platforms', () => {
  it("is for the build host's own, whatever the engine holds under its base's name", async () => {
    const name = `${kit.repository}:both`;
    await lab.docker
      .createImage({ fromImage: name, platform: 'linux/arm64' })
      .then((stream) => new Promise((resolve) => lab.docker.modem.followProgress(stream, resolve)));
    expect((await lab.docker.getImage(name).inspect()).Architecture).toBe('arm64');
    const id = await commit(`FROM ${name}\nRUN test -e /kit\n`);
    const image = await builderWith().build(request(id), silent);
    expect(await architectureOf(image)).toBe('amd64');
  });
});
