import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readCertificates } from '../../../adapters/registry/certificates.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import type { RegistryAccess } from '../../../adapters/registry/settings.ts';
import { type Certificates, makeCertificates } from '../../support/certificates.ts';
import { type Handler, HttpServers } from '../../support/http-servers.ts';
import { blobOf, manifestOf, readAll } from './content.ts';
import { clientsOf, closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();
const config = { ...blobOf(Buffer.from('{}')), mediaType: 'application/vnd.oci.image.config.v1+json' };
const manifest = manifestOf({ config, layers: [] });
const blob = blobOf(Buffer.from('some bytes'));

let directory: string;
let certificates: Certificates;
let ca: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-tls-'));
  certificates = await makeCertificates(directory);
  ca = await readFile(certificates.ca, 'utf8');
});

afterEach(() => servers.end());

afterAll(async () => {
  await closeClients();
  await rm(directory, { recursive: true });
});

const sendManifest: Handler = (_, response) => response.writeHead(200, { 'content-type': manifest.mediaType }).end(manifest.bytes);

const serve = (handler: Handler = sendManifest, more: object = {}) =>
  servers.serve(handler, { cert: certificates.server.certificate, key: certificates.server.key, ...more });

const reached = (address: string, access: RegistryAccess) => repositoryAt(address, { access: () => access });

describe('a registry behind TLS', () => {
  it('is trusted by an authority that the installation names, and by no other', async () => {
    const { address } = await serve();
    expect(await reached(address, await readCertificates({ ca: certificates.ca })).getManifest('v1', { signal })).toEqual(manifest);
    await expect(reached(address, {}).getManifest('v1', { signal })).rejects.toMatchObject({
      name: 'RegistryUntrusted',
      message: expect.stringMatching(`registry ${address} to prove who it is before ${address}/a:v1 .* as ca of this registry`),
    });
  });

  it('is asked one question after the other over one connection', async () => {
    const server = await serve();
    const repository = reached(server.address, { ca });
    for (const tag of ['v1', 'v2', 'v3']) {
      await repository.headManifest(tag, { signal });
      await repository.getManifest(tag, { signal });
    }
    expect(server.connections()).toBe(1);
  });

  it('is not trusted under a name that its certificate does not have', async () => {
    const { address } = await serve();
    const other = address.replace('127.0.0.1', 'localhost');
    await expect(reached(other, { ca }).getManifest('v1', { signal })).rejects.toMatchObject({ name: 'RegistryUntrusted' });
  });

  it('is never asked in plain, and a plain one never over TLS', async () => {
    const plain = await servers.serve(sendManifest);
    await expect(reached(plain.address, {}).getManifest('v1', { signal })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    expect(plain.seen).toEqual([]);
    const behindTls = await serve();
    await expect(reached(behindTls.address, { plainHttp: true }).getManifest('v1', { signal })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
    });
    expect(behindTls.seen).toEqual([]);
  });

  it('is shown our certificate where it asks for one, and lets nobody in without', async () => {
    const names: unknown[] = [];
    const handler: Handler = (request, response) => {
      names.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
      sendManifest(request, response);
    };
    const { address } = await serve(handler, { ca, requestCert: true, rejectUnauthorized: true });
    const access = await readCertificates({ ca: certificates.ca, ...certificates.client });
    expect(await reached(address, access).getManifest('v1', { signal })).toEqual(manifest);
    expect(names).toEqual(['client']);
    await expect(reached(address, { ca }).getManifest('v1', { signal })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    expect(names).toHaveLength(1);
  });

  it('sends us to a store that is trusted the same way, and that is shown no certificate of ours', async () => {
    const shown: object[] = [];
    const store = await serve(
      (request, response) => {
        shown.push((request.socket as TLSSocket).getPeerCertificate());
        response.end('some bytes');
      },
      { ca, requestCert: true, rejectUnauthorized: false },
    );
    const { address } = await serve((_, response) => response.writeHead(307, { location: `https://${store.address}/blob` }).end());
    const access = await readCertificates({ ca: certificates.ca, ...certificates.client });
    expect(String(await readAll(reached(address, access).readBlob(blob, { signal })))).toBe('some bytes');
    expect(shown).toEqual([{}]);
  });

  it('hands over large blobs whose chunks are lent by the same rules, from itself or from where it sends us to', async () => {
    const bytes = randomBytes(9_000_000);
    const large = blobOf(bytes);
    const lent = { signal, lends: true };
    const shown: unknown[] = [];
    const handler: Handler = (request, response) => {
      shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    };
    const demanding = { ca, requestCert: true, rejectUnauthorized: false };
    const store = await serve(handler, demanding);
    const asked: string[] = [];
    const registry = await serve((request, response) => {
      asked.push(`${request.method} ${request.headers.authorization ?? 'without'}`);
      if (request.url?.includes('/b/')) handler(request, response);
      else response.writeHead(307, { location: `https://${store.address}/blob` }).end();
    }, demanding);
    const access = await readCertificates({ ca: certificates.ca, ...certificates.client });
    const { open } = clientsOf([], { access: () => access });
    for (const name of ['a', 'b']) {
      const read = readAll(open(parseRepository(`${registry.address}/${name}`)).readBlob(large, lent));
      expect((await read).equals(bytes)).toBe(true);
    }
    expect(shown).toEqual([undefined, 'client']);
    expect(asked).toEqual(['GET without', 'GET without']);
    await expect(readAll(reached(registry.address, {}).readBlob(large, lent))).rejects.toMatchObject({ name: 'RegistryUntrusted' });
    expect(asked).toHaveLength(2);
  });

  it('goes on with a large blob whose reader is slower than itself', async () => {
    const bytes = randomBytes(20_000_000);
    const { address, seen } = await serve((_, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes));
    const hash = createHash('sha256');
    let asked = 0;
    for await (const chunk of reached(address, { ca }).readBlob(blobOf(bytes), { signal, lends: true })) {
      // Long enough for all buffers to fill, and for what is decrypted already to come although nothing more is wanted.
      if (asked < 20) await delay(10);
      asked += 1;
      hash.update(chunk);
    }
    expect(`sha256:${hash.digest('hex')}`).toBe(blobOf(bytes).digest);
    // Had it stood still, the rest would have been asked for again.
    expect(seen).toHaveLength(1);
  });

  it('sends us out of TLS in vain', async () => {
    const store = await servers.serve((_, response) => response.end('some bytes'));
    const { address } = await serve((_, response) => response.writeHead(307, { location: `http://${store.address}/blob` }).end());
    await expect(readAll(reached(address, { ca }).readBlob(blob, { signal }))).rejects.toMatchObject({
      name: 'RedirectRefused',
      message: expect.stringContaining('out of TLS'),
    });
    expect(store.seen).toEqual([]);
  });

  it('that calls itself by plain HTTP behind a proxy goes on behind it, for uploads and for pages', async () => {
    const sent: string[] = [];
    const { address } = await serve(async (request, response) => {
      const own = `http://127.0.0.1/v2/a`;
      sent.push(`${request.method} ${request.url}`);
      for await (const _ of request);
      if (request.method === 'POST') response.writeHead(202, { location: `${own}/blobs/uploads/1?state=a%2Bb` }).end();
      else if (request.method === 'PUT') response.writeHead(201).end();
      else if (request.url?.includes('last')) response.end('{"tags":["b"]}');
      else response.writeHead(200, { link: `<http://${address}/v2/a/tags/list?last=a>; rel="next"` }).end('{"tags":["a"]}');
    });
    const repository = reached(address, { ca });
    const mount = await repository.mountBlob(blob, undefined, { signal });
    if (mount.kind !== 'upload') throw new Error('an upload was expected');
    await repository.writeBlob(blob, mount.location, {
      signal,
      content: async function* () {
        yield Buffer.from('some bytes');
      },
    });
    const tags = [];
    for await (const tag of repository.tags({ signal })) tags.push(tag);
    expect(tags).toEqual(['a', 'b']);
    expect(sent[1]).toBe(`PUT /v2/a/blobs/uploads/1?state=a%2Bb&digest=${encodeURIComponent(blob.digest)}`);
  });
});

describe('certificate files', () => {
  it('that are not there, no PEM, or of another key are refused by name', async () => {
    const nothing = join(directory, 'nothing.pem');
    const empty = join(directory, 'empty.pem');
    await writeFile(empty, 'hello');
    const refused = (files: object, path: string) =>
      expect(readCertificates(files)).rejects.toMatchObject({ name: 'CertificateUnreadable', message: expect.stringContaining(path) });
    await refused({ ca: nothing }, nothing);
    await refused({ ca: empty }, empty);
    await refused({ ...certificates.client, key: join(directory, 'server.key') }, 'server.key');
    expect(await readCertificates({})).toEqual({});
  });
});

it('a registry is closed with what was under way', async () => {
  const { address } = await servers.serve(() => {});
  const registries = clientsOf([address]);
  const asked = registries.open({ registry: address, path: 'a' }).getManifest('v1', { signal });
  const ended = expect(asked).rejects.toMatchObject({ name: 'RegistryUnavailable' });
  await registries.close();
  await ended;
});
