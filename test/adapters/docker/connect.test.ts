import { execFile } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ssh2 from 'ssh2';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import type { EngineEndpoint, KnownHostKey, SshEndpoint } from '../../../adapters/docker/endpoint.ts';
import { Secret } from '../../../domain/secret.ts';
import { freePort } from '../../../lab/registry.ts';

const execute = promisify(execFile);
const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
const userKey = ssh2.utils.generateKeyPairSync('ed25519');
const publicPart = hostKey.public.split(' ')[1] ?? '';
const fingerprint = `SHA256:${createHash('sha256').update(Buffer.from(publicPart, 'base64')).digest('base64').replace('=', '')}`;

/** Stands for an engine: what it lists says which way the request came. */
const engine: RequestListener = ({ url }, response) =>
  response.setHeader('content-type', 'application/json').end(url?.startsWith('/containers/json') ? '[{"Id":"reached"}]' : '[]');

let directory: string;
let socket: string;
const servers: { close(): unknown }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'connect-'));
  socket = join(directory, 'engine.sock');
  await listen(createServer(engine), socket);
});

afterAll(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true, force: true });
});

async function listen(server: Server, at: string | number): Promise<number> {
  servers.push(server);
  await new Promise<void>((listening) =>
    typeof at === 'string' ? server.listen(at, listening) : server.listen(at, '127.0.0.1', listening),
  );
  return (server.address() as AddressInfo).port;
}

async function reached(endpoint: EngineEndpoint): Promise<boolean> {
  return (await connectEngine(endpoint).listContainers())[0]?.Id === 'reached';
}

describe('an engine', () => {
  it('is reached over its socket and over TCP, whatever DOCKER_HOST says', async () => {
    const port = await listen(createServer(engine), 0);
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
    expect(await reached({ kind: 'unix', path: socket })).toBe(true);
    process.env.DOCKER_HOST = 'unix:///no/such.sock';
    expect(await reached({ kind: 'tcp', host: '127.0.0.1', port })).toBe(true);
    delete process.env.DOCKER_HOST;
  });
});

describe('an engine behind mutual TLS', () => {
  let port: number;
  const pem = (name: string) => readFile(join(directory, name), 'utf8');

  async function certificate(name: string, issuer: string | undefined): Promise<void> {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
    const signed = issuer === undefined ? [] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`];
    const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    await execute('openssl', ['req', '-x509', ...key, ...signed, ...names, '-days', '2', '-out', `${name}.pem`], { cwd: directory });
  }

  beforeAll(async () => {
    await certificate('authority', undefined);
    await certificate('stranger', undefined);
    await certificate('server', 'authority');
    await certificate('client', 'authority');
    const [ca, cert, key] = await Promise.all([pem('authority.pem'), pem('server.pem'), pem('server.key')]);
    port = await listen(createTlsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, engine), 0);
  });

  const endpoint = async (ca: string, client: string): Promise<EngineEndpoint> => ({
    kind: 'tcp',
    host: '127.0.0.1',
    port,
    tls: { ca: await pem(ca), certificate: await pem(`${client}.pem`), key: new Secret(await pem(`${client}.key`)) },
  });

  it('lets in who has its authority’s certificate, and is believed for the same reason', async () => {
    expect(await reached(await endpoint('authority.pem', 'client'))).toBe(true);
    await expect(reached(await endpoint('authority.pem', 'stranger'))).rejects.toThrow();
    await expect(reached(await endpoint('stranger.pem', 'client'))).rejects.toThrow(/certificate|self-signed/);
  });
});

describe('an engine behind SSH', () => {
  let port: number;
  let sessions = 0;
  let hasNoDocker = false;

  beforeAll(async () => {
    const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (attempt) => (attempt.method === 'publickey' ? attempt.accept() : attempt.reject(['publickey'])));
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, reject, { command }) => {
          if (command !== 'docker system dial-stdio') return reject();
          sessions += 1;
          const stream = acceptExec();
          if (hasNoDocker) {
            stream.stderr.write('sh: docker: not found\n');
            stream.exit(127);
            return stream.end();
          }
          stream.pipe(connect(socket)).pipe(stream);
        });
      });
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    port = (server.address() as AddressInfo).port;
  });

  const endpoint = (known?: KnownHostKey): SshEndpoint => ({
    kind: 'ssh',
    user: 'deploy',
    host: '127.0.0.1',
    port,
    privateKey: new Secret(userKey.private),
    ...(known && { hostKey: known }),
  });

  async function knownHosts(content: string): Promise<KnownHostKey> {
    const path = join(directory, `known_hosts-${createHash('md5').update(content).digest('hex')}`);
    await writeFile(path, content);
    return { knownHosts: path };
  }

  const hashed = (name: string) => {
    const salt = Buffer.alloc(20, 7);
    return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
  };

  it('is reached when its key has the fingerprint', async () => {
    expect(await reached(endpoint({ fingerprint }))).toBe(true);
  });

  it('is reached when known_hosts has its key, in the open, by pattern or hashed', async () => {
    const line = `ssh-ed25519 ${publicPart} comment`;
    for (const name of [`[127.0.0.1]:${port}`, `other,[127.0.0.*]:${port}`, hashed(`[127.0.0.1]:${port}`)]) {
      expect(await reached(endpoint(await knownHosts(`# hosts\n${name} ${line}\n`)))).toBe(true);
    }
  });

  it('with another key is refused before anything is said', async () => {
    const before = sessions;
    const other = ssh2.utils.generateKeyPairSync('ed25519').public.split(' ')[1] ?? '';
    await expect(reached(endpoint({ fingerprint: `SHA256:${'A'.repeat(43)}` }))).rejects.toThrow(/verif/i);
    await expect(reached(endpoint(await knownHosts(`[127.0.0.1]:${port} ssh-ed25519 ${other}\n`)))).rejects.toThrow(/verif/i);
    expect(sessions).toBe(before);
  });

  it('is used for several requests at once', async () => {
    const docker = connectEngine(endpoint({ fingerprint }));
    const answers = await Promise.all([docker.listContainers(), docker.listContainers(), docker.listContainers()]);
    expect(answers.map(([first]) => first?.Id)).toEqual(['reached', 'reached', 'reached']);
  });

  it('on a host without docker says so', async () => {
    hasNoDocker = true;
    await expect(reached(endpoint({ fingerprint }))).rejects.toThrow(/dial-stdio.*127.*docker: not found/);
    hasNoDocker = false;
  });

  it('that is down is refused', async () => {
    await expect(reached({ ...endpoint({ fingerprint }), port: await freePort('127.0.0.1') })).rejects.toThrow(/REFUSED/);
  });

  it('that nothing vouches for is refused with what to do', async () => {
    const refusals: (KnownHostKey | undefined)[] = [
      undefined,
      { fingerprint: 'MD5:aa:bb' },
      { knownHosts: join(directory, 'no-such-file') },
      await knownHosts(`other.example.com ssh-ed25519 ${publicPart}\n`),
      await knownHosts(`[127.0.0.1]:${port} ssh-ed25519 ${publicPart}\n@revoked * ssh-ed25519 ${publicPart}\n`),
      await knownHosts(`![127.0.0.1]:${port},* ssh-ed25519 ${publicPart}\n`),
      await knownHosts(`@cert-authority * ssh-ed25519 ${publicPart}\n`),
    ];
    for (const known of refusals) {
      expect(() => connectEngine(endpoint(known))).toThrow(
        expect.objectContaining({ name: 'UnknownHostKey', message: expect.stringContaining('ssh-keygen -lf') }),
      );
    }
  });
});
