import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { OCI_INDEX, OCI_MANIFEST } from '../../../domain/oci-manifest.ts';
import { HttpServers } from '../../support/http-servers.ts';
import { blobOf, descriptorOf, digestOf, manifestOf } from './content.ts';
import { clientsOf, closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();
const config = { ...blobOf(Buffer.from('{}')), mediaType: 'application/vnd.oci.image.config.v1+json' };
const manifest = manifestOf({ config, layers: [] });

afterEach(() => servers.end());
afterAll(closeClients);

describe('a manifest', () => {
  it('is described by the registry, and by its bytes where the registry gives no digest or takes no HEAD', async () => {
    for (const headers of [{}, { 'docker-content-digest': manifest.digest }, undefined]) {
      const { address, seen } = await servers.serve(({ method }, response) => {
        if (method === 'HEAD' && headers === undefined) response.writeHead(405).end();
        else
          response
            .writeHead(200, { ...headers, 'content-type': OCI_MANIFEST, 'content-length': manifest.bytes.length })
            .end(method === 'HEAD' ? undefined : manifest.bytes);
      });
      expect(await repositoryAt(address).headManifest('v1', { signal })).toEqual(descriptorOf(manifest));
      expect(seen.map(({ method }) => method)).toEqual(headers && 'docker-content-digest' in headers ? ['HEAD'] : ['HEAD', 'GET']);
    }
  });

  it.each([
    ['DigestMismatch', OCI_MANIFEST, manifest.bytes, { 'docker-content-digest': digestOf('other') }],
    ['AnswerMalformed', OCI_MANIFEST, manifest.bytes, { 'docker-content-digest': 'sha256:Bearer-my-secret' }],
    ['SchemaOneUnsupported', 'application/vnd.docker.distribution.manifest.v1+prettyjws', '{"schemaVersion":1}', {}],
    ['SchemaOneUnsupported', 'application/json', '{"schemaVersion":1,"name":"a"}', {}],
    ['ManifestMalformed', OCI_INDEX, manifest.bytes, {}],
    ['ManifestMalformed', 'text/html', manifest.bytes, {}],
    ['ManifestMalformed', OCI_MANIFEST, '{', {}],
    ['ManifestMalformed', OCI_MANIFEST, '['.repeat(1_000_000), {}],
  ])('is %s as %s: %.30s', async (name, type, body, headers) => {
    const { address } = await servers.serve((_, response) => response.writeHead(200, { 'content-type': type, ...headers }).end(body));
    const failed = repositoryAt(address).getManifest('v1', { signal });
    await expect(failed).rejects.toMatchObject({ name, message: expect.stringContaining(`${address}/a`) });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('my-secret') });
  });

  it('stored under another digest than it has is DigestMismatch', async () => {
    const { address } = await servers.serve((_, response) => response.writeHead(201, { 'docker-content-digest': digestOf('other') }).end());
    await expect(repositoryAt(address).putManifest(manifest, { signal, tag: 'v1' })).rejects.toMatchObject({ name: 'DigestMismatch' });
  });
});

describe('a name that can be none', () => {
  it('never becomes a request', async () => {
    const { address, seen } = await servers.serve((_, response) => response.end());
    const registries = clientsOf([address]);
    for (const path of ['a/../b', 'Shop/web', '', 'a//b', 'a?x', 'a#x'])
      expect(() => registries.open({ registry: address, path })).toThrow(expect.objectContaining({ name: 'MalformedReference' }));
    const repository = registries.open({ registry: address, path: 'a' });
    for (const reference of ['../../b/manifests/v1', 'v1?x', 'sha256:12', '', 'a/b', '..']) {
      const name = expect.stringMatching(/^Malformed(Reference|Digest)$/);
      await expect(repository.getManifest(reference, { signal })).rejects.toMatchObject({ name });
      await expect(repository.headManifest(reference, { signal })).rejects.toMatchObject({ name });
      await expect(repository.deleteTag(reference, { signal })).rejects.toMatchObject({ name });
      await expect(repository.putManifest(manifest, { signal, tag: reference })).rejects.toMatchObject({ name });
    }
    expect(seen).toEqual([]);
  });
});

describe('mirrors', () => {
  const registryWith = (serving: () => boolean) =>
    servers.serve((_, response) =>
      serving() ? response.writeHead(200, { 'content-type': OCI_MANIFEST }).end(manifest.bytes) : response.writeHead(500).end(),
    );

  it('are asked first by digest and never by tag, and a registry stands in for one that fails', async () => {
    let isUp = true;
    const mirror = await registryWith(() => isUp);
    const registry = await registryWith(() => true);
    const access = (address: string) => ({ plainHttp: true, ...(address === registry.address && { mirrors: [mirror.address] }) });
    const repository = repositoryAt(registry.address, { access });
    expect(await repository.getManifest(manifest.digest, { signal })).toEqual(manifest);
    expect([mirror.seen.length, registry.seen.length]).toEqual([1, 0]);
    await repository.getManifest('v1', { signal });
    expect([mirror.seen.length, registry.seen.length]).toEqual([1, 1]);
    isUp = false;
    expect(await repository.getManifest(manifest.digest, { signal })).toEqual(manifest);
    expect(await repository.getManifest(manifest.digest, { signal })).toEqual(manifest);
    expect([mirror.seen.length, registry.seen.length]).toEqual([2, 3]);
  });

  it('that lie are not believed', async () => {
    const liar = await servers.serve((_, response) =>
      response.writeHead(200, { 'content-type': OCI_MANIFEST }).end(manifestOf({ config, layers: [config] }).bytes),
    );
    const registry = await registryWith(() => true);
    const access = (address: string) => ({ plainHttp: true, ...(address === registry.address && { mirrors: [liar.address] }) });
    expect(await repositoryAt(registry.address, { access }).getManifest(manifest.digest, { signal })).toEqual(manifest);
  });
});
