import { describe, expect, it } from '@jest/globals';
import { routeOf } from '../../../activities/hosts/host-work.ts';
import type { Deployment } from '../../../domain/deployment.ts';
import { CANARY } from '../../domain/arbitraries.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, digestOf, PLACE, PUBLISH, releaseOf } from './deployments.ts';

const ROUTE = routeOf(PLACE, 'web', PUBLISH);
const web = (version: string, replicas = 1) => component('web', version, { publish: PUBLISH, replicas });
const worker = (version: string) => component('worker', version);
const byCanary = (deployment: Deployment): Deployment => ({ ...deployment, strategy: { kind: 'canary', ...CANARY } });

const first = deploymentOf(releaseOf(1, [web('1'), worker('1')]), null);
const second = byCanary(deploymentOf(releaseOf(2, [web('2'), worker('2')]), first));
const OLD = 'tidegate-shop.production.web.g1.1';
const NEW = 'tidegate-shop.production.web.g2.1';

/** A host that runs the first release and has started the second beside it. */
async function started(deployment = second, before = first): Promise<FakeHost> {
  const fake = new FakeHost();
  await activitiesOn(fake).prepare(before);
  await activitiesOn(fake).switch(before);
  await activitiesOn(fake).prepare(deployment);
  await activitiesOn(fake).start(deployment);
  return fake;
}

const weights = (fake: FakeHost): (readonly [string, number | undefined])[] =>
  fake.state.routes.flatMap(({ servers }) => servers.filter(({ serves }) => serves).map(({ name, weight }) => [name, weight] as const));

describe('a host whose requests two versions share', () => {
  it('gives the new version its part once it has proved who it is, and tells what both have done', async () => {
    const fake = await started();
    fake.figures.set(OLD, { requests: 900, refused: 3, failed: 1, averageMs: 12 });
    const reading = await activitiesOn(fake).weigh(second, 25);
    expect(weights(fake)).toEqual([
      [OLD, 3],
      [NEW, 1],
    ]);
    expect(new Set(fake.answersFor(ROUTE))).toEqual(new Set([first.id, second.id]));
    expect(reading).toEqual({
      host: 'one',
      components: [
        {
          component: 'web',
          since: '1',
          newer: { [NEW]: { requests: 0, refused: 0, failed: 0, averageMs: 0 } },
          older: { [OLD]: { requests: 900, refused: 3, failed: 1, averageMs: 12 } },
          restarts: 0,
          outOfMemory: 0,
        },
      ],
    });
    const proof = fake.calls.indexOf(`probe web ${NEW}`, fake.calls.lastIndexOf('observe'));
    expect(proof).toBeGreaterThan(0);
    expect(proof).toBeLessThan(fake.calls.findIndex((call) => call.startsWith('weigh ')));
  });

  it('gives nothing to a version that answers as another', async () => {
    const fake = await started();
    fake.behaviours.set(digestOf('web-2'), 'false-identity');
    await expect(activitiesOn(fake).weigh(second, 25)).rejects.toMatchObject({ name: 'HostFailed' });
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });

  it('can be told twice, and more from step to step', async () => {
    const fake = await started();
    await activitiesOn(fake).weigh(second, 25);
    await activitiesOn(fake, 2).weigh(second, 25);
    expect(weights(fake)).toEqual([
      [OLD, 3],
      [NEW, 1],
    ]);
    await activitiesOn(fake).weigh(second, 50);
    expect(weights(fake)).toEqual([
      [OLD, 1],
      [NEW, 1],
    ]);
  });

  it('leaves connections over TCP where they are, as nobody could tell how they were answered', async () => {
    const db = (version: string) => {
      const made = component('db', version);
      return { ...made, run: { ...made.run, publish: { port: 5432, tcp: 5432 } } };
    };
    const before = deploymentOf(releaseOf(1, [db('1')]), null);
    const next = byCanary(deploymentOf(releaseOf(2, [db('2')]), before));
    const fake = await started(next, before);
    expect(await activitiesOn(fake).weigh(next, 25)).toEqual({ host: 'one', components: [] });
    expect(weights(fake)).toEqual([['tidegate-shop.production.db.g1.1', undefined]]);
  });

  it('leaves alone what has no two versions: a kept component, one without a port, one that is new', async () => {
    const next = byCanary(deploymentOf(releaseOf(2, [web('1'), worker('2'), component('site', '2', { publish: PUBLISH })]), first));
    const fake = await started(next);
    const before = JSON.stringify(fake.state.routes.map(({ servers }) => servers));
    expect(await activitiesOn(fake).weigh(next, 25)).toEqual({ host: 'one', components: [] });
    expect(JSON.stringify(fake.state.routes.map(({ servers }) => servers))).toBe(before);
    expect(fake.runningNames('worker')).toEqual(['tidegate-shop.production.worker.g1.1']);
  });

  it('shares requests with containers that are warm from an earlier deployment, and says that it was touched', async () => {
    const fake = await started();
    await activitiesOn(fake).switch(second);
    const third = byCanary(deploymentOf({ ...first.release }, second));
    await activitiesOn(fake).prepare(third);
    await activitiesOn(fake).start(third);
    expect(await activitiesOn(fake).weigh(third, 10)).toMatchObject({ components: [{ newer: { [OLD]: {} }, older: { [NEW]: {} } }] });
    expect((await activitiesOn(fake).restore(third)).outcome).toBe('restored');
    expect(fake.answersFor(ROUTE)).toEqual([second.id]);
    expect(weights(fake)).toEqual([[NEW, undefined]]);
  });

  it('counts restarts, and says why the new version is not well', async () => {
    const fake = await started();
    await activitiesOn(fake).weigh(second, 25);
    fake.behaviours.set(digestOf('web-2'), 'unhealthy');
    expect(await activitiesOn(fake).measure(second)).toMatchObject({
      components: [{ restarts: 0, trouble: expect.stringContaining('/health answers 500 through the router') }],
    });
    fake.behaviours.set(digestOf('web-2'), 'restarts');
    const [reading] = (await activitiesOn(fake).measure(second)).components;
    expect(reading?.restarts).toBeGreaterThan(0);
  });

  it('reads before it asks how the new version is, as that counts as a request', async () => {
    const fake = await started();
    await activitiesOn(fake).weigh(second, 25);
    const since = fake.calls.length;
    expect(await activitiesOn(fake).measure(second)).toMatchObject({ components: [{ component: 'web' }] });
    const calls = fake.calls.slice(since);
    expect(calls.indexOf('figures web')).toBeLessThan(calls.indexOf(`probe web ${NEW}`));
    expect(calls.filter((call) => /^(start|stop|weigh|shift|admit|dismiss|ensure)/.test(call))).toEqual([]);
  });

  it('has all requests with the old version again before anything of the new one is removed', async () => {
    const fake = await started();
    await activitiesOn(fake).weigh(second, 50);
    const since = fake.calls.length;
    await activitiesOn(fake).restore(second);
    const calls = fake.calls.slice(since);
    expect(calls.findIndex((call) => call.startsWith('shift web 2.5'))).toBeLessThan(calls.findIndex((call) => call.startsWith('stop ')));
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    expect(weights(fake)).toEqual([[OLD, undefined]]);
  });

  it('lets the new version end the requests that it has begun, with its own grace, before it goes', async () => {
    const fake = await started();
    await activitiesOn(fake).weigh(second, 50);
    const since = fake.calls.length;
    fake.requestsInFlight = 1;
    await activitiesOn(fake).restore(second);
    const calls = fake.calls.slice(since);
    const at = (start: string): number => calls.findIndex((call) => call.startsWith(start));
    expect(at('shift web 2.5')).toBeLessThan(at('inFlight web'));
    // Asked again until its drain time was over.
    expect(calls.filter((call) => call === 'inFlight web').length).toBeGreaterThan(2);
    expect(calls.lastIndexOf('inFlight web')).toBeLessThan(at(`dismiss ${NEW}`));
    expect(at(`dismiss ${NEW}`)).toBeLessThan(at(`stop ${NEW}`));
  });

  it('refuses a weight that comes after its host was restored, or after a later deployment', async () => {
    const fake = await started();
    await activitiesOn(fake).restore(second);
    await expect(activitiesOn(fake).weigh(second, 50)).rejects.toThrow();
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    const third = deploymentOf(releaseOf(3, [web('3'), worker('3')]), second);
    await activitiesOn(fake).prepare(third);
    await expect(activitiesOn(fake).weigh(second, 50)).rejects.toMatchObject({ name: 'Superseded' });
  });
});
