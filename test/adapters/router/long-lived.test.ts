import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Route, Router, RouteServer } from '../../../activities/hosts/ports.ts';
import { until } from '../../../lab/until.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { startService } from '../../support/services.ts';

const NETWORK = 'tidegate-shop.production';
const call = { signal: new AbortController().signal };

/** Takes uploads, whose bytes it counts, and WebSockets, on which it answers whatever it hears with its identity. */
const PROGRAM = `
const identity = process.env.TIDEGATE_DEPLOYMENT;
const server = require('node:http').createServer((request, response) => {
  let bytes = 0;
  request.on('data', (chunk) => { bytes += chunk.length; });
  request.on('end', () => response.setHeader('x-tidegate-deployment', identity).end(String(bytes)));
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n');
  socket.on('data', () => socket.write(identity + '\\n'));
});
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

let lab: HostLab;
let router: Router;
let one: RouteServer;
let two: RouteServer;

beforeAll(async () => {
  lab = await startHostLab('long');
  router = routerOf(lab);
  one = await startService(lab, NETWORK, 'long.g1.1', 'deployment/1', PROGRAM);
  two = await startService(lab, NETWORK, 'long.g2.1', 'deployment/2', PROGRAM);
  await router.ensure(NETWORK, call);
});

afterAll(async () => {
  await lab?.stop();
});

async function openRoute(component: string): Promise<Route> {
  const route: Route = { application: 'shop', environment: 'production', component, host: `${component}.example`, path: '/' };
  await router.open(route, 1, call);
  await router.admit(route, [one, two], call);
  await router.shift(route, 1, [one.name], call);
  const answers = async (name: string) => (await router.probe(route, '/', name, 2_000, call)).status === 200;
  await until('both to answer', 60_000, async () => (await answers(one.name)) && (await answers(two.name)));
  return route;
}

/** A WebSocket as far as a router knows one: after the handshake, bytes in both directions. */
async function upgraded(host: string): Promise<Socket> {
  const [address, port] = lab.router.reachAt.split(':');
  const socket = connect({ host: address ?? '', port: Number(port) });
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const head = ['GET /live HTTP/1.1', `Host: ${host}`, 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  socket.write(`${[...head, `Sec-WebSocket-Key: ${key}`].join('\r\n')}\r\n\r\n`);
  expect(String((await once(socket, 'data'))[0])).toContain('101 Switching Protocols');
  return socket;
}

async function say(socket: Socket): Promise<string> {
  const heard = once(socket, 'data');
  socket.write('hello');
  return String((await heard)[0]).trim();
}

describe('a switch', () => {
  it('leaves a WebSocket with the version that it began with, and gives new ones to the new version', async () => {
    const route = await openRoute('sockets');
    const early = await upgraded(route.host);
    expect(await say(early)).toBe('deployment/1');
    await router.shift(route, 1, [two.name], call);
    const late = await upgraded(route.host);
    expect(await say(late)).toBe('deployment/2');
    expect(await say(early)).toBe('deployment/1');
    expect(await router.inFlight(route, [one.name], call)).toBe(1);
    await router.cut(route, [one.name], call);
    expect(await say(early)).toBe('deployment/1');
    early.destroy();
    late.destroy();
    await until('no socket to be left', 60_000, async () => (await router.inFlight(route, [one.name], call)) === 0);
  });

  it('lets an upload that takes longer end where it began, with every byte', async () => {
    const route = await openRoute('uploads');
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const answer = new Promise<{ identity: string; bytes: number }>((resolve, reject) => {
      const options = { method: 'PUT', headers: { host: route.host, 'transfer-encoding': 'chunked' }, agent: false as const };
      const sent = request(`http://${lab.router.reachAt}/upload`, options, async (response) => {
        let body = '';
        for await (const part of response) body += String(part);
        resolve({ identity: String(response.headers['x-tidegate-deployment']), bytes: Number(body) });
      });
      sent.on('error', reject);
      void upload(sent, chunk, async () => {
        await until('the upload to be seen', 60_000, async () => (await router.inFlight(route, [one.name], call)) === 1);
        await router.shift(route, 1, [two.name], call);
      });
    });
    expect(await answer).toEqual({ identity: 'deployment/1', bytes: 40 * chunk.length });
    expect((await router.probe(route, '/', undefined, 5_000, call)).headers['x-tidegate-deployment']).toBe('deployment/2');
  });
});

/** Sends half of it, waits for what happens then, and sends the rest. */
async function upload(sent: ReturnType<typeof request>, chunk: Buffer, between: () => Promise<void>): Promise<void> {
  for (let part = 0; part < 20; part += 1) sent.write(chunk);
  await between();
  for (let part = 0; part < 20; part += 1) sent.write(chunk);
  sent.end();
}
