import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../../../lab/until.ts';
import { type Handler, HttpServers } from '../../support/http-servers.ts';
import { blobOf, readAll } from './content.ts';
import { closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();

afterEach(() => servers.end());
afterAll(closeClients);

/** Sends some bytes of what it announced, and breaks the connection off. */
function cut(response: ServerResponse, part: Buffer): void {
  response.write(part, () => response.destroy());
}

/** Large blobs whose chunks may be lent come over a connection of their own; every other the ordinary way. */
const WAYS: readonly (readonly [string, number, boolean])[] = [
  ['a blob', 3_000_000, false],
  ['a large blob whose chunks are lent', 9_500_000, true],
];

describe.each(WAYS)('reading %s', (_way, size, lends) => {
  const bytes = randomBytes(size);
  const blob = blobOf(bytes);
  const how = { signal, lends };

  /** A registry whose every answer breaks off after so many bytes. */
  const cutting =
    (after: number): Handler =>
    (request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = bytes.subarray(start);
      const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...range });
      if (rest.length > after) cut(response, rest.subarray(0, after));
      else response.end(rest);
    };

  describe('a blob that breaks off', () => {
    it('goes on from there, as often as it gets on', async () => {
      const { address, seen } = await servers.serve(cutting(1_100_000));
      expect((await readAll(repositoryAt(address).readBlob(blob, how))).equals(bytes)).toBe(true);
      expect(seen.length).toBeGreaterThanOrEqual(3);
      expect(seen.at(-1)?.headers.range).toMatch(/^bytes=\d{6,}-$/);
    });

    it('is begun anew by a registry that knows no ranges, and no byte comes twice', async () => {
      let answers = 0;
      const { address } = await servers.serve((_, response) => {
        answers += 1;
        response.writeHead(200, { 'content-length': bytes.length });
        if (answers === 1) cut(response, bytes.subarray(0, 1_000_000));
        else response.end(bytes);
      });
      expect((await readAll(repositoryAt(address).readBlob(blob, how))).equals(bytes)).toBe(true);
      expect(answers).toBe(2);
    });

    it('again and again at the same place is ContentTruncated, which may be tried again', async () => {
      let answers = 0;
      const { address } = await servers.serve((request, response) => {
        answers += 1;
        if (answers === 1) cutting(1000)(request, response);
        else response.destroy();
      });
      await expect(readAll(repositoryAt(address).readBlob(blob, how))).rejects.toMatchObject({
        name: 'ContentTruncated',
        message: expect.stringMatching(`breaks off ${address}/a@${blob.digest} .*of ${bytes.length} bytes came`),
      });
    });

    it('before it has begun is RegistryUnavailable at once', async () => {
      const { address, seen } = await servers.serve((_, response) => response.writeHead(502).end());
      await expect(readAll(repositoryAt(address).readBlob(blob, how))).rejects.toMatchObject({ name: 'RegistryUnavailable' });
      expect(seen).toHaveLength(lends ? 2 : 1);
    });

    it('is given up when the caller does, also while it waits to go on', async () => {
      const { address } = await servers.serve(cutting(1000));
      const caller = new AbortController();
      const read = async () => {
        for await (const _ of repositoryAt(address).readBlob(blob, { ...how, signal: caller.signal }))
          setTimeout(() => caller.abort(new Error('enough')), 20);
      };
      await expect(read()).rejects.toThrow('enough');
    });
  });

  describe('a blob that is not what it should be', () => {
    it('is DigestMismatch, and its last bytes are never handed over', async () => {
      const other = Buffer.from(bytes);
      other[100] = (other[100] ?? 0) ^ 1;
      const { address } = await servers.serve((_, response) => response.end(other));
      let handed = 0;
      const read = async () => {
        for await (const chunk of repositoryAt(address).readBlob(blob, how)) handed += chunk.length;
      };
      await expect(read()).rejects.toMatchObject({
        name: 'DigestMismatch',
        message: expect.stringContaining(`${address}/a@${blob.digest}`),
      });
      expect(handed).toBeLessThan(bytes.length);
    });

    it.each([
      [
        'longer than it should be',
        (_, response) => response.writeHead(200, { 'content-length': bytes.length + 1 }).end(Buffer.concat([bytes, Buffer.from('x')])),
      ],
      ['longer than it should be, without a length', (_, response) => response.write(bytes, () => response.end('more'))],
      ['said to be shorter', (_, response) => response.writeHead(200, { 'content-length': 5 }).end('short')],
      [
        'said to have no bytes at that place',
        (request, response) => (request.headers.range ? response.writeHead(416).end() : cutting(1000)(request, response)),
      ],
    ] satisfies [string, Handler][])('%s is DigestMismatch', async (_, handler) => {
      const { address } = await servers.serve(handler);
      await expect(readAll(repositoryAt(address).readBlob(blob, how))).rejects.toMatchObject({ name: 'DigestMismatch' });
    });

    it('ends too early without a word', async () => {
      const { address } = await servers.serve((_, response) => response.write(bytes.subarray(0, 10), () => response.end()));
      await expect(readAll(repositoryAt(address, { limits: { repetitions: 1 } }).readBlob(blob, how))).rejects.toMatchObject({
        name: 'ContentTruncated',
      });
    });

    it('is AnswerMalformed where another part comes than was asked for', async () => {
      const { address } = await servers.serve((_, response) =>
        response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end(bytes.subarray(0, 10)),
      );
      await expect(readAll(repositoryAt(address).readBlob(blob, { ...how, offset: 20 }))).rejects.toMatchObject({
        name: 'AnswerMalformed',
      });
    });

    it('is not there by the registry’s own word alone', async () => {
      const { address } = await servers.serve(({ url }, response) =>
        response.writeHead(404).end(url?.startsWith('/v2/a/') ? '<html>' : '{"errors":[{"code":"BLOB_UNKNOWN"}]}'),
      );
      await expect(readAll(repositoryAt(address).readBlob(blob, how))).rejects.toMatchObject({ name: 'AnswerMalformed' });
      await expect(repositoryAt(address).hasBlob(blob, { signal })).rejects.toMatchObject({ name: 'AnswerMalformed' });
    });

    it('of another size is not taken for there', async () => {
      const { address } = await servers.serve((_, response) => response.writeHead(200, { 'content-length': 7 }).end());
      await expect(repositoryAt(address).hasBlob(blob, { signal })).rejects.toMatchObject({ name: 'DigestMismatch' });
    });
  });

  describe('a registry that is slow', () => {
    it('and never answers is given up', async () => {
      const { address } = await servers.serve(() => {});
      await expect(repositoryAt(address).getManifest('v1', { signal })).rejects.toMatchObject({
        name: 'RegistryUnavailable',
        message: expect.stringContaining('did not answer in time'),
      });
    });

    it('and stops in the middle of a blob is given up after it has stood still, and no connection stays', async () => {
      const { address, open } = await servers.serve((_, response) => {
        response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
      });
      const read = readAll(repositoryAt(address, { limits: { idleMs: 150, repetitions: 0 } }).readBlob(blob, how));
      await expect(read).rejects.toMatchObject({ name: 'ContentTruncated' });
      await until('the end of all connections', 60_000, async () => (await open()) === 0);
    });

    it.each(['blob', 'manifest'])('and trickles a %s is given up too', async (kind) => {
      const { address } = await servers.serve((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      });
      const repository = repositoryAt(address, { limits: { idleMs: 200, wholeAnswerMs: 300, repetitions: 0 } });
      const read = kind === 'blob' ? readAll(repository.readBlob(blob, how)) : repository.getManifest('v1', { signal });
      await expect(read).rejects.toMatchObject({ message: expect.stringMatching(/bytes (moved|came|of its answer came)/) });
    });

    it('is waited for as long as it moves, however long that takes', async () => {
      const { address } = await servers.serve(async (_, response) => {
        for (let at = 0; at < bytes.length; at += 300_000) {
          response.write(bytes.subarray(at, at + 300_000));
          await pause(150);
        }
        response.end();
      });
      const read = readAll(repositoryAt(address, { limits: { idleMs: 1_000, wholeAnswerMs: 100 } }).readBlob(blob, how));
      expect((await read).equals(bytes)).toBe(true);
    });

    it('is not hurried by a caller who reads slowly', async () => {
      const { address } = await servers.serve((_, response) => response.end(bytes));
      let read = 0;
      for await (const chunk of repositoryAt(address, { limits: { idleMs: 1_000 } }).readBlob(blob, how)) {
        if (read === 0) await pause(1_200);
        read += chunk.length;
      }
      expect(read).toBe(bytes.length);
    });
  });
});

describe('connections', () => {
  const bytes = randomBytes(3_000_000);
  const blob = blobOf(bytes);

  it('are used again after every kind of question', async () => {
    const server = await servers.serve((request, response) => {
      const headers = { 'content-length': bytes.length, 'docker-distribution-api-version': 'registry/2.0' };
      if (request.url?.includes('manifests')) response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      else response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : bytes);
    });
    const repository = repositoryAt(server.address);
    for (let round = 0; round < 3; round += 1) {
      await repository.hasBlob(blob, { signal });
      await readAll(repository.readBlob(blob, { signal }));
      await repository.getManifest('v1', { signal });
      await repository.referrers(blob.digest, { signal }).catch(() => undefined);
    }
    // The next question may come before undici has taken a connection back.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('are not kept with what nobody read to its end', async () => {
    const server = await servers.serve((_, response) =>
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 100_000)),
    );
    for await (const _ of repositoryAt(server.address).readBlob(blob, { signal })) break;
    await until('every connection to be closed', 60_000, async () => (await server.open()) === 0);
  });

  it('that the registry closed meanwhile cost nothing', async () => {
    let answers = 0;
    const server = await servers.serve((request, response) => {
      answers += 1;
      // The second request finds its connection closed without an answer.
      if (answers === 2) request.socket.destroy();
      else response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    });
    const repository = repositoryAt(server.address);
    expect(await repository.getManifest('v1', { signal })).toBeUndefined();
    expect(await repository.getManifest('v1', { signal })).toBeUndefined();
    expect(answers).toBe(3);
  });
});
