import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Route, Router, RouteServer } from '../../../activities/hosts/ports.ts';
import type { GivenCertificate } from '../../../adapters/router/certificates.ts';
import { fitsHost, readCertificate } from '../../../config/certificate.ts';
import { Secret } from '../../../domain/secret.ts';
import { runCommand } from '../../../lab/command.ts';
import { until } from '../../../lab/until.ts';
import { selfSigned } from '../../support/certificates.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { startService } from '../../support/services.ts';

const NETWORK = 'tidegate-shop.production';
const ROUTER = 'tidegate-router-lab';
const HTTPS = 8443;
const call = { signal: new AbortController().signal };

let lab: HostLab;
let folder: string;
let router: Router;
let one: RouteServer;
let two: RouteServer;
let given: GivenCertificate[] = [];
let generation = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-tls-'));
  lab = await startHostLab('tls');
  const tls = { port: HTTPS, certificates: async () => given, redirects: (environment: string) => environment === 'strict' };
  router = routerOf(lab, { tls });
  one = await startService(lab, NETWORK, 'tidegate-shop.production.web.g1.1', 'deployment/1');
  two = await startService(lab, NETWORK, 'tidegate-shop.production.web.g2.1', 'deployment/2');
  await router.ensure(NETWORK, call);
});

beforeEach(() => {
  given = [];
});

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function certificate(
  name: string,
  names: readonly string[],
  environment = 'production',
): Promise<GivenCertificate & { key: string }> {
  const { chain, key } = await selfSigned(folder, names);
  const reading = readCertificate(chain, key, Date.now());
  if (reading.kind === 'unfit') throw new Error(reading.reason);
  return {
    environment,
    name,
    content: { fingerprint: reading.fingerprint, pem: new Secret(reading.pem), isFor: (host) => fitsHost(reading.names, host) },
    key,
  };
}

async function openRoute(host: string, more: Partial<Route> = {}): Promise<Route> {
  const route: Route = { application: 'shop', environment: 'production', component: host.replaceAll('.', '-'), host, path: '/', ...more };
  generation += 1;
  await router.open(route, generation, call);
  await router.admit(route, [one, two], call);
  await router.shift(route, generation, [one.name], call);
  return route;
}

/** The names of the certificate that is shown to who asks for a host; why not, where none is. */
function shownFor(servername: string, maxVersion?: SecureVersion): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: lab.engine.address, port: HTTPS, servername, rejectUnauthorized: false, minVersion: 'TLSv1' as const };
    const socket = connect({ ...options, ciphers: 'DEFAULT@SECLEVEL=0', ...(maxVersion && { maxVersion }) }, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? 'no certificate');
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

interface Answer {
  readonly status: number;
  readonly identity: string;
  readonly body: string;
}

function get(host: string, agent?: Agent): Promise<Answer> {
  const options = { host: lab.engine.address, port: HTTPS, servername: host, headers: { host }, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, ...(agent && { agent }) }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += String(chunk);
      resolve({ status: answer.statusCode ?? 0, identity: String(answer.headers['x-tidegate-deployment']), body });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('a router with certificates', () => {
  it('shows each to who asks for one of its names, from TLS 1.2 on, and none to others', async () => {
    given = [await certificate('shop', ['shop.example', '*.shop.example']), await certificate('blog', ['blog.example'], 'staging')];
    await router.certify('production', call);
    expect(await shownFor('shop.example')).toBe('DNS:shop.example, DNS:*.shop.example');
    expect(await shownFor('www.shop.example', 'TLSv1.2')).toBe('DNS:shop.example, DNS:*.shop.example');
    expect(await shownFor('blog.example')).toBe('DNS:blog.example');
    expect(await shownFor('unknown.example')).toMatch(/^ERR_SSL|^ECONN|^EPROTO/);
    expect(await shownFor('shop.example', 'TLSv1.1')).toMatch(/^ERR_SSL|^ECONN|^EPROTO/);
  });

  it('leads requests to the application and tells it that they came over TLS', async () => {
    given = [await certificate('shop', ['secure.example'])];
    await openRoute('secure.example');
    await router.certify('production', call);
    const { status, identity, body } = await get('secure.example');
    expect([status, identity]).toEqual([200, 'deployment/1']);
    expect(body).toContain('"x-forwarded-proto":"https"');
  });

  it('takes a renewed one without losing a request, of clients that keep their connections and of others', async () => {
    given = [await certificate('shop', ['renewed.example', 'old.example'])];
    const route = await openRoute('renewed.example');
    await router.certify('production', call);
    const loads = [startAsking('renewed.example', true), startAsking('renewed.example', false)];
    for (const names of [['renewed.example'], ['renewed.example', 'new.example']]) {
      given = [await certificate('shop', names)];
      await router.certify('production', call);
      expect(await shownFor('renewed.example')).toBe(names.map((name) => `DNS:${name}`).join(', '));
    }
    await router.shift(route, generation, [two.name], call);
    // A busy machine may not have let a client ask since.
    for (const load of loads) await until('every client to be moved', 60_000, async () => load.answers.includes('200 deployment/2'));
    const reports = await Promise.all(loads.map((load) => load.stop()));
    for (const { answers, errors } of reports) {
      expect(errors).toEqual([]);
      expect(answers.length).toBeGreaterThan(10);
      expect(new Set(answers)).toEqual(new Set(['200 deployment/1', '200 deployment/2']));
    }
    expect(await shownFor('old.example')).toMatch(/^ERR_SSL|^ECONN|^EPROTO/);
  });

  it('has them again after a restart of its container, and when the container is made anew', async () => {
    given = [await certificate('shop', ['lasting.example'])];
    await openRoute('lasting.example');
    await router.certify('production', call);
    await lab.docker.getContainer(ROUTER).restart({ t: 1 });
    await untilServed('lasting.example');
    await lab.docker.getContainer(ROUTER).remove({ force: true });
    await router.ensure(NETWORK, call);
    await untilServed('lasting.example');
    expect(await shownFor('lasting.example')).toBe('DNS:lasting.example');
  });

  it('keeps no key on a disk, in a label or in its log', async () => {
    const secret = await certificate('shop', ['secret.example']);
    given = [secret];
    await router.certify('production', call);
    const line = secret.key.split('\n')[1] ?? '';
    const volume = await lab.docker.getVolume(ROUTER).inspect();
    const { LogPath, GraphDriver } = (await lab.docker.getContainer(ROUTER).inspect()) as unknown as {
      LogPath: string;
      GraphDriver: { Data: { UpperDir: string } };
    };
    const found = await runCommand('sh', ['-c', 'grep -rlF -e "$0" "$@" || true', line, volume.Mountpoint, GraphDriver.Data.UpperDir]);
    expect(found.trim()).toBe('');
    expect(LogPath).not.toContain(line);
    expect(JSON.stringify(await lab.docker.getContainer(ROUTER).inspect())).not.toContain(line);
  });

  it('shows nothing of an environment whose certificate is unfit, says so to it, and leaves the others alone', async () => {
    const fit = await certificate('shop', ['fit.example']);
    const kept = await certificate('blog', ['kept.example'], 'staging');
    given = [fit, kept];
    await router.certify(undefined, call);
    given = [fit, { ...kept, content: { unfit: 'it expired on 2020-01-01' } }];
    await router.certify('production', call);
    expect(await shownFor('kept.example')).toBe('DNS:kept.example');
    await expect(router.certify('staging', call)).rejects.toMatchObject({
      name: 'CertificateUnfit',
      message: expect.stringContaining('it expired on 2020-01-01'),
    });
    given = [fit];
    await router.certify('staging', call);
    expect(await shownFor('kept.example')).toMatch(/^ERR_SSL|^ECONN|^EPROTO/);
    expect(await shownFor('fit.example')).toBe('DNS:fit.example');
  });

  it('changes nothing when asked twice, and takes what two workers bring at once', async () => {
    given = [await certificate('shop', ['twice.example']), await certificate('more', ['more.example'])];
    await Promise.all([router.certify('production', call), routerOf(lab, tlsOptions()).certify('production', call)]);
    await router.certify('production', call);
    expect(await shownFor('twice.example')).toBe('DNS:twice.example');
    expect(await shownFor('more.example')).toBe('DNS:more.example');
  });
});

it('tells for which names an environment with certificates has none', async () => {
  given = [await certificate('shop', ['*.shop.example'])];
  const at = (host: string, environment = 'production') => ({ application: 'shop', environment, component: 'web', host, path: '/' });
  expect(await router.uncertified(at('www.shop.example'))).toBe(false);
  expect(await router.uncertified(at('shop.example'))).toBe(true);
  expect(await router.uncertified(at('shop.example', 'staging'))).toBe(false);
});

describe('an environment whose plain requests are sent to HTTPS', () => {
  it('answers them with the address there, and probes as its users then come', async () => {
    given = [await certificate('strict', ['strict.example'], 'strict')];
    const route = await openRoute('strict.example', { environment: 'strict' });
    const plain = await openRoute('plain.example');
    await router.certify('strict', call);
    const redirected = await fetch(`http://${lab.router.reachAt}/a?b=c`, { headers: { host: 'x' }, redirect: 'manual' });
    expect(redirected.status).toBe(404);
    expect(await plainAnswer('strict.example', '/a?b=c')).toEqual([308, `https://strict.example:${HTTPS}/a?b=c`]);
    expect(await plainAnswer('plain.example', '/')).toEqual([200, undefined]);
    expect((await router.probe(route, '/', undefined, 5_000, call)).headers['x-tidegate-deployment']).toBe('deployment/1');
    expect((await router.probe(route, '/', two.name, 5_000, call)).headers['x-tidegate-deployment']).toBe('deployment/2');
    expect((await router.probe(plain, '/', undefined, 5_000, call)).status).toBe(200);
  });

  it('is redirected nowhere by a router without a port for TLS, which says so to who has certificates', async () => {
    given = [await certificate('shop', ['late.example'], 'strict')];
    const port = Number(lab.router.reachAt.split(':')[1]) + 10;
    const plain = { installation: 'plain', httpPort: port, reachAt: `${lab.engine.address}:${port}` };
    await routerOf(lab, plain).ensure(NETWORK, call);
    const late = routerOf(lab, { ...plain, tls: { port: HTTPS, certificates: async () => given, redirects: () => true } });
    const route: Route = { application: 'shop', environment: 'strict', component: 'late', host: 'late.example', path: '/' };
    await late.open(route, 1, call);
    await late.admit(route, [one], call);
    await late.shift(route, 1, [one.name], call);
    await until('it to answer', 60_000, async () => (await late.probe(route, '/', undefined, 5_000, call)).status === 200);
    await late.certify('production', call);
    await late.certify(undefined, call);
    await expect(late.certify('strict', call)).rejects.toMatchObject({ name: 'RouterDiffers' });
  });

  it('is not proved under a name that no certificate is for', async () => {
    const route = await openRoute('bare.example', { environment: 'strict' });
    expect((await router.probe(route, '/', undefined, 5_000, call)).status).toBe(502);
  });
});

function tlsOptions() {
  return { tls: { port: HTTPS, certificates: async () => given, redirects: () => false } };
}

async function plainAnswer(host: string, path: string): Promise<[number, string | undefined]> {
  const { request: plainRequest } = await import('node:http');
  return new Promise((resolve, reject) => {
    const sent = plainRequest(`http://${lab.router.reachAt}${path}`, { headers: { host } }, (answer) => {
      answer.resume();
      resolve([answer.statusCode ?? 0, answer.headers.location]);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function untilServed(host: string): Promise<void> {
  await until(`${host} to be served over TLS`, 60_000, () =>
    get(host).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
}

function startAsking(host: string, keepAlive: boolean) {
  const answers: string[] = [];
  const errors: string[] = [];
  let isOver = false;
  const agent = new Agent({ keepAlive, maxSockets: 2 });
  const client = async (): Promise<void> => {
    while (!isOver) {
      await get(host, agent).then(
        ({ status, identity }) => answers.push(`${status} ${identity}`),
        (error: Error) => errors.push(error.message),
      );
    }
  };
  const clients = [client(), client()];
  return {
    answers,
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      agent.destroy();
      return { answers, errors };
    },
  };
}
