import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BuildRequest, ImageBuilder, Registry, SourceArchive } from '../../../activities/images.ts';
import { buildTag, createDockerImageBuilder, type ImageBuilderOptions } from '../../../adapters/docker/docker-image-builder.ts';
import { logText } from '../../../adapters/docker/log-text.ts';
import type { OpenRepository } from '../../../adapters/registry/contents.ts';
import { createImageIndexes } from '../../../adapters/registry/image-index.ts';
import { createImageLabels } from '../../../adapters/registry/image-labels.ts';
import { createOciRegistry } from '../../../adapters/registry/oci-registry.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { basesIn } from '../../../domain/image-labels.ts';
import { TERMINAL_FAILURES } from '../../../domain/terminal-failures.ts';
import { type Made, madeArchive, withoutMagic } from '../../support/made-archive.ts';
import { BASE, type DockerLab, publishImage, startDockerLab, UNUSED_IMAGE } from './docker-lab.ts';
import { makeShopSource, type ShopSource } from './shop-source.ts';

const signal = new AbortController().signal;

let lab: DockerLab;
let folder: string;
let source: SourceArchive;
let git: ShopSource['git'];
let commit: ShopSource['commit'];
let registry: Registry;
let open: OpenRepository;
let builder: ImageBuilder;

beforeAll(async () => {
  lab = await startDockerLab('image-builder');
  ({ folder, source, git, commit } = await makeShopSource(lab.directory));
  ({ open } = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([lab.registry.address]) }));
  registry = createOciRegistry(open);
  builder = builderWith({});
});

afterAll(async () => {
  await lab.stop();
});

function builderWith(changes: Partial<ImageBuilderOptions>): ImageBuilder {
  const { docker, engine } = lab;
  return createDockerImageBuilder({
    host: 'builder',
    endpoint: engine.docker,
    docker,
    source,
    registry,
    indexes: createImageIndexes(open),
    credentials: async () => undefined,
    ...changes,
  });
}

function request(commitId: string, changes: Partial<BuildRequest['source']> = {}): BuildRequest {
  return {
    application: 'shop',
    release: 1,
    commit: commitId,
    component: 'web',
    repository: `${lab.registry.address}/shop/web`,
    source: { kind: 'build', context: '.', dockerfile: 'Dockerfile', arguments: {}, timeoutMs: 30_000, ...changes },
  };
}

/** The source's own header stays as it is. */
function unreadable(whole: Buffer): Buffer {
  return Buffer.concat([whole.subarray(0, 1_024), withoutMagic(whole.subarray(1_024))]);
}

/** What a container of the image prints. */
async function outputOf(image: PinnedImage, ...command: string[]): Promise<string> {
  const container = await lab.docker.createContainer({ Image: `${image.repository}@${image.digest}`, Cmd: command });
  await container.start();
  await container.wait();
  const log = await container.logs({ follow: false, stdout: true, stderr: true });
  await container.remove();
  return logText(log);
}

describe('a build', () => {
  it('ends with the digest that the registry holds, from the files of the commit and no others', async () => {
    const first = await commit({ Dockerfile: `FROM ${BASE}\nARG WORD\nENV WORD=$WORD\nCOPY . /app/\n`, 'a.txt': 'first' });
    await commit({ 'a.txt': 'second' });
    await writeFile(join(folder, 'uncommitted.txt'), 'never');
    const lines: string[] = [];
    const image = await builder.build(request(first, { arguments: { WORD: 'hello' } }), { signal, onProgress: (line) => lines.push(line) });
    expect(await registry.has(image, { signal })).toBe(true);
    expect(await registry.resolve(image.repository, buildTag(request(first, { arguments: { WORD: 'hello' } })), { signal })).toBe(
      image.digest,
    );
    expect(await outputOf(image, 'sh', '-c', 'cat /app/a.txt; ls /app; echo $WORD')).toMatch(/first.*Dockerfile\na\.txt\n.*hello/s);
    expect(await outputOf(image, 'ls', '/app')).not.toContain('uncommitted');
    const { Config } = await lab.docker.getImage(`${image.repository}@${image.digest}`).inspect();
    expect(Config.Labels).toEqual({
      'org.opencontainers.image.revision': first,
      'org.opencontainers.image.title': 'shop/web',
      'org.opencontainers.image.base.name': BASE,
      'io.tidegate.bases': JSON.stringify([{ name: BASE }]),
    });
    expect(lines.join('\n')).toMatch(/Step 1\/8/);
  });

  it('takes a folder of the repository as its context, a target, and heeds .dockerignore', async () => {
    const id = await commit({
      'web/docker/Dockerfile': `FROM ${BASE} AS small\nCOPY . /app/\nFROM small AS large\nRUN false\n`,
      'web/.dockerignore': '# nothing of these\nnode_modules\n*.log\n!keep.log\n',
      'web/node_modules/a/index.js': 'no',
      'web/deep/b.txt': 'yes',
      'web/debug.log': 'no',
      'web/keep.log': 'yes',
      'other/c.txt': 'no',
    });
    const image = await builder.build(request(id, { context: './web/', dockerfile: 'docker/Dockerfile', target: 'small' }), {
      signal,
      onProgress: () => {},
    });
    expect((await outputOf(image, 'sh', '-c', 'cd /app; for f in * */*; do echo "<$f>"; done')).match(/<[^>]+>/g)).toEqual([
      '<deep>',
      '<docker>',
      '<keep.log>',
      '<deep/b.txt>',
      '<docker/Dockerfile>',
    ]);
  });

  it('says of its image what that was made from, with the digests that those had', async () => {
    const base = await publishImage(lab, 'base/alpha', `FROM ${BASE}\nRUN echo alpha > /alpha\n`);
    const tool = await publishImage(lab, 'base/tool', `FROM ${BASE}\nRUN echo tool > /tool\n`);
    for (const one of [base, tool]) await lab.docker.getImage(`${one.repository}:lab`).remove({ force: true });
    const id = await commit({ Dockerfile: `ARG TAG=none\nFROM ${base.repository}:$TAG\nCOPY --from=${tool.repository}:lab /tool /tool\n` });
    const image = await builder.build(request(id, { arguments: { TAG: 'lab' } }), { signal, onProgress: () => {} });
    const labels = await createImageLabels(open).labels(image, { signal });
    expect(labels).toMatchObject({
      'org.opencontainers.image.revision': id,
      'org.opencontainers.image.base.name': `${base.repository}:lab`,
      'org.opencontainers.image.base.digest': base.digest,
    });
    expect(basesIn(labels ?? {})).toEqual([
      { name: `${base.repository}:lab`, digest: base.digest },
      { name: `${tool.repository}:lab`, digest: tool.digest },
    ]);
    expect(await createImageLabels(open).labels({ ...image, digest: UNUSED_IMAGE.digest }, { signal })).toBeUndefined();
  });

  it('takes layers from an image that is named for it, and does without one that is not there', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nRUN cat /proc/sys/kernel/random/uuid > /cached\n` });
    const first = await builder.build(request(id), { signal, onProgress: () => {} });
    const cached = await outputOf(first, 'cat', '/cached');
    const tag = `${first.repository}:${buildTag(request(id))}`;
    await lab.docker.getImage(tag).remove({ force: true });
    await lab.docker.pruneBuilder();
    const lines: string[] = [];
    const cacheFrom = [tag, `${first.repository}:gone`];
    const other = { ...request(id, { cacheFrom }), component: 'worker' };
    const second = await builder.build(other, { signal, onProgress: (line) => lines.push(line) });
    expect(await outputOf(second, 'cat', '/cached')).toBe(cached);
    expect(lines.join('\n')).toMatch(/nothing is taken from \S+:gone/);
    // Whoever writes that image decides what is in those layers: it is named by what was made from it.
    const labels = await createImageLabels(open).labels(second, { signal });
    expect(JSON.parse(labels?.['io.tidegate.caches'] ?? '[]')).toEqual([{ name: tag, digest: first.digest }]);
    expect(Object.keys((await createImageLabels(open).labels(first, { signal })) ?? {})).not.toContain('io.tidegate.caches');
    expect(buildTag(request(id, { cacheFrom }))).toBe(buildTag(request(id)));
    expect(buildTag(request(id, { platforms: ['linux/arm64'] }))).not.toBe(buildTag(request(id)));
  });

  it('that was done before is adopted and not done again, whatever the release and the time limit', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n` });
    const image = await builder.build(request(id), { signal, onProgress: () => {} });
    const untouchable = builderWith({ source: { ...source, archive: () => Promise.reject(new Error('a second build was begun')) } });
    const again = { ...request(id, { timeoutMs: 1 }), release: 9 };
    expect(await untouchable.build(again, { signal, onProgress: () => {} })).toEqual(image);
  });

  it('of other arguments or of another component is another one', async () => {
    const id = await git('rev-parse', 'HEAD');
    const tags = [
      request(id),
      request(id, { arguments: { A: '1' } }),
      request(id, { target: 'x' }),
      { ...request(id), component: 'worker' },
    ].map(buildTag);
    expect(new Set(tags).size).toBe(4);
    expect(buildTag(request(id, { timeoutMs: 5 }))).toBe(tags[0]);
  });

  it('that was interrupted leaves no tag, and when it is repeated every further attempt has the same digest', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nRUN cat /proc/sys/kernel/random/uuid > /uuid\nRUN sleep 3\n` });
    const cut = new AbortController();
    const interrupted = builder.build(request(id), {
      signal: cut.signal,
      onProgress: (line) => {
        if (line.includes('sleep 3')) cut.abort(new Error('the worker goes down'));
      },
    });
    await expect(interrupted).rejects.toThrow('the worker goes down');
    expect(await registry.resolve(request(id).repository, buildTag(request(id)), { signal })).toBeUndefined();
    const image = await builder.build(request(id), { signal, onProgress: () => {} });
    expect(await builder.build(request(id), { signal, onProgress: () => {} })).toEqual(image);
  });
});

describe('a build that fails', () => {
  it('is BuildFailed with component, commit and the last lines', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nRUN for i in $(seq 40); do echo "line $i."; done; exit 3\n` });
    const failed = builder.build(request(id), { signal, onProgress: () => {} });
    await expect(failed).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(new RegExp(`web from ${id} failed.*code: 3.*line 40\\.`, 's')),
    });
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('line 1.') });
    expect(await registry.resolve(request(id).repository, buildTag(request(id)), { signal })).toBeUndefined();
  });

  it.each<[string, Partial<BuildRequest['source']>, RegExp]>([
    ['has no Dockerfile', { dockerfile: 'No.Dockerfile' }, /No\.Dockerfile/],
    ['has no such context', { context: 'nowhere' }, /nowhere\/Dockerfile/],
    ['reaches out of the repository', { context: '../..' }, /outside/],
    ['names a target that is not there', { target: 'nowhere' }, /nowhere/],
  ])('because it %s says so', async (_, changes, words) => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\n` });
    const failed = builder.build(request(id, changes), { signal, onProgress: () => {} });
    await expect(failed).rejects.toMatchObject({ name: 'BuildFailed', message: expect.stringMatching(words) });
  });

  it('because its Dockerfile cannot be read says so', async () => {
    const id = await commit({ Dockerfile: 'FRIM scratch\n' });
    await expect(builder.build(request(id), { signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/FRIM/i),
    });
  });

  it('because it takes too long says how long it may', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nRUN echo started; sleep 60\n` });
    await expect(builder.build(request(id, { timeoutMs: 1500 }), { signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/longer than 1\.5 s.*started/s),
    });
  });

  it('because the base image’s registry is down may be tried again', async () => {
    const id = await commit({ Dockerfile: `FROM ${lab.gateway}:1/base:1\n` });
    await expect(builder.build(request(id), { signal, onProgress: () => {} })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
  });

  it('because the commit is a name that moves is refused', async () => {
    await expect(builder.build(request('main'), { signal, onProgress: () => {} })).rejects.toMatchObject({ name: 'BuildFailed' });
  });

  it('because its source breaks off fails as the source does', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nCOPY . /broken\n` });
    const breaking: SourceArchive['archive'] = async () => {
      const files = await source.archive('shop', id, { signal });
      const tar = files.tar as Readable;
      return { ...files, tar: tar.on('data', () => tar.destroy(new Error('the source broke off'))) };
    };
    const failing = builderWith({ source: { ...source, archive: breaking } });
    await expect(failing.build(request(id), { signal, onProgress: () => {} })).rejects.toThrow('the source broke off');
  });

  it.each<[string, string, (good: Made, id: string) => Promise<Buffer>, RegExp]>([
    ['leads out of it', 'ArchiveRefused', async (good, id) => madeArchive([good, { name: '../x' }], id), /"\.\.\/x" leads upwards/],
    ['no reader knows', 'ArchiveRefused', async (good, id) => unreadable(await madeArchive([good], id)), /unknown format/],
    ['is half there', 'SourceUnavailable', async (good, id) => (await madeArchive([good], id)).subarray(0, -1_024), /ended early/],
  ])('because its archive %s is %s, and makes no image', async (_, name, archive, words) => {
    const dockerfile = `FROM ${BASE}\nCOPY . /hostile\n`;
    const id = await commit({ Dockerfile: dockerfile });
    const tar = Readable.from([await archive({ name: 'Dockerfile', content: dockerfile }, id)]);
    const hostile = builderWith({ source: { ...source, archive: async () => ({ tar, isWrapped: false }) } });
    const failed = hostile.build(request(id), { signal, onProgress: () => {} });
    await expect(failed).rejects.toMatchObject({ name, message: expect.stringMatching(words) });
    expect(TERMINAL_FAILURES.includes(name)).toBe(name === 'ArchiveRefused');
    expect(await registry.resolve(request(id).repository, buildTag(request(id)), { signal })).toBeUndefined();
  });
});

describe('a push', () => {
  it('that the registry forgets is not believed', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nENV FORGET=me\n` });
    const forgetful = builderWith({ registry: { resolve: async () => undefined, has: async () => false } });
    await expect(forgetful.build(request(id), { signal, onProgress: () => {} })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
  });

  it('to a registry that is down is RegistryUnavailable, and works when it is back', async () => {
    const id = await commit({ Dockerfile: `FROM ${BASE}\nENV LATE=yes\n` });
    await lab.registry.stop();
    const offline = builderWith({ registry: { resolve: async () => undefined, has: async () => true } });
    await expect(offline.build(request(id), { signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringContaining(lab.registry.address),
    });
    await lab.registry.restart();
    expect(await registry.has(await builder.build(request(id), { signal, onProgress: () => {} }), { signal })).toBe(true);
  });
});
