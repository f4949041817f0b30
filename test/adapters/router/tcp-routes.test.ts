import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Route, Router, RouteServer } from '../../../activities/hosts/ports.ts';
import { printImage } from '../../../domain/image.ts';
import { until } from '../../../lab/until.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { startService, TCP_SERVICE } from '../../support/services.ts';

const NETWORK = 'tidegate-shop.production';
const ROUTER = 'tidegate-router-lab';
const PORTS = [5432, 6000, 6001, 6002, 6003, 6004];
const call = { signal: new AbortController().signal };

let lab: HostLab;
let router: Router;
let one: RouteServer;
let two: RouteServer;
let generation = 0;

beforeAll(async () => {
  lab = await startHostLab('tcp');
  router = routerOf(lab, { tcpPorts: PORTS });
  one = await startService(lab, NETWORK, 'tidegate-shop.production.db.g1.1', 'deployment/1', TCP_SERVICE);
  two = await startService(lab, NETWORK, 'tidegate-shop.production.db.g2.1', 'deployment/2', TCP_SERVICE);
  await router.ensure(NETWORK, call);
});

afterAll(async () => {
  await lab?.stop();
});

/** A route at a port of its own, opened, with both services admitted. */
async function openRoute(tcp: number, more: Partial<Route> = {}): Promise<Route> {
  const route: Route = { application: 'shop', environment: 'production', component: `db-${tcp}`, host: '', path: '/', tcp, ...more };
  generation += 1;
  await router.open(route, generation, call);
  await router.admit(route, [one, two], call);
  return route;
}

function dial(port: number): Socket {
  const socket = connect({ host: lab.engine.address, port });
  socket.on('error', () => undefined);
  return socket;
}

/** What a client is told on its connection; undefined when it is closed instead. */
async function ask(socket: Socket): Promise<string | undefined> {
  if (socket.destroyed || socket.readableEnded) return undefined;
  const told = once(socket, 'data').then(([data]) => String(data).trim());
  socket.write('who\n');
  return Promise.race([told, once(socket, 'close').then(() => undefined)]).catch(() => undefined);
}

async function askAnew(port: number): Promise<string | undefined> {
  const socket = dial(port);
  try {
    return await ask(socket);
  } finally {
    socket.destroy();
  }
}

describe('a route over TCP', () => {
  it('closes connections while nobody serves, and leads them to who does', async () => {
    const route = await openRoute(5432);
    expect(await askAnew(5432)).toBeUndefined();
    await router.shift(route, generation, [one.name], call);
    expect(await askAnew(5432)).toBe('deployment/1');
    expect(await router.serving(route, call)).toEqual([one.name]);
  });

  it('tells where each server is, whoever has the weight, and where users come', async () => {
    const route = await openRoute(5432);
    await router.shift(route, generation, [one.name], call);
    expect(await router.connect(route, two.name, 2_000, call)).toEqual({ open: true, addresses: [two.address] });
    expect(await router.connect(route, undefined, 2_000, call)).toEqual({ open: true, addresses: [one.address] });
    await router.shift(route, generation, [two.name], call);
    expect(await router.connect(route, undefined, 2_000, call)).toEqual({ open: true, addresses: [two.address] });
  });

  it('tells who takes no connections', async () => {
    const route = await openRoute(6000);
    const deaf = { ...two, port: 8081 };
    await router.admit(route, [deaf], call);
    await router.shift(route, generation, [deaf.name], call);
    expect(await router.connect(route, deaf.name, 1_000, call)).toMatchObject({ open: false });
    expect(await router.connect(route, undefined, 1_000, call)).toMatchObject({ open: false });
    await expect(router.connect(route, 'nobody', 1_000, call)).rejects.toMatchObject({ name: 'ServerUnknown' });
  });

  it('loses no new connection while it switches, and leaves those there are where they are until they are cut', async () => {
    const route = await openRoute(6001);
    await router.shift(route, generation, [one.name], call);
    const kept = dial(6001);
    expect(await ask(kept)).toBe('deployment/1');
    const load = startConnecting(6001);
    for (let turn = 0; turn < 10; turn += 1) await router.shift(route, generation, [turn % 2 === 0 ? two.name : one.name], call);
    await router.shift(route, generation, [two.name], call);
    const answers = await load.stop();
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers)).toEqual(new Set(['deployment/1', 'deployment/2']));
    expect(await ask(kept)).toBe('deployment/1');
    expect(await router.inFlight(route, [one.name], call)).toBe(1);
    await router.cut(route, [one.name], call);
    expect(await ask(kept)).toBeUndefined();
    expect(await router.inFlight(route, [one.name], call)).toBe(0);
    expect(await askAnew(6001)).toBe('deployment/2');
  });

  it('refuses a port that no owner listed, one that another application has, and an earlier generation', async () => {
    const route = await openRoute(6002);
    await router.shift(route, 500, [one.name], call);
    const other = { ...route, application: 'blog', component: 'store' };
    expect(await router.conflict(route, call)).toBeUndefined();
    expect(await router.conflict(other, call)).toBe('shop/production/db-6002 serves it');
    await expect(router.open(other, 1, call)).rejects.toMatchObject({ name: 'RouteTaken', message: expect.stringContaining('tcp:6002') });
    await expect(router.open({ ...other, tcp: 7000 }, 1, call)).rejects.toMatchObject({ name: 'RouteMalformed' });
    await expect(router.shift(route, 499, [two.name], call)).rejects.toMatchObject({ name: 'Superseded' });
    expect(await askAnew(6002)).toBe('deployment/1');
  });

  it('does not become one over HTTP while it has servers', async () => {
    const route = await openRoute(6003);
    const { tcp: _, ...overHttp } = { ...route, host: 'db.example' };
    await expect(router.open(overHttp, generation, call)).rejects.toMatchObject({ name: 'PublicationKindChanged' });
    await router.dismiss(route, [one.name, two.name], call);
    await router.open(overHttp, generation, call);
    expect(await askAnew(6003)).toBeUndefined();
  });

  it('is there again after a restart of the container, and when the container is made anew', async () => {
    const route = await openRoute(6004);
    await router.shift(route, generation, [two.name], call);
    await lab.docker.getContainer(ROUTER).restart({ t: 1 });
    await untilAnswers(6004, 'deployment/2');
    await lab.docker.getContainer(ROUTER).remove({ force: true });
    await router.ensure(NETWORK, call);
    await untilAnswers(6004, 'deployment/2');
    await router.shift(route, generation, [one.name], call);
    expect(await askAnew(6004)).toBe('deployment/1');
  });
});

describe('a router whose list of ports changed', () => {
  it('says for which route its container must be made anew, and holds up no other', async () => {
    const route = await openRoute(6000);
    const other = routerOf(lab, { tcpPorts: [...PORTS.filter((port) => port !== 6000), 4000] });
    await other.ensure(NETWORK, call);
    await other.open(route, generation, call);
    await other.shift(route, generation, [two.name], call);
    expect(await askAnew(6000)).toBe('deployment/2');
    await expect(other.open({ ...route, component: 'late', tcp: 4000 }, 1, call)).rejects.toMatchObject({
      name: 'RouterDiffers',
      message: expect.stringMatching(/to publish port 4000.*docker rm -f tidegate-router-lab/),
    });
  });

  it('leads each port where it did when it is started again under another list', async () => {
    const route = await openRoute(6001);
    await router.shift(route, generation, [one.name], call);
    await lab.docker.getContainer(ROUTER).stop({ t: 1 });
    await routerOf(lab, { tcpPorts: [4000, ...PORTS] }).ensure(NETWORK, call);
    await untilAnswers(6001, 'deployment/1');
  });
});

describe('a port that something unmanaged has', () => {
  it('is named with who has it, who stays', async () => {
    const HostConfig = { PortBindings: { '9000/tcp': [{ HostPort: '7100' }] } };
    const Cmd = ['node', '-e', 'setInterval(() => undefined, 1000)'];
    const ExposedPorts = { '9000/tcp': {} };
    const stranger = await lab.docker.createContainer({ name: 'stranger', Image: printImage(lab.node), Cmd, ExposedPorts, HostConfig });
    await stranger.start();
    const second = routerOf(lab, { installation: 'second', httpPort: 8090, tcpPorts: [7100] });
    await expect(second.ensure(NETWORK, call)).rejects.toMatchObject({
      name: 'PortTaken',
      message: expect.stringContaining('container stranger publishes port 7100'),
    });
    expect((await stranger.inspect()).State.Running).toBe(true);
  });
});

async function untilAnswers(port: number, identity: string): Promise<void> {
  await until(`port ${port} to answer ${identity}`, 60_000, async () => (await askAnew(port)) === identity);
}

/** Makes one connection after the other, each for one answer. */
function startConnecting(port: number): { stop(): Promise<readonly (string | undefined)[]> } {
  const answers: (string | undefined)[] = [];
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) answers.push(await askAnew(port));
  };
  const clients = [client(), client(), client()];
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      return answers;
    },
  };
}
