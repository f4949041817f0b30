import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createOciRegistry, resolveReference } from '../../../adapters/registry/oci-registry.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { type Limits, plainHttpAt, type RegistryOptions } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { Secret } from '../../../domain/secret.ts';
import { freePort, type LabRegistry, startRegistry } from '../../../lab/registry.ts';

const signal = new AbortController().signal;
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 };
const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI, config, layers: [] });
const manifestDigest = digestOf(manifest);
const password = new Secret('only-for-the-registry');

let directory: string;
let real: LabRegistry;
const servers: Server[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oci-registry-'));
  real = await startRegistry({ directory, address: '127.0.0.1' });
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

afterAll(async () => {
  await real.stop();
  await rm(directory, { recursive: true });
});

function digestOf(text: string) {
  return parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that keeps the Authorization headers it was sent. */
async function serve(handler: Handler): Promise<{ address: string; seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const sendManifest: Handler = (_, response) => response.writeHead(200, { 'content-type': OCI }).end(manifest);

function registryAt(addresses: readonly string[], options: Partial<RegistryOptions> = {}) {
  const limits: Partial<Limits> = { idleMs: 2000 };
  return createOciRegistry(
    connectRegistries({ credentials: async () => undefined, access: plainHttpAt(addresses), limits, ...options }).open,
  );
}

async function push(repository: string, tag: string): Promise<string> {
  const base = `http://${real.address}/v2/${repository}`;
  const config = '{}';
  const upload = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  await upload.text();
  const location = new URL(upload.headers.get('location') ?? '', base);
  location.searchParams.set('digest', digestOf(config));
  await (await fetch(location, { method: 'PUT', body: config })).text();
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
    layers: [],
  });
  const put = await fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers: { 'content-type': OCI }, body });
  await put.text();
  expect(put.status).toBe(201);
  return digestOf(body);
}

describe('a real registry', () => {
  it('resolves a tag to the digest of its bytes, and says which digests it holds', async () => {
    const digest = parseDigest(await push('shop/web', 'v1'));
    const registry = registryAt([real.address]);
    const repository = `${real.address}/shop/web`;
    expect(await registry.resolve(repository, 'v1', { signal })).toBe(digest);
    expect(await registry.has({ repository, digest }, { signal })).toBe(true);
    expect(await resolveReference(registry, `${repository}:v1`, signal)).toEqual({ repository, digest });
  });

  it('has no tag, no digest and no repository that was never pushed', async () => {
    await push('shop/web', 'v1');
    const registry = registryAt([real.address]);
    const repository = `${real.address}/shop/web`;
    expect(await registry.resolve(repository, 'v2', { signal })).toBeUndefined();
    expect(await registry.resolve(`${real.address}/no/such`, 'v1', { signal })).toBeUndefined();
    expect(await registry.has({ repository, digest: digestOf('other') }, { signal })).toBe(false);
    expect(await resolveReference(registry, repository, signal)).toBeUndefined();
  });

  it('that is down is RegistryUnavailable and never an absent image', async () => {
    const address = `127.0.0.1:${await freePort('127.0.0.1')}`;
    await expect(registryAt([address]).resolve(`${address}/shop/web`, 'v1', { signal })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringMatching(new RegExp(`${address} did not serve ${address}/shop/web:v1.*REFUSED`)),
    });
  });

  it('is asked over TLS alone unless it is listed as plain', async () => {
    await expect(registryAt([]).resolve(`${real.address}/shop/web`, 'v1', { signal })).rejects.toMatchObject({
      name: 'RegistryUnavailable',
    });
  });
});

describe('an answer that cannot be trusted', () => {
  it('is DigestMismatch when the bytes are not those of the digest', async () => {
    const { address } = await serve(sendManifest);
    const registry = registryAt([address]);
    await expect(registry.has({ repository: `${address}/a`, digest: digestOf('other') }, { signal })).rejects.toMatchObject({
      name: 'DigestMismatch',
    });
  });

  it('is DigestMismatch when the header names another digest than the bytes have', async () => {
    const { address } = await serve((_, response) =>
      response.writeHead(200, { 'content-type': OCI, 'docker-content-digest': digestOf('other') }).end(manifest),
    );
    await expect(registryAt([address]).resolve(`${address}/a`, 'v1', { signal })).rejects.toMatchObject({ name: 'DigestMismatch' });
  });

  it.each([
    [500, 'RegistryUnavailable'],
    [429, 'RegistryBusy'],
    [403, 'RegistryRefused'],
    [404, 'AnswerMalformed'],
    [401, 'RegistryRefused'],
  ])('with status %i and no registry behind it is %s', async (status, name) => {
    const { address } = await serve((_, response) => response.writeHead(status).end('<html>sorry</html>'));
    await expect(registryAt([address]).resolve(`${address}/a`, 'v1', { signal })).rejects.toMatchObject({ name });
  });

  it('of a type that nobody knows is refused', async () => {
    const { address } = await serve((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(manifest));
    await expect(registryAt([address]).resolve(`${address}/a`, 'v1', { signal })).rejects.toThrow(/of type "text\/html"/);
  });

  it('larger than a manifest may be is refused', async () => {
    const { address } = await serve((_, response) => response.writeHead(200, { 'content-type': OCI }).end(Buffer.alloc(5 * 2 ** 20)));
    await expect(registryAt([address]).resolve(`${address}/a`, 'v1', { signal })).rejects.toMatchObject({ name: 'AnswerTooLarge' });
  });

  it('that never comes is given up, and a caller who gives up first is heard', async () => {
    const { address } = await serve(() => {});
    const registry = registryAt([address], { limits: { idleMs: 200 } });
    await expect(registry.resolve(`${address}/a`, 'v1', { signal })).rejects.toThrow(/did not answer in time/);
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    await expect(registry.resolve(`${address}/a`, 'v1', { signal: cancelled })).rejects.toThrow('cancelled');
  });
});

describe('signing in', () => {
  const credentials = async () => ({ username: 'robot', password });
  const robot = `Basic ${Buffer.from('robot:only-for-the-registry').toString('base64')}`;

  it('sends user and password when asked for Basic', async () => {
    const { address, seen } = await serve((request, response) =>
      request.headers.authorization === robot
        ? sendManifest(request, response)
        : response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end(),
    );
    expect(await registryAt([address], { credentials }).resolve(`${address}/a`, 'v1', { signal })).toBe(manifestDigest);
    expect(seen).toEqual([undefined, robot]);
  });

  it('gets one bearer token for a repository and keeps it', async () => {
    const tokens = await serve((request, response) =>
      response.end(JSON.stringify({ token: `for ${new URL(request.url ?? '', 'http://x').searchParams}`, expires_in: 300 })),
    );
    const { address, seen } = await serve((request, response) =>
      request.headers.authorization?.startsWith('Bearer for')
        ? sendManifest(request, response)
        : response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${tokens.address}/token",service="lab"` }).end(),
    );
    const registry = registryAt([address], { credentials });
    expect(await registry.resolve(`${address}/a`, 'v1', { signal })).toBe(manifestDigest);
    expect(await registry.resolve(`${address}/a`, 'v2', { signal })).toBe(manifestDigest);
    expect(tokens.seen).toEqual([robot]);
    expect(seen).toEqual([
      undefined,
      'Bearer for service=lab&scope=repository%3Aa%3Apull',
      'Bearer for service=lab&scope=repository%3Aa%3Apull',
    ]);
  });

  it('exchanges an identity token', async () => {
    let form = '';
    const tokens = await serve(async (request, response) => {
      for await (const chunk of request) form += chunk;
      response.end(JSON.stringify({ access_token: 'short-lived' }));
    });
    const { address } = await serve((request, response) =>
      request.headers.authorization === 'Bearer short-lived'
        ? sendManifest(request, response)
        : response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${tokens.address}/token",service="lab"` }).end(),
    );
    const identity = async () => ({ identityToken: new Secret('refresh-me') });
    expect(await registryAt([address], { credentials: identity }).resolve(`${address}/a`, 'v1', { signal })).toBe(manifestDigest);
    expect(form).toContain('grant_type=refresh_token');
    expect(form).toContain('refresh_token=refresh-me');
    expect(tokens.seen).toEqual([undefined]);
  });

  it('never gives the credential to a realm on a stranger’s host', async () => {
    const stranger = await serve((_, response) => response.end(JSON.stringify({ token: 'x' })));
    const realm = `http://localhost:${stranger.address.split(':')[1]}/token`;
    const { address } = await serve((_, response) => response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end());
    const registry = registryAt([address, 'localhost:1'], { credentials });
    await expect(registry.resolve(`${address}/a`, 'v1', { signal })).rejects.toMatchObject({ name: 'RegistryRefused' });
    expect(stranger.seen).toEqual([]);
  });

  it('never carries the credential along a redirect to another host', async () => {
    const elsewhere = await serve(sendManifest);
    const { address } = await serve((request, response) =>
      request.headers.authorization === robot
        ? response.writeHead(307, { location: `http://${elsewhere.address}/blob` }).end()
        : response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end(),
    );
    expect(await registryAt([address], { credentials }).resolve(`${address}/a`, 'v1', { signal })).toBe(manifestDigest);
    expect(elsewhere.seen).toEqual([undefined]);
  });

  it('that is refused names the user and never the password', async () => {
    const { address } = await serve((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end());
    const refused = registryAt([address], { credentials }).resolve(`${address}/a`, 'v1', { signal });
    await expect(refused).rejects.toMatchObject({ name: 'RegistryRefused', message: expect.stringMatching(/401 to a request as robot/) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('only-for-the-registry') });
  });
});
