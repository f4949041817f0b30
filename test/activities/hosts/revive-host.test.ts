import { describe, expect, it } from '@jest/globals';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PUBLISH, releaseOf } from './deployments.ts';

const [web, worker] = [component('web', '2', { publish: PUBLISH }), component('worker', '2')];
const first = deploymentOf(releaseOf(1, [component('web', '1', { publish: PUBLISH }), component('worker', '1')]), null);
const second = deploymentOf(releaseOf(2, [web, worker]), first);
const [WEB_2, WORKER_1, WORKER_2] = ['web.g2.1', 'worker.g1.1', 'worker.g2.1'].map((name) => `tidegate-shop.production.${name}`) as [
  string,
  string,
  string,
];

async function hostAtSecond(): Promise<FakeHost> {
  const fake = new FakeHost();
  for (const deployment of [first, second]) {
    await activitiesOn(fake).prepare(deployment);
    await activitiesOn(fake).switch(deployment);
  }
  fake.calls.length = 0;
  return fake;
}

function stopByHand(fake: FakeHost, name: string): void {
  const container = fake.containers.get(name);
  if (container !== undefined) container.status = 'exited';
}

describe('upkeep of a host', () => {
  it('starts what should run and was stopped by hand, and nothing that a deployment stopped', async () => {
    const fake = await hostAtSecond();
    stopByHand(fake, WORKER_2);
    expect(await activitiesOn(fake).revive([web, worker])).toEqual([{ host: 'one', refilled: [WORKER_2], started: [WORKER_2] }]);
    expect(fake.runningNames('worker')).toEqual([WORKER_2]);
    expect(fake.containers.get(WORKER_1)?.status).toBe('exited');
    expect(await activitiesOn(fake).revive([web, worker])).toEqual([]);
  });

  it('asks nothing of what runs, and has the router show its certificates', async () => {
    const fake = await hostAtSecond();
    expect(await activitiesOn(fake).revive([web, worker])).toEqual([]);
    expect(fake.calls).toEqual(['observe', 'certify undefined']);
  });

  it('starts nothing beside a later version that runs, and takes back what it started when one comes meanwhile', async () => {
    const older = [component('web', '1', { publish: PUBLISH }), component('worker', '1')];
    const fake = await hostAtSecond();
    fake.started.add(WORKER_1);
    expect(await activitiesOn(fake).revive(older)).toEqual([]);
    expect(fake.runningNames('worker')).toEqual([WORKER_2]);
    stopByHand(fake, WORKER_2);
    fake.afterCall = () => {
      const later = fake.containers.get(WORKER_2);
      if (fake.calls.at(-1) === `revive ${WORKER_1}` && later !== undefined) later.status = 'running';
    };
    expect((await activitiesOn(fake).revive(older)).flatMap(({ started }) => started)).toEqual([]);
    expect(fake.runningNames('worker')).toEqual([WORKER_2]);
  });

  it('leaves what is of another release than the environment runs', async () => {
    const fake = await hostAtSecond();
    stopByHand(fake, WEB_2);
    expect(await activitiesOn(fake).revive([{ ...web, specHash: 'another' }])).toEqual([]);
    expect(fake.containers.get(WEB_2)?.status).toBe('exited');
  });
});
