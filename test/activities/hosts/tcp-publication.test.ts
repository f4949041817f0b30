import { describe, expect, it } from '@jest/globals';
import { shiftRoute } from '../../../adapters/router/route-changes.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, digestOf, PUBLISH, releaseOf } from './deployments.ts';

const [DB_1, DB_2] = ['tidegate-shop.production.db.g1.1', 'tidegate-shop.production.db.g2.1'];

function db(version: string, tcp: number | Record<string, number> = 5432): DeployableComponent {
  const made = component('db', version);
  const health = { kind: 'tcp', port: 5432, intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 2_000 } as const;
  return { ...made, run: { ...made.run, publish: { port: 5432, tcp }, health } };
}

const first = deploymentOf(releaseOf(1, [db('1')]), null);
const second = deploymentOf(releaseOf(2, [db('2')]), first);

async function switchTo(fake: FakeHost, deployment: Deployment) {
  await activitiesOn(fake).prepare(deployment);
  return activitiesOn(fake).switch(deployment);
}

async function hostWith(...deployments: readonly Deployment[]): Promise<FakeHost> {
  const fake = new FakeHost();
  for (const deployment of deployments) await switchTo(fake, deployment);
  fake.calls.length = 0;
  return fake;
}

const called = (fake: FakeHost, pattern: RegExp): string[] => fake.calls.filter((call) => pattern.test(call));

describe('a component that publishes a port', () => {
  it('is proved by its address before connections move, and by the port afterwards', async () => {
    const fake = await hostWith(first);
    await switchTo(fake, second);
    const moved = fake.calls.findIndex((call) => call.startsWith('shift db'));
    expect(fake.calls.indexOf(`connect db ${DB_2}`)).toBeLessThan(moved);
    expect(fake.calls.lastIndexOf('connect db as users do')).toBeGreaterThan(moved);
    expect(called(fake, /^probe/)).toEqual([]);
    expect(fake.runningNames('db')).toEqual([DB_1, DB_2]);
  });

  it('keeps the old one, with its connections, when the new one takes none', async () => {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('db-2'), 'silent');
    await activitiesOn(fake).prepare(second);
    await expect(activitiesOn(fake).switch(second)).rejects.toMatchObject({ name: 'HostFailed' });
    expect(called(fake, /^(shift|cut|stop)/)).toEqual([]);
    expect(await activitiesOn(fake).restore(second)).toMatchObject({ outcome: 'restored' });
    expect(fake.runningNames('db')).toEqual([DB_1]);
  });

  it('is not proved while the router leads its port elsewhere', async () => {
    const fake = await hostWith(first);
    const route = { application: 'shop', environment: 'production', component: 'db', host: '', path: '/', tcp: 5432 };
    await activitiesOn(fake).prepare(second);
    // Someone gives the port back to the old version as soon as it was moved.
    fake.afterCall = () => {
      if (fake.calls.at(-1)?.startsWith('shift db 2')) fake.state = shiftRoute('one', route, 2, [DB_1])(fake.state);
    };
    await expect(activitiesOn(fake).switch(second)).rejects.toMatchObject({
      name: 'HostFailed',
      message: expect.stringContaining('expected connections to port 5432 to reach the new containers'),
    });
  });

  it('ends connections that outlast the drain time, and only those', async () => {
    const fake = await hostWith(first);
    await switchTo(fake, second);
    expect(fake.cutOff).toEqual([]);
    fake.requestsInFlight = 3;
    await switchTo(fake, deploymentOf(releaseOf(3, [db('3')]), second));
    expect(fake.cutOff).toEqual([DB_1, DB_2]);
  });

  it('has its own port in each environment', async () => {
    const fake = await hostWith(deploymentOf(releaseOf(1, [db('1', { staging: 6000, production: 6001 })]), null));
    expect(fake.state.routes.map(({ addresses }) => addresses)).toEqual([['tcp:6001']]);
  });
});

describe('a plan', () => {
  it('names what others publish on the host at the ports and addresses that it would take', async () => {
    const fake = await hostWith(first);
    const blog = { ...releaseOf(1, [{ ...db('1'), name: 'store' }]), application: 'blog' };
    await expect(activitiesOn(fake).plan(blog, 'blog')).rejects.toMatchObject({
      name: 'PublicationsTaken',
      message: expect.stringContaining('store wants port 5432, and shop/production/db serves it'),
    });
    expect(called(fake, /^(shift|open|start|ensure)/)).toEqual([]);
    expect((await activitiesOn(fake).plan(releaseOf(2, [db('2')]))).effects).toMatchObject([{ component: 'db', action: 'replace' }]);
  });

  it('tells of a host name that no certificate is for', async () => {
    const fake = await hostWith(first);
    fake.uncertified.add('shop.example');
    const web = component('web', '1', { publish: PUBLISH });
    expect((await activitiesOn(fake).plan(releaseOf(2, [db('1'), web]))).effects).toMatchObject([
      { component: 'db', action: 'keep', changes: [] },
      { component: 'web', action: 'create', changes: [{ what: 'no certificate for shop.example' }] },
    ]);
  });
});
