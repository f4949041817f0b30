import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BuildRequest, ImageBuilder, ImageIndexes, Registry, SourceArchive } from '../../../activities/images.ts';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { buildTag, createDockerImageBuilder, type ImageBuilderOptions } from '../../../adapters/docker/docker-image-builder.ts';
import { createImageIndexes } from '../../../adapters/registry/image-index.ts';
import { createOciRegistry } from '../../../adapters/registry/oci-registry.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { Secret } from '../../../domain/secret.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, publishImage, startDockerLab } from './docker-lab.ts';
import { makeShopSource, type ShopSource } from './shop-source.ts';

const execute = promisify(execFile);
const signal = new AbortController().signal;
const VALUE = 'npm_1f09c7aa5be84d1c';

let lab: DockerLab;
let shop: ShopSource;
let source: SourceArchive;
let registry: Registry;
let indexes: ImageIndexes;

beforeAll(async () => {
  lab = await startDockerLab('build-secrets');
  shop = await makeShopSource(lab.directory);
  ({ source } = shop);
  const { open } = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([lab.registry.address]) });
  registry = createOciRegistry(open);
  indexes = createImageIndexes(open);
});

afterAll(async () => {
  await lab.stop();
});

function commit(dockerfile: string): Promise<string> {
  return shop.commit({ Dockerfile: dockerfile });
}

function builderWith(changes: Partial<ImageBuilderOptions> = {}): ImageBuilder {
  const { docker, engine } = lab;
  const secrets = async (application: string, id: string) => (application === 'shop' && id === 'npmrc' ? new Secret(VALUE) : undefined);
  const credentials = async () => undefined;
  const parts = { source, registry, indexes, credentials, secrets };
  return createDockerImageBuilder({ host: 'builder', endpoint: engine.docker, docker, ...parts, ...changes });
}

function request(commitId: string, changes: Partial<BuildRequest['source']> = {}): BuildRequest {
  const settings = { context: '.', dockerfile: 'Dockerfile', arguments: {}, timeoutMs: 60_000, secrets: ['npmrc'], ...changes };
  const repository = `${lab.registry.address}/shop/web`;
  return { application: 'shop', release: 1, commit: commitId, component: 'web', repository, source: { kind: 'build', ...settings } };
}

/** Everything that the registry holds of an image: its manifest, its configuration with the history, and its layers' files. */
async function everythingOf({ repository, digest }: PinnedImage): Promise<string> {
  const [address, ...path] = repository.split('/');
  const get = async (kind: string, of: string) => {
    const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
    const answer = await fetch(`http://${address}/v2/${path.join('/')}/${kind}/${of}`, { headers: { accept } });
    return Buffer.from(await answer.arrayBuffer());
  };
  const manifest = (await get('manifests', digest)).toString('utf8');
  const { config, layers } = JSON.parse(manifest) as { config: { digest: string }; layers: { digest: string }[] };
  const blobs = await Promise.all([config, ...layers].map(async (blob) => get('blobs', blob.digest)));
  return [manifest, ...blobs.map((blob) => (blob[0] === 0x1f ? gunzipSync(blob) : blob).toString('latin1'))].join('\n');
}

async function outputOf(image: PinnedImage, ...command: string[]): Promise<string> {
  const container = await lab.docker.createContainer({ Image: `${image.repository}@${image.digest}`, Cmd: command, Tty: true });
  await container.start();
  await container.wait();
  const log = await container.logs({ follow: false, stdout: true, stderr: true });
  await container.remove();
  return log.toString('utf8').trim();
}

const MOUNT = '--mount=type=secret,id=npmrc';

describe('a build with secrets', () => {
  it('gives them to the steps that mount them, and to nothing that is kept or shown', async () => {
    const base = await publishImage(lab, 'base/kit', `FROM ${BASE}\nRUN echo kit > /kit\n`);
    await lab.docker.getImage(`${base.repository}:lab`).remove({ force: true });
    const dockerfile = `ARG TAG=none
FROM ${base.repository}:$TAG AS made
ARG WORD
RUN ${MOUNT} printf "$WORD: "; cat /run/secrets/npmrc; sha256sum < /run/secrets/npmrc > /sum; head -c 5 /run/secrets/npmrc; sleep 1; tail -c +6 /run/secrets/npmrc; echo
FROM made AS last
RUN test ! -s /run/secrets/npmrc
FROM scratch
`;
    const id = await commit(dockerfile);
    const lines: string[] = [];
    const wanted = request(id, { target: 'last', arguments: { TAG: 'lab', WORD: 'it is' }, platforms: ['linux/amd64'] });
    const image = await builderWith().build(wanted, { signal, onProgress: (line) => lines.push(line) });
    expect(await outputOf(image, 'cat', '/sum')).toBe(`${createHash('sha256').update(VALUE).digest('hex')}  -`);
    expect(await registry.resolve(image.repository, buildTag(wanted), { signal })).toBe(image.digest);
    const kept = await everythingOf(image);
    expect([kept.includes('cat /run/secrets/npmrc'), kept.includes(VALUE)]).toEqual([true, false]);
    const inspected = await lab.docker.getImage(`${image.repository}@${image.digest}`).inspect();
    expect(inspected.Config.Labels).toMatchObject({
      'org.opencontainers.image.revision': id,
      'org.opencontainers.image.base.name': `${base.repository}:lab`,
      'org.opencontainers.image.base.digest': base.digest,
    });
    const history = await lab.docker.getImage(`${image.repository}@${image.digest}`).history();
    expect(JSON.stringify([inspected, history])).not.toContain(VALUE);
    expect(lines.join('\n')).toContain('it is: [redacted]');
    expect(lines.join('\n')).not.toMatch(/moby\.|npm_|1f09c7aa/);
    expect(await filesWith('cat /run/secrets/npmrc')).not.toBe('');
    expect(await filesWith(VALUE)).toBe('');
  });

  it('takes layers from an image that is named for it', async () => {
    const id = await commit(`FROM ${BASE}\nRUN ${MOUNT} cat /proc/sys/kernel/random/uuid > /cached\n`);
    const first = await builderWith().build(request(id), { signal, onProgress: () => {} });
    const tag = `${first.repository}:${buildTag(request(id))}`;
    await lab.docker.pruneBuilder();
    const again = { ...request(id, { cacheFrom: [`${first.repository}:gone`, tag] }), component: 'worker' };
    const second = await builderWith().build(again, { signal, onProgress: () => {} });
    expect(await outputOf(second, 'cat', '/cached')).toBe(await outputOf(first, 'cat', '/cached'));
  });

  it('for another platform begins with what its base is there, whatever the engine holds under the name', async () => {
    const there = await commit('FROM scratch\nCOPY Dockerfile /there\n');
    const foreign = request(there, { platforms: ['linux/arm64'] });
    const base = await builderWith().build(foreign, { signal, onProgress: () => {} });
    const name = `${base.repository}:${buildTag(foreign)}`;
    const { secrets: _, ...plain } = foreign.source;
    const id = await commit(`FROM ${name}\nCOPY Dockerfile /again\n`);
    for (const from of [foreign.source, plain]) {
      await lab.docker.getImage(BASE).tag({ repo: base.repository, tag: buildTag(foreign) });
      const image = await builderWith().build({ ...foreign, commit: id, source: from }, { signal, onProgress: () => {} });
      const { Architecture, Config } = await lab.docker.getImage(`${image.repository}@${image.digest}`).inspect();
      expect([Architecture, Config.Labels['org.opencontainers.image.base.digest']]).toEqual(['arm64', base.digest]);
    }
  });

  it('fails with the last lines of its failed step, without secrets', async () => {
    const id = await commit(`FROM ${BASE}\nRUN ${MOUNT} echo "timeout of"; cat /run/secrets/npmrc; exit 3\n`);
    const failed = builderWith().build(request(id), { signal, onProgress: () => {} });
    await expect(failed).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/exit code: 3.*timeout of.*\[redacted\]/s),
    });
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining(VALUE) });
    expect(await registry.resolve(request(id).repository, buildTag(request(id)), { signal })).toBeUndefined();
  });

  it('names the secret that a step needs and that is not given', async () => {
    const id = await commit(`FROM ${BASE}\nRUN --mount=type=secret,id=pypi,required=true true\n`);
    const failed = builderWith().build(request(id), { signal, onProgress: () => {} });
    await expect(failed).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/asked for pypi, which build\.secrets/),
    });
  });

  it('is refused before it begins where the installation gives no such secret', async () => {
    const id = await commit(`FROM ${BASE}\n`);
    const failed = builderWith().build(request(id, { secrets: ['npmrc', 'pypi'] }), { signal, onProgress: () => {} });
    await expect(failed).rejects.toMatchObject({ name: 'BuildFailed', message: expect.stringMatching(/no secret is named pypi/) });
  });

  it('that is interrupted leaves no tag, and the engine goes on with none of it', async () => {
    // Like no other process of this machine.
    const long = `sleep 6${process.pid}`;
    const id = await commit(`FROM ${BASE}\nRUN ${MOUNT} echo begun; ${long}\n`);
    const cut = new AbortController();
    const onProgress = (line: string) => (line === 'begun' ? cut.abort(new Error('the worker goes down')) : undefined);
    await expect(builderWith().build(request(id), { signal: cut.signal, onProgress })).rejects.toThrow('the worker goes down');
    expect(await registry.resolve(request(id).repository, buildTag(request(id)), { signal })).toBeUndefined();
    await until('the step is gone', 20_000, async () => (await outputOrNone('pgrep', '-f', long)) === '');
  });

  it('takes no longer than it may', async () => {
    const id = await commit(`FROM ${BASE}\nRUN ${MOUNT} sleep 600\n`);
    await expect(builderWith().build(request(id, { timeoutMs: 3000 }), { signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/longer than 3 s/),
    });
  });

  it('says what to do where its Dockerfile mounts secrets and it names none', async () => {
    const id = await commit(`FROM ${BASE}\nRUN ${MOUNT} true\n`);
    const { secrets: _, ...plain } = request(id).source;
    await expect(builderWith().build({ ...request(id), source: plain }, { signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/name the secrets .* in build\.secrets/),
    });
  });

  it('says what to do where the engine has no BuildKit', async () => {
    const id = await commit('FROM scratch\nCOPY Dockerfile /\n');
    const asked: string[] = [];
    const engine = createServer(({ url = '' }, answer) => {
      asked.push(url);
      if (url === '/info') return void answer.end('{}');
      return answer.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"page not found"}');
    });
    const port = await listening(engine);
    const old = builderWith({ docker: connectEngine({ kind: 'tcp', host: '127.0.0.1', port }) });
    await expect(old.build(request(id), { signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/only BuildKit.*host builder has none.*Docker 20\.10 or later/),
    });
    expect(asked).toEqual(['/info', '/session']);
    engine.close();
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The files of the engine with its builder's cache and its log, and of the registry, that hold a text. */
async function filesWith(wanted: string): Promise<string> {
  return outputOrNone('grep', '-rlsaF', wanted, lab.directory);
}

/** Both commands fail where they find nothing; files may go while they are looked through. */
async function outputOrNone(command: string, ...args: string[]): Promise<string> {
  return execute(command, args).then(
    ({ stdout }) => stdout,
    ({ stdout = '' }: { readonly stdout?: string }) => stdout,
  );
}
