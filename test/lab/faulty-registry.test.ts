import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  corrupts,
  cutAnswer,
  cutRequest,
  expiresUpload,
  losesBlob,
  misstatesLength,
  notFound,
  redirects,
  silence,
  tooManyRequests,
  trickles,
  truncates,
} from '../../lab/faulty-registry/known-faults.ts';
import { type FaultyRegistry, type FaultyRegistryOptions, startFaultyRegistry } from '../../lab/faulty-registry/server.ts';
import { missingFrom } from '../../lab/faulty-registry/wholeness.ts';
import { until } from '../../lab/until.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const started: FaultyRegistry[] = [];

afterEach(async () => {
  for (const registry of started.splice(0)) await registry.close();
});

async function start(options: FaultyRegistryOptions = {}): Promise<FaultyRegistry> {
  const registry = await startFaultyRegistry(options);
  started.push(registry);
  return registry;
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Everything of an answer that came, however it ended. */
function ask(url: string, options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: Buffer } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer; ended: 'whole' | string }>((done) => {
    const chunks: Buffer[] = [];
    const { method = 'GET', headers = {}, body } = options;
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const finish = (ended: string) =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), ended });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => finish('whole'));
      response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      done({ status: 0, headers: {}, body: Buffer.alloc(0), ended: error.code ?? error.message }),
    );
    request.end(body);
  });
}

async function openUpload(registry: FaultyRegistry, name = 'shop/web'): Promise<string> {
  const { headers } = await ask(`${registry.url}/v2/${name}/blobs/uploads/`, { method: 'POST' });
  return `${registry.url}${headers.location}`;
}

describe('told nothing, it', () => {
  it.each(['in memory', 'on disk'])('keeps %s what comes in chunks, gives parts of it, and says how many bytes moved', async (where) => {
    const directory = await mkdtemp(join(tmpdir(), 'faulty-'));
    const registry = await start(where === 'on disk' ? { directory } : {});
    const bytes = randomBytes(300_000);
    const location = await openUpload(registry);
    expect(
      (await ask(location, { method: 'PATCH', headers: { 'content-range': '0-99999' }, body: bytes.subarray(0, 100_000) })).headers.range,
    ).toBe('0-99999');
    expect((await ask(location, { method: 'PATCH', headers: { 'content-range': '5-6' }, body: bytes.subarray(5, 7) })).status).toBe(416);
    expect((await ask(`${location}&digest=${digestOf(bytes)}`, { method: 'PUT', body: bytes.subarray(100_000) })).status).toBe(201);
    const blob = `${registry.url}/v2/shop/web/blobs/${digestOf(bytes)}`;
    expect((await ask(blob)).body.equals(bytes)).toBe(true);
    expect((await ask(blob, { headers: { range: 'bytes=299990-' } })).body.equals(bytes.subarray(299_990))).toBe(true);
    expect(registry.moved()).toEqual({ in: 300_002, out: 300_010 });
    await rm(directory, { recursive: true });
  });

  it('lets in who has a token for it, until the time of the token is over', async () => {
    const registry = await start({ access: { kind: 'token', users: { robot: 'pass' }, lifetimeSeconds: 60 } });
    await registry.repositories.plantBlob('shop/web', Buffer.from('x'));
    const blob = `${registry.url}/v2/shop/web/blobs/${digestOf(Buffer.from('x'))}`;
    const refused = await ask(blob);
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      `Bearer realm="${registry.url}/token",service="lab",scope="repository:shop/web:pull"`,
    ]);
    const basic = { authorization: `Basic ${Buffer.from('robot:pass').toString('base64')}` };
    const { token } = JSON.parse((await ask(`${registry.url}/token?scope=repository:shop/web:pull`, { headers: basic })).body.toString());
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask(blob, { headers: bearer })).status).toBe(200);
    expect((await ask(`${registry.url}/v2/shop/other/tags/list`, { headers: bearer })).headers['www-authenticate']).toContain(
      'insufficient_scope',
    );
    registry.clock.advance(61);
    expect((await ask(blob, { headers: bearer })).headers['www-authenticate']).toContain('invalid_token');
    expect(JSON.stringify(registry.requests())).not.toContain(token);
    expect(registry.requests().map(({ authorization }) => authorization)).toEqual([undefined, 'basic', 'bearer', 'bearer', 'bearer']);
  });

  it('gives no token to a wrong password, and less than was asked to who may do less', async () => {
    const registry = await start({
      access: {
        kind: 'token',
        users: { robot: 'pass' },
        identityTokens: { robot: 'kept' },
        may: (user, _, action) => user !== undefined && action === 'pull',
      },
    });
    const wrong = { authorization: `Basic ${Buffer.from('robot:wrong').toString('base64')}` };
    expect((await ask(`${registry.url}/token?scope=repository:a:pull`, { headers: wrong })).status).toBe(401);
    const form = Buffer.from(
      String(new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'kept', scope: 'repository:a:pull,push' })),
    );
    const { token } = JSON.parse((await ask(`${registry.url}/token`, { method: 'POST', body: form })).body.toString());
    expect(registry.tokens?.allowed(token, 'a')).toEqual(['pull']);
  });
});

describe('told to, it', () => {
  async function withBlob(size = 200_000) {
    const registry = await start();
    const bytes = randomBytes(size);
    const digest = await registry.repositories.plantBlob('shop/web', bytes);
    return { registry, bytes, blob: `${registry.url}/v2/shop/web/blobs/${digest}` };
  }

  it('strikes the requests that a rule names, after as many as go well, and as often as it says', async () => {
    const { registry, blob } = await withBlob(10);
    const rule = registry.faults.arm({ on: 'getBlob', skip: 1, times: 2, fault: notFound() });
    const statuses = [];
    for (const method of ['GET', 'HEAD', 'GET', 'GET', 'GET']) statuses.push((await ask(blob, { method })).status);
    expect(statuses).toEqual([200, 200, 404, 404, 200]);
    expect(rule.struck).toBe(2);
    registry.faults.arm({ path: /shop\/web/, method: 'GET', fault: tooManyRequests(7) });
    expect((await ask(blob)).headers['retry-after']).toBe('7');
  });

  it.each(['FIN', 'RST'] as const)('cuts an answer with %s when so many bytes have gone', async (ending) => {
    const { registry, blob } = await withBlob();
    registry.faults.arm({ on: 'getBlob', fault: cutAnswer(70_000, ending) });
    const seen = await ask(blob);
    expect(seen.ended).not.toBe('whole');
    expect(seen.body.length).toBeLessThanOrEqual(70_000);
    expect(registry.moved().out).toBe(70_000);
  });

  it.each([
    ['keep what came', 204, '0-69999'],
    ['go back to the last whole chunk', 204, '0-0'],
    ['are forgotten', 404, undefined],
  ] as const)('cuts an upload when so many bytes have come, and its bytes %s', async (cutUploads, status, range) => {
    const registry = await start({ abilities: { cutUploads } });
    registry.faults.arm({ on: 'sendChunk', times: 1, fault: cutRequest(70_000, 'RST') });
    const location = await openUpload(registry);
    expect((await ask(location, { method: 'PATCH', body: randomBytes(200_000) })).status).toBe(0);
    const now = await ask(location);
    expect([now.status, now.headers.range]).toEqual([status, range]);
    expect(registry.moved().in).toBe(70_000);
  });

  it('never answers, and lets go of who goes away', async () => {
    const { registry, blob } = await withBlob();
    registry.faults.arm({ fault: silence });
    const request = httpRequest(blob, { agent: false }).on('error', () => undefined);
    request.end();
    await until('the request to arrive', 60_000, async () => registry.requests().length === 1);
    expect(registry.connections()).toBe(1);
    request.destroy();
    await until('the connection to be gone', 60_000, async () => registry.connections() === 0);
    expect(registry.requests()[0]?.status).toBeUndefined();
  });

  it('lets its head or its body trickle', async () => {
    const { registry, bytes, blob } = await withBlob(40);
    registry.faults.arm({ times: 1, fault: trickles('body', 1, 1) });
    expect((await ask(blob)).body.equals(bytes)).toBe(true);
    registry.faults.arm({ fault: trickles('head', 500, 1) });
    // Node's own limit on heads ends it.
    expect((await ask(blob)).ended).toBe('HPE_HEADER_OVERFLOW');
    await until('the connection to be gone', 60_000, async () => registry.connections() === 0);
  });

  it('corrupts and truncates, and says a wrong length', async () => {
    const { registry, bytes, blob } = await withBlob(1000);
    registry.faults.arm({ times: 1, fault: corrupts() });
    const corrupted = await ask(blob);
    expect([corrupted.ended, corrupted.body.length, corrupted.body.equals(bytes)]).toEqual(['whole', 1000, false]);
    registry.faults.arm({ times: 1, fault: truncates(10) });
    const truncated = await ask(blob);
    expect([truncated.ended, truncated.body.equals(bytes.subarray(0, 10))]).toEqual(['whole', true]);
    registry.faults.arm({ times: 1, fault: misstatesLength(5) });
    expect(await ask(blob)).toMatchObject({ ended: 'ECONNRESET', headers: { 'content-length': '1005' } });
    registry.faults.arm({ times: 1, fault: misstatesLength(-5) });
    // What comes after the end that was said is no HTTP.
    expect((await ask(blob)).ended).toMatch(/^HPE_/);
  });

  it('sends elsewhere, and forgets uploads and blobs', async () => {
    const registry = await start();
    registry.faults.arm({ on: 'ping', fault: redirects(307, (path) => `http://localhost:1${path}`) });
    expect((await ask(`${registry.url}/v2/`)).headers.location).toBe('http://localhost:1/v2/');
    registry.faults.arm({ on: 'sendChunk', fault: expiresUpload(registry.uploads) });
    expect((await ask(await openUpload(registry), { method: 'PATCH', body: randomBytes(9) })).status).toBe(404);
    registry.faults.arm({ on: 'finishUpload', fault: losesBlob(registry.repositories) });
    const bytes = randomBytes(9);
    const put = await ask(`${await openUpload(registry)}&digest=${digestOf(bytes)}`, { method: 'PUT', body: bytes });
    expect(put.status).toBe(201);
    expect(registry.repositories.blob('shop/web', digestOf(bytes))).toBeUndefined();
  });
});

describe('the walk over tags', () => {
  const layer = Buffer.from('layer');
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI, layers: [{ mediaType: 'x', digest: digestOf(layer), size: layer.length }] }),
  );

  it('finds nothing where all is there', async () => {
    const { repositories } = await start();
    await repositories.plantBlob('a', layer);
    repositories.putManifest('a', digestOf(manifest), { mediaType: OCI, bytes: manifest }, ['v1']);
    expect(await missingFrom(repositories)).toEqual([]);
  });

  it('finds a blob that is not there or is another, and a manifest that an index names in vain', async () => {
    const { repositories } = await start();
    repositories.putManifest('a', digestOf(manifest), { mediaType: OCI, bytes: manifest }, ['v1']);
    expect(await missingFrom(repositories)).toEqual([`a:v1 lacks blob ${digestOf(layer)}`]);
    await repositories.plantBlob('a', Buffer.from('LAYER'), digestOf(layer));
    expect(await missingFrom(repositories)).toEqual([`a:v1 lacks the true bytes of blob ${digestOf(layer)}`]);
    const index = Buffer.from(JSON.stringify({ manifests: [{ mediaType: OCI, digest: digestOf(manifest), size: manifest.length }] }));
    repositories.putManifest('b', digestOf(index), { mediaType: 'i', bytes: index }, ['v1']);
    expect(await missingFrom(repositories)).toContain(`b:v1 lacks manifest ${digestOf(manifest)}`);
  });
});
