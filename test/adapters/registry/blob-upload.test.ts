import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { type HttpServer, HttpServers } from '../../support/http-servers.ts';
import { blobOf, digestOf, piecesOf } from './content.ts';
import { closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();
const bytes = randomBytes(9_000_000);
const blob = blobOf(bytes);

afterEach(() => servers.end());
afterAll(closeClients);

type Step = (request: IncomingMessage, response: ServerResponse, registry: UploadRegistry) => unknown;

/** A registry with uploads as the specification has them; the first requests with content may be told to go otherwise. */
class UploadRegistry {
  readonly uploads = new Map<string, Buffer[]>();
  readonly stored = new Set<string>();
  readonly begun: string[] = [];
  readonly cancelled: string[] = [];

  constructor(private readonly script: Step[]) {}

  readonly handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://x');
    const id = url.pathname.split('/').at(-1) ?? '';
    if (request.method === 'HEAD')
      return void response.writeHead(this.stored.has(id) ? 200 : 404, { 'docker-distribution-api-version': 'registry/2.0' }).end();
    if (request.method === 'POST') return this.#begin(response);
    const upload = this.uploads.get(id);
    if (upload === undefined) return void response.writeHead(404).end('{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}');
    if (request.method === 'DELETE') return this.#cancel(id, response);
    if (request.method === 'GET') return this.standing(response, 204, id);
    const step = Number(request.headers['content-length']) > 0 ? this.script.shift() : undefined;
    if (step !== undefined) return void (await step(request, response, this));
    for await (const chunk of request) upload.push(chunk);
    if (request.method === 'PATCH') return this.standing(response, 202, id);
    const digest = digestOf(Buffer.concat(upload));
    if (digest !== url.searchParams.get('digest')) return void response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
    this.stored.add(digest);
    response.writeHead(201).end();
  };

  has(id: string): number {
    return (this.uploads.get(id) ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  standing(response: ServerResponse, status: number, id: string): void {
    response.writeHead(status, { location: `/v2/a/blobs/uploads/${id}`, range: `0-${Math.max(0, this.has(id) - 1)}` }).end();
  }

  #begin(response: ServerResponse): void {
    const id = `u${this.uploads.size + 1}`;
    this.uploads.set(id, []);
    this.begun.push(id);
    response.writeHead(202, { location: `/v2/a/blobs/uploads/${id}` }).end();
  }

  #cancel(id: string, response: ServerResponse): void {
    this.cancelled.push(id);
    response.writeHead(204).end();
  }
}

/** Takes so many bytes, then breaks the connection off. */
const takeAndCut =
  (most: number): Step =>
  async (request, response, registry) => {
    const upload = registry.uploads.get(new URL(request.url ?? '', 'http://x').pathname.split('/').at(-1) ?? '') ?? [];
    let taken = 0;
    for await (const chunk of request) {
      upload.push(chunk.subarray(0, most - taken));
      taken += chunk.length;
      if (taken >= most) break;
    }
    response.destroy();
  };

const answer =
  (status: number, body = ''): Step =>
  async (request, response) => {
    for await (const _ of request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

async function start(...script: Step[]) {
  const registry = new UploadRegistry(script);
  const server = await servers.serve(registry.handler);
  return { registry, server, repository: repositoryAt(server.address) };
}

async function write(repository: RepositoryClient, more: object = {}) {
  const mount = await repository.mountBlob(blob, undefined, { signal });
  if (mount.kind !== 'upload') throw new Error('an upload was expected');
  await repository.writeBlob(blob, mount.location, { signal, content: (offset) => piecesOf(bytes, offset), ...more });
}

const requests = ({ seen }: HttpServer) => seen.map(({ method, headers }) => [method, headers['content-range'] ?? ''].join(' ').trim());

describe('an upload', () => {
  it('is one request, and tells how much was sent', async () => {
    const { registry, server, repository } = await start();
    let sent = 0;
    await write(repository, { onSent: (count: number) => (sent += count) });
    expect(requests(server)).toEqual(['POST', 'PUT']);
    expect(sent).toBe(bytes.length);
    expect(registry.stored).toContain(blob.digest);
  });

  it('that is cut goes on where the registry stands, and sends nothing twice', async () => {
    const { registry, server, repository } = await start(takeAndCut(5_000_000), takeAndCut(1_000_000));
    const offsets: number[] = [];
    await write(repository, {
      content: (offset: number) => {
        offsets.push(offset);
        return piecesOf(bytes, offset);
      },
    });
    expect(registry.stored).toContain(blob.digest);
    expect(offsets).toEqual([0, 5_000_000, 6_000_000]);
    expect(requests(server)).toContain(`PATCH 6000000-8999999`);
    expect(registry.begun).toHaveLength(1);
    expect(registry.cancelled).toEqual([]);
  });

  it('that the registry forgot is begun anew', async () => {
    const forget: Step = (request, response, registry) => {
      registry.uploads.clear();
      return answer(404, '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')(request, response, registry);
    };
    const { registry, repository } = await start(forget);
    await write(repository);
    expect(registry.stored).toContain(blob.digest);
    expect(registry.begun).toHaveLength(2);
  });

  it.each([
    [416, '{"errors":[{"code":"RANGE_INVALID"}]}'],
    [400, '{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}'],
    [500, '{"errors":[{"code":"UNKNOWN"}]}'],
  ])('that the registry breaks with %i is begun anew, and the old one cancelled', async (status, body) => {
    const { registry, repository } = await start(answer(status, body));
    await write(repository);
    expect(registry.stored).toContain(blob.digest);
    expect(registry.cancelled).toEqual(['u1']);
  });

  it('too large for one request is sent in small ones', async () => {
    const { registry, server, repository } = await start(answer(413));
    await write(repository);
    expect(registry.stored).toContain(blob.digest);
    expect(requests(server).filter((request) => request.startsWith('PATCH'))).toEqual([
      'PATCH 0-4194303',
      'PATCH 4194304-8388607',
      'PATCH 8388608-8999999',
    ]);
  });

  it('whose end was heard though the answer was lost is not sent again', async () => {
    const { server, repository } = await start(async (request, response, registry) => {
      for await (const _ of request);
      registry.stored.add(blob.digest);
      response.destroy();
    });
    await write(repository);
    expect(requests(server).filter((request) => request === 'PUT')).toHaveLength(1);
  });

  it('that is lost each time is UploadLost, which may be tried again', async () => {
    const lost = answer(404, '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}');
    const { server, repository } = await start(lost, lost, lost, lost, lost);
    await expect(write(repository)).rejects.toMatchObject({
      name: 'UploadLost',
      message: expect.stringContaining(`upload of ${server.address}/a@${blob.digest}`),
    });
  });

  it.each([
    ['RegistryFull', 507, ''],
    ['RegistryFull', 500, '{"errors":[{"code":"UNKNOWN","detail":{"Op":"write","Err":28}}]}'],
    ['RegistryRefused', 403, '{"errors":[{"code":"DENIED"}]}'],
    ['DigestMismatch', 400, '{"errors":[{"code":"DIGEST_INVALID"}]}'],
    ['RegistryBusy', 429, ''],
  ])('is %s at %i, and what the registry has is cancelled', async (name, status, body) => {
    const { registry, repository } = await start(answer(status, body));
    await expect(write(repository)).rejects.toMatchObject({ name });
    expect(registry.cancelled).toEqual(['u1']);
    expect(registry.begun).toEqual(['u1']);
  });

  it('that the caller gives up is cancelled at the registry', async () => {
    const caller = new AbortController();
    const { registry, repository } = await start(() => caller.abort(new Error('changed my mind')));
    await expect(write(repository, { signal: caller.signal })).rejects.toThrow('changed my mind');
    expect(registry.cancelled).toEqual(['u1']);
  });

  it('whose content breaks off is told so in the words of the content, and is not repeated', async () => {
    const { registry, server, repository } = await start();
    const content = async function* () {
      yield bytes.subarray(0, 1_000_000);
      throw new Error('the source is gone');
    };
    await expect(write(repository, { content })).rejects.toThrow('the source is gone');
    expect(registry.cancelled).toEqual(['u1']);
    expect(requests(server).filter((request) => request === 'PUT')).toHaveLength(1);
  });

  it('to a registry that takes no more bytes is given up after it has stood still', async () => {
    const stuck: Step = (request) => void request.pause();
    const registry = new UploadRegistry([stuck, stuck]);
    const server = await servers.serve(registry.handler);
    const repository = repositoryAt(server.address, { limits: { idleMs: 200, repetitions: 1 } });
    await expect(write(repository)).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringContaining('took no more bytes for 0.2 s'),
    });
  });

  it('is mounted where the registry lets us, and uploaded where we may not read', async () => {
    const { address, seen } = await servers.serve((request, response) =>
      request.url?.includes('mount') ? response.writeHead(403).end() : response.writeHead(202, { location: '/v2/a/blobs/uploads/1' }).end(),
    );
    const mount = await repositoryAt(address).mountBlob(blob, { registry: address, path: 'secret' }, { signal });
    expect(mount.kind).toBe('upload');
    expect(seen.map(({ url }) => url)).toEqual([
      `/v2/a/blobs/uploads/?mount=${encodeURIComponent(blob.digest)}&from=secret`,
      '/v2/a/blobs/uploads/',
    ]);
  });

  it.each([
    ['AnswerMalformed', {}],
    ['RedirectRefused', { location: 'file:///etc/passwd' }],
    ['AnswerMalformed', { location: 'http://[x' }],
  ])('that begins nowhere is %s', async (name, headers) => {
    const { address } = await servers.serve((_, response) => response.writeHead(202, headers).end());
    await expect(repositoryAt(address).mountBlob(blob, undefined, { signal })).rejects.toMatchObject({ name });
  });
});
