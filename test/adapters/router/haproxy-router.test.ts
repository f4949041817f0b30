import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProbeAnswer, Route, Router, RouteServer } from '../../../activities/hosts/ports.ts';
import { tallyBetween } from '../../../domain/canary-figures.ts';
import { printImage } from '../../../domain/image.ts';
import { LABEL } from '../../../domain/labels.ts';
import { startLoad } from '../../../lab/load.ts';
import { until } from '../../../lab/until.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { SERVICE, serviceOf, startService } from '../../support/services.ts';

const NETWORK = 'tidegate-shop.production';
const ROUTER = 'tidegate-router-lab';
const call = { signal: new AbortController().signal };

let lab: HostLab;
let router: Router;
let one: RouteServer;
let two: RouteServer;
let generation = 0;

beforeAll(async () => {
  lab = await startHostLab('router');
  router = routerOf(lab);
  one = await startService(lab, NETWORK, 'tidegate-shop.production.web.g1.1', 'deployment/1');
  two = await startService(lab, NETWORK, 'tidegate-shop.production.web.g2.1', 'deployment/2');
  await router.ensure(NETWORK, call);
});

afterAll(async () => {
  await lab?.stop();
});

/** A route of the test's own, opened, with both services admitted. */
async function openRoute(component: string, more: Partial<Route> = {}): Promise<Route> {
  const route: Route = { application: 'shop', environment: 'production', component, host: `${component}.example`, path: '/', ...more };
  generation += 1;
  await router.open(route, generation, call);
  await router.admit(route, [one, two], call);
  await untilAnswers(route, one);
  await untilAnswers(route, two);
  return route;
}

async function untilAnswers(route: Route, server: RouteServer): Promise<void> {
  await until(`${server.name} to answer`, 60_000, async () => (await router.probe(route, '/', server.name, 2_000, call)).status === 200);
}

const identityOf = ({ status, headers }: ProbeAnswer): string => `${status} ${headers['x-tidegate-deployment'] ?? 'none'}`;

async function asUsersDo(route: Route): Promise<string> {
  return identityOf(await router.probe(route, '/', undefined, 5_000, call));
}

describe('a route', () => {
  it('answers 404 for what nobody published, and 503 until one of its servers has weight', async () => {
    const route = await openRoute('fresh');
    expect((await router.probe({ ...route, host: 'nobody.example' }, '/', undefined, 5_000, call)).status).toBe(404);
    expect(await asUsersDo(route)).toBe('503 none');
    expect(await router.serving(route, call)).toEqual([]);
    await router.shift(route, generation, [one.name], call);
    expect(await asUsersDo(route)).toBe('200 deployment/1');
    expect(await router.serving(route, call)).toEqual([one.name]);
  });

  it('lets a probe reach each server by name, whoever has the weight', async () => {
    const route = await openRoute('probed');
    await router.shift(route, generation, [one.name], call);
    expect(identityOf(await router.probe(route, '/', two.name, 5_000, call))).toBe('200 deployment/2');
    expect(identityOf(await router.probe(route, '/', one.name, 5_000, call))).toBe('200 deployment/1');
    expect(await asUsersDo(route)).toBe('200 deployment/1');
  });

  it('tells who takes a connection, whoever has the weight, and within the time who does not', async () => {
    expect(await router.reaches(one.address, 8080, 1_000, call)).toBe(true);
    expect(await router.reaches(one.address, 8081, 1_000, call)).toBe(false);
    // Of the network's range, and nobody's.
    expect(await router.reaches(one.address.replace(/\d+$/, '250'), 8080, 1_000, call)).toBe(false);
  });

  it('gives whoever does not know the token no choice of server, and the application none of its headers', async () => {
    const route = await openRoute('guarded');
    await router.shift(route, generation, [one.name], call);
    const headers = {
      host: route.host,
      'x-tidegate-router-token': 'guess',
      'x-tidegate-router-backend': 'b1',
      'x-tidegate-router-server': 's2',
    };
    const answer = await fetchAs(headers);
    expect(answer.identity).toBe('deployment/1');
    const seen = Object.keys((JSON.parse(answer.body) as { headers: object }).headers);
    expect(seen.filter((name) => name.startsWith('x-tidegate'))).toEqual([]);
    const probed = await router.probe(route, '/', two.name, 5_000, call);
    expect(probed.body).not.toContain('x-tidegate-router');
  });

  it('tells the application who asked and how', async () => {
    const route = await openRoute('forwarded');
    await router.shift(route, generation, [one.name], call);
    const { body } = await router.probe(route, '/', undefined, 5_000, call);
    expect(body).toMatch(/"x-forwarded-for":"[\d.]+"/);
    expect(body).toContain('"x-forwarded-proto":"http"');
  });

  it('has requests below its path and not those of a name that begins alike; the longest path wins', async () => {
    const whole = await openRoute('paths', { host: 'paths.example', path: '/' });
    await router.shift(whole, generation, [one.name], call);
    const part = await openRoute('paths-api', { host: 'paths.example', path: '/api' });
    await router.shift(part, generation, [two.name], call);
    const at = async (path: string) => identityOf(await router.probe(whole, path, undefined, 5_000, call));
    expect([await at('/'), await at('/apiary'), await at('/about?/api/')]).toEqual(Array(3).fill('200 deployment/1'));
    expect([await at('/api'), await at('/api/'), await at('/api/x?y'), await at('/api?y')]).toEqual(Array(4).fill('200 deployment/2'));
  });

  it('counts requests in progress, which end well on a server that lost its weight', async () => {
    const route = await openRoute('long');
    await router.shift(route, generation, [one.name], call);
    const long = router.probe(route, '/?ms=4000', undefined, 10_000, call);
    await until('the request to be counted', 60_000, async () => (await router.inFlight(route, [one.name], call)) === 1);
    await router.shift(route, generation, [two.name], call);
    expect(await router.inFlight(route, [two.name], call)).toBe(0);
    expect(identityOf(await long)).toBe('200 deployment/1');
    await until('no request to be left', 60_000, async () => (await router.inFlight(route, [one.name], call)) === 0);
  });

  it('forgets servers that are dismissed, and keeps one that serves', async () => {
    const route = await openRoute('dismissed');
    await router.shift(route, generation, [one.name], call);
    await router.dismiss(route, [one.name, two.name, 'absent'], call);
    await expect(router.probe(route, '/', two.name, 1_000, call)).rejects.toMatchObject({ name: 'ServerUnknown' });
    expect(await asUsersDo(route)).toBe('200 deployment/1');
    await expect(router.shift(route, generation, [two.name], call)).rejects.toMatchObject({ name: 'ServerUnknown' });
  });
});

describe('shift', () => {
  it('loses no request of clients that keep their connections, make new ones, or change things', async () => {
    const route = await openRoute('loaded');
    await router.shift(route, generation, [one.name], call);
    const url = `http://${lab.router.reachAt}/`;
    const common = { url, headers: { host: route.host }, connections: 3 };
    const loads = [
      startLoad({ ...common, keepAlive: true }),
      startLoad({ ...common, keepAlive: false }),
      startLoad({ ...common, keepAlive: true, method: 'POST', connections: 2 }),
    ];
    for (let turn = 0; turn < 10; turn += 1) {
      const server = turn % 2 === 0 ? two : one;
      await router.shift(route, generation, [server.name], call);
      expect(await asUsersDo(route)).toBe(`200 ${server.deployment}`);
    }
    const reports = await Promise.all(loads.map((load) => load.stop()));
    for (const { sent, lost, errors, byIdentity } of reports) {
      expect({ lost, errors }).toEqual({ lost: 0, errors: [] });
      expect(sent).toBeGreaterThan(20);
      expect(byIdentity).toEqual({ 'deployment/1': expect.any(Number), 'deployment/2': expect.any(Number) });
    }
  });

  it('costs no reader a request when one of its servers dies', async () => {
    const route = await openRoute('dying');
    const third = await startService(lab, NETWORK, 'dying.1', 'deployment/3');
    await router.admit(route, [third], call);
    await untilAnswers(route, third);
    await router.shift(route, generation, [one.name, third.name], call);
    const load = startLoad({ url: `http://${lab.router.reachAt}/?ms=5`, headers: { host: route.host }, connections: 4, keepAlive: true });
    await until('both to answer', 60_000, async () => Object.keys(load.byIdentity).length === 2);
    await lab.docker.getContainer(third.name).kill();
    const before = load.sent;
    await until('the load to go on', 60_000, async () => load.sent > before + 20);
    const { lost, errors } = await load.stop();
    expect({ lost, errors }).toEqual({ lost: 0, errors: [] });
  });

  it('takes the address of a route along that another component of the application had', async () => {
    const old = await openRoute('renamed-from', { host: 'renamed.example' });
    await router.shift(old, generation, [one.name], call);
    const next = await openRoute('renamed-to', { host: 'renamed.example' });
    expect(await asUsersDo(next)).toBe('200 deployment/1');
    await router.shift(next, generation, [two.name], call);
    expect(await asUsersDo(next)).toBe('200 deployment/2');
    await router.shift(old, generation, [one.name], call);
    expect(await asUsersDo(old)).toBe('200 deployment/1');
  });

  it('refuses an earlier generation, and so does open', async () => {
    const route = await openRoute('fenced');
    await router.shift(route, 500, [two.name], call);
    await expect(router.shift(route, 499, [one.name], call)).rejects.toMatchObject({ name: 'Superseded' });
    await expect(router.open(route, 499, call)).rejects.toMatchObject({ name: 'Superseded' });
    expect(await asUsersDo(route)).toBe('200 deployment/2');
  });

  it('mends a router that has forgotten what the file says', async () => {
    const route = await openRoute('forgotten');
    await router.shift(route, generation, [one.name], call);
    await tellRouter('clear map /var/lib/tidegate-router/routes.map');
    expect(await asUsersDo(route)).toBe('404 none');
    await router.shift({ ...route, path: '/moved' }, generation, [one.name], call);
    expect(identityOf(await router.probe(route, '/moved', undefined, 5_000, call))).toBe('200 deployment/1');
  });
});

describe('weigh', () => {
  /** Sends so many requests as users do, some at once, and counts who answered. */
  async function answers(route: Route, count: number, path = '/'): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    const ask = async (): Promise<void> => {
      const identity = identityOf(await router.probe(route, path, undefined, 5_000, call));
      seen[identity] = (seen[identity] ?? 0) + 1;
    };
    for (let sent = 0; sent < count; sent += 20) await Promise.all(Array.from({ length: Math.min(20, count - sent) }, ask));
    return seen;
  }

  /** Turns go round by weight, beginning anywhere: two requests more or less. */
  async function expectShares(route: Route, percent: number): Promise<void> {
    const { '200 deployment/1': older = 0, '200 deployment/2': newer = 0, ...others } = await answers(route, 100);
    expect({ others, all: older + newer }).toEqual({ others: {}, all: 100 });
    expect(Math.abs(newer - percent)).toBeLessThanOrEqual(2);
  }

  it('shares requests as told, more from step to step, until all of them move, and loses none', async () => {
    const route = await openRoute('shared');
    await router.shift(route, generation, [one.name], call);
    const load = startLoad({ url: `http://${lab.router.reachAt}/`, headers: { host: route.host }, connections: 2, keepAlive: true });
    await router.weigh(route, generation, [two.name], 25, call);
    await router.weigh(route, generation, [two.name], 25, call);
    expect(new Set(await router.serving(route, call))).toEqual(new Set([one.name, two.name]));
    const { lost, errors } = await load.stop();
    expect({ lost, errors }).toEqual({ lost: 0, errors: [] });
    await expectShares(route, 25);
    await router.weigh(route, generation, [two.name], 50, call);
    await expectShares(route, 50);
    await router.shift(route, generation, [two.name], call);
    expect(await answers(route, 20)).toEqual({ '200 deployment/2': 20 });
  });

  it('survives a restart of the router, and the way back is one step', async () => {
    const route = await openRoute('shared-for-long');
    await router.shift(route, generation, [one.name], call);
    await router.weigh(route, generation, [two.name], 10, call);
    await lab.docker.getContainer(ROUTER).restart({ t: 1 });
    await until('both to answer', 60_000, async () => {
      const seen = await Promise.all([one, two].map(({ name }) => router.probe(route, '/', name, 2_000, call).catch(() => undefined)));
      return seen.every((answer) => answer?.status === 200);
    });
    await untilUsersGet(route, '200 deployment/1');
    await expectShares(route, 10);
    await router.shift(route, generation + 0.5, [one.name], call);
    expect(await answers(route, 20)).toEqual({ '200 deployment/1': 20 });
    await expect(router.weigh(route, generation, [two.name], 10, call)).rejects.toMatchObject({ name: 'Superseded' });
  });

  it('refuses to share with nobody', async () => {
    const route = await openRoute('alone');
    await expect(router.weigh(route, generation, [two.name], 10, call)).rejects.toMatchObject({ name: 'ServerUnknown' });
    await router.shift(route, generation, [two.name], call);
    await expect(router.weigh(route, generation, [two.name], 10, call)).rejects.toMatchObject({ name: 'ServerUnknown' });
    await expect(router.weigh(route, generation, ['absent'], 10, call)).rejects.toMatchObject({ name: 'ServerUnknown' });
    expect(await asUsersDo(route)).toBe('200 deployment/2');
  });

  it('has counted for each server what it answered, refused and left unanswered, and how long it took', async () => {
    const route = await openRoute('counted');
    await router.shift(route, generation, [one.name], call);
    await router.weigh(route, generation, [two.name], 50, call);
    const names = [one.name, two.name, 'absent'];
    const { servers: before } = await router.figures(route, names, call);
    expect(new Set(Object.keys(before))).toEqual(new Set([one.name, two.name]));
    await answers(route, 20);
    await answers(route, 6, '/?status=404');
    await answers(route, 4, '/?status=503');
    const { servers: after } = await router.figures(route, names, call);
    const tallies = [one, two].map(({ name }) => {
      const [then, now] = [before[name], after[name]];
      return then && now && tallyBetween(then, now);
    });
    expect(tallies).toEqual([1, 2].map(() => ({ requests: 15, refused: 3, failed: 2, time: expect.anything() })));
    await answers(route, 2, '/?cut=yes');
    const { servers: cut } = await router.figures(route, names, call);
    const failures = (counted: typeof after): number => [one, two].reduce((sum, { name }) => sum + (counted[name]?.failed ?? 0), 0);
    expect(failures(cut)).toBeGreaterThan(failures(after));
  });

  it('has counted what one server let drop, though another answered it in the end and no reader noticed', async () => {
    const route = await openRoute('dropping');
    const dropping = await startService(lab, NETWORK, 'dropping.1', 'deployment/4', `process.env.DROPPING = 'yes';${SERVICE}`);
    await router.admit(route, [dropping], call);
    await router.shift(route, generation, [one.name], call);
    await router.weigh(route, generation, [dropping.name], 50, call);
    const names = [one.name, dropping.name];
    const { servers: before } = await router.figures(route, names, call);
    expect(await answers(route, 20)).toEqual({ '200 deployment/1': 20 });
    const { servers: after } = await router.figures(route, names, call);
    const [well, dropped] = names.map((name) => {
      const [then, now] = [before[name], after[name]];
      return then && now && tallyBetween(then, now);
    });
    expect(well).toMatchObject({ failed: 0 });
    expect(dropped?.failed).toBeGreaterThanOrEqual(8);
    expect(dropped?.failed).toBe(dropped?.requests);
  });

  it('says by another beginning that the router has started anew', async () => {
    const route = await openRoute('begun');
    await router.shift(route, generation, [one.name], call);
    const { since } = await router.figures(route, [one.name], call);
    expect(since).toMatch(/^\d+$/);
    expect((await router.figures(route, [one.name], call)).since).toBe(since);
    await lab.docker.getContainer(ROUTER).restart({ t: 1 });
    await untilUsersGet(route, '200 deployment/1');
    expect((await router.figures(route, [one.name], call)).since).not.toBe(since);
  });

  it('takes nothing away that a later step has given', async () => {
    const route = await openRoute('late');
    await router.shift(route, generation, [one.name], call);
    await router.weigh(route, generation, [two.name], 50, call);
    await router.weigh(route, generation, [two.name], 10, call);
    await expectShares(route, 50);
  });

  it('knows how long the last requests took of a server that had many quicker ones before', async () => {
    const route = await openRoute('timed');
    await router.shift(route, generation, [one.name], call);
    await answers(route, 800);
    const then = (await router.figures(route, [one.name], call)).servers[one.name];
    await answers(route, 100, '/?ms=100');
    const now = (await router.figures(route, [one.name], call)).servers[one.name];
    if (then === undefined || now === undefined) throw new Error('the route has the server');
    const { requests, time } = tallyBetween(then, now);
    expect(requests).toBe(100);
    // The router's own average still holds the quick ones.
    expect(now.averageMs).toBeLessThan(60);
    expect(time?.meanMs).toBeGreaterThan(100 - (time?.withinMs ?? 0));
    expect(time?.meanMs).toBeLessThan(400);
  });
});

describe('two workers at one router', () => {
  it('change it at the same time and lose nothing of each other', async () => {
    const others = [routerOf(lab), routerOf(lab)];
    const names = Array.from({ length: 8 }, (_, index) => `crowd-${index}`);
    const routes = names.map(
      (component): Route => ({ application: 'shop', environment: 'production', component, host: `${component}.example`, path: '/' }),
    );
    await Promise.all(
      routes.map(async (route, index) => {
        const own = others[index % 2] ?? router;
        await own.open(route, 1, call);
        await own.admit(route, [one], call);
        await own.shift(route, 1, [one.name], call);
      }),
    );
    for (const route of routes) {
      expect(await asUsersDo(route)).toBe('200 deployment/1');
      expect(await router.serving(route, call)).toEqual([one.name]);
    }
  });
});

describe('what a router knows', () => {
  it('survives a restart of its container, and the container itself', async () => {
    const route = await openRoute('lasting');
    await router.shift(route, generation, [two.name], call);
    await lab.docker.getContainer(ROUTER).restart({ t: 1 });
    await untilUsersGet(route, '200 deployment/2');
    await untilAnswers(route, one);
    await lab.docker.getContainer(ROUTER).remove({ force: true });
    await router.ensure(NETWORK, call);
    await untilUsersGet(route, '200 deployment/2');
    expect(await router.serving(route, call)).toEqual([two.name]);
    await router.shift(route, generation, [one.name], call);
    expect(await asUsersDo(route)).toBe('200 deployment/1');
  });

  it('is learned anew when another worker has made a router for one that lost everything', async () => {
    const route = await openRoute('lost');
    await lab.docker.getContainer(ROUTER).remove({ force: true });
    const { Volumes } = await lab.docker.listVolumes();
    for (const { Name } of Volumes.filter(({ Name }) => Name.includes('router'))) await lab.docker.getVolume(Name).remove();
    const other = routerOf(lab);
    await other.ensure(NETWORK, call);
    await other.open(route, generation, call);
    await other.admit(route, [two, one], call);
    await router.ensure(NETWORK, call);
    await untilAnswers(route, one);
    expect(identityOf(await router.probe(route, '/', two.name, 5_000, call))).toBe('200 deployment/2');
  });

  it('follows a server whose container came back at another address', async () => {
    const route = await openRoute('moving');
    const mover = await startService(lab, NETWORK, 'mover.1', 'deployment/8');
    await router.admit(route, [mover], call);
    await untilAnswers(route, mover);
    await router.shift(route, generation, [mover.name], call);
    await lab.docker.getContainer(mover.name).stop({ t: 1 });
    const thief = await startService(lab, NETWORK, 'thief.1', 'deployment/9');
    await lab.docker.getContainer(mover.name).start();
    expect(thief.address).toBe(mover.address);
    expect((await serviceOf(lab, mover.name, mover.deployment)).address).not.toBe(mover.address);
    await untilUsersGet(route, '200 deployment/8');
    await router.shift(route, generation, [mover.name], call);
    expect(await asUsersDo(route)).toBe('200 deployment/8');
  });
});

describe('bad requests', () => {
  it('names the application that has an address already', async () => {
    const route = await openRoute('taken');
    await router.shift(route, generation, [one.name], call);
    const other = { ...route, application: 'blog' };
    await expect(router.open(other, 1, call)).rejects.toMatchObject({
      name: 'RouteTaken',
      message: expect.stringContaining('shop/production/taken'),
    });
  });

  it.each(['bad host', 'a\nb', '', '-x.example'])('refuses the host name %j', async (host) => {
    const route: Route = { application: 'shop', environment: 'production', component: 'odd', host, path: '/' };
    await expect(router.open(route, 1, call)).rejects.toMatchObject({ name: 'RouteMalformed' });
  });

  it('needs an opened route to admit to', async () => {
    const route: Route = { application: 'shop', environment: 'production', component: 'never', host: 'never.example', path: '/' };
    await expect(router.admit(route, [one], call)).rejects.toMatchObject({ name: 'ServerUnknown' });
    await router.shift(route, 1, [], call);
    await router.dismiss(route, [one.name], call);
    expect(await router.inFlight(route, [one.name], call)).toBe(0);
  });

  it('says so when the port is taken, and leaves no router behind', async () => {
    const second = routerOf(lab, { installation: 'second' });
    await expect(second.ensure(NETWORK, call)).rejects.toMatchObject({ name: 'PortTaken' });
    const names = await containersWith(`${LABEL.installation}=second`);
    expect(names).toEqual([]);
  });

  it('says so when its image cannot be had and when its name is taken', async () => {
    const gone = routerOf(lab, { installation: 'gone', image: { ...lab.node, repository: `${lab.registry.address}/no/router` } });
    await expect(gone.ensure(NETWORK, call)).rejects.toMatchObject({ name: 'RouterImageMissing' });
    await lab.docker.createContainer({ name: 'tidegate-router-stranger', Image: printImage(lab.node) });
    await expect(routerOf(lab, { installation: 'stranger' }).ensure(NETWORK, call)).rejects.toMatchObject({ name: 'NameTaken' });
  });

  it('goes on at the port that it was installed with when another one is configured', async () => {
    const route = await openRoute('elsewhere');
    const other = routerOf(lab, { httpPort: 8081, reachAt: lab.router.reachAt.replace('8080', '8081') });
    await other.ensure(NETWORK, call);
    await other.open(route, generation, call);
    await other.shift(route, generation, [two.name], call);
    expect(identityOf(await other.probe(route, '/', undefined, 5_000, call))).toBe('200 deployment/2');
  });

  it('has nobody serving where no router is', async () => {
    const nowhere = routerOf(lab, { installation: 'nowhere' });
    const route: Route = { application: 'shop', environment: 'production', component: 'web', host: 'x.example', path: '/' };
    expect(await nowhere.serving(route, call)).toEqual([]);
    await nowhere.dismiss(route, [one.name], call);
    await expect(nowhere.open(route, 1, call)).rejects.toMatchObject({ name: 'RouterFailed' });
  });

  it('says within its time that a server does not answer', async () => {
    const route = await openRoute('slow');
    expect((await router.probe(route, '/?ms=5000', one.name, 300, call)).status).toBe(504);
    const ended = AbortSignal.abort(new Error('enough'));
    await expect(router.probe(route, '/', one.name, 300, { signal: ended })).rejects.toThrow('enough');
  });
});

async function untilUsersGet(route: Route, expected: string): Promise<void> {
  await until(`users of ${route.host} to get ${expected}`, 60_000, () =>
    asUsersDo(route).then(
      (seen) => seen === expected,
      () => false,
    ),
  );
}

async function containersWith(label: string): Promise<string[]> {
  const found = await lab.docker.listContainers({ all: true, filters: { label: [label] } });
  return found.flatMap(({ Names }) => Names);
}

async function tellRouter(command: string): Promise<void> {
  const exec = await lab.docker
    .getContainer(ROUTER)
    .exec({ Cmd: ['sh', '-c', `echo '${command}' | nc 127.0.0.1 9999`], AttachStdout: true });
  const stream = await exec.start({});
  stream.resume();
  await new Promise((resolve) => stream.once('end', resolve));
}

async function fetchAs(headers: Record<string, string>): Promise<{ identity: string; body: string }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const sent = request(`http://${lab.router.reachAt}/`, { headers }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += String(chunk);
      resolve({ identity: String(answer.headers['x-tidegate-deployment']), body });
    });
    sent.on('error', reject);
    sent.end();
  });
}
