import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messageOf } from '../../../adapters/docker/buildkit/fields.ts';
import { openSecretSession, type SessionGifts } from '../../../adapters/docker/buildkit/secret-session.ts';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import type { Engine } from '../../../adapters/docker/engine-calls.ts';
import { Secret } from '../../../domain/secret.ts';

const signal = new AbortController().signal;
const GIFTS: SessionGifts = {
  secrets: new Map([['npmrc', new Secret('pässwort')]]),
  registries: { 'r.test:5000': { username: 'ci', password: 'p' }, 'https://index.docker.io/v1/': { username: 'hub', password: 'h' } },
};

let directory: string;
let server: Server;
let engine: Engine;
/** What the engine that is stood for got, and how it asks back. */
let upgraded: Promise<{ readonly request: IncomingMessage; readonly client: ClientHttp2Session; readonly ended: Promise<void> }>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secret-session-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=engine', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1', '-nodes'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject]);
  const tls = { key: await readFile(key, 'utf8'), cert: await readFile(certificate, 'utf8') };
  server = createServer(tls);
  upgraded = new Promise((resolve) => {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      const ended = new Promise<void>((end) => void socket.once('close', end));
      socket.on('error', () => {});
      // As an engine reads it: without the marks of TLS.
      const connection = Duplex.from({ readable: socket, writable: socket }).on('error', () => {});
      const client = connectHttp2('http://session', { createConnection: () => connection }).on('error', () => {});
      resolve({ request, client, ended });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const docker = connectEngine({ kind: 'tcp', host: '127.0.0.1', port, tls: { ca: tls.cert, certificate: tls.cert, key: tls.key } });
  engine = { host: 'one', endpoint: 'test', docker, deadlineMs: 10_000 };
});

afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true, force: true });
});

/** A call as gRPC writes it: a byte, a length of four, the message. Gives the status and the message. */
async function call(client: ClientHttp2Session, path: string, message: Buffer): Promise<{ readonly code: unknown; readonly body: Buffer }> {
  const stream = client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  let code: unknown;
  const note = (headers: IncomingHttpHeaders): void => {
    code = headers['grpc-status'] ?? code;
  };
  stream.on('trailers', note).on('response', note);
  const length = Buffer.alloc(5);
  length.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([length, message]));
  return { body: (await buffer(stream)).subarray(5), code };
}

describe('a session with BuildKit', () => {
  it('answers, over TLS too, for what it was given and nothing else, until it is closed', async () => {
    const session = await openSecretSession(engine, GIFTS, signal);
    const { request, client, ended } = await upgraded;
    const [secret, auth] = ['/moby.buildkit.secrets.v1.Secrets/GetSecret', '/moby.filesync.v1.Auth/Credentials'];
    expect(request).toMatchObject({ url: '/session', headers: { upgrade: 'h2c', 'x-docker-expose-session-uuid': session.id } });
    expect(request.headers['x-docker-expose-session-grpc-method']).toContain(secret);
    expect(JSON.stringify(request.headers)).not.toContain('pässwort');
    const given = (path: string, text: string) => call(client, path, messageOf(1, Buffer.from(text)));
    expect(await call(client, '/grpc.health.v1.Health/Check', Buffer.alloc(0))).toEqual({ code: '0', body: Buffer.from([8, 1]) });
    expect(await given(secret, 'npmrc')).toEqual({ code: '0', body: messageOf(1, Buffer.from('pässwort')) });
    for (const id of ['pypi', '', 'pypi']) expect(await given(secret, id)).toMatchObject({ code: '5', body: Buffer.alloc(0) });
    expect(session.unknown).toEqual(['pypi', '']);
    const credential = (user: string, text: string) => Buffer.concat([messageOf(1, Buffer.from(user)), messageOf(2, Buffer.from(text))]);
    expect((await given(auth, 'r.test:5000')).body).toEqual(credential('ci', 'p'));
    expect((await given(auth, 'registry-1.docker.io')).body).toEqual(credential('hub', 'h'));
    expect((await given(auth, 'toString')).body).toEqual(credential('', ''));
    expect(await given('/moby.filesync.v1.FileSync/DiffCopy', 'x')).toMatchObject({ code: '12' });
    session.close();
    await ended;
  });
});
