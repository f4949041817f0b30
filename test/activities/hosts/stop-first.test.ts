import { describe, expect, it } from '@jest/globals';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, releaseOf } from './deployments.ts';

const RECREATE = { kind: 'recreate', batch: 1 } as const;
const [OLD, NEW] = ['tidegate-shop.production.db.g1.1', 'tidegate-shop.production.db.g2.1'];
const first = { ...deploymentOf(releaseOf(1, [component('db', '1')]), null), strategy: RECREATE };
const second = { ...deploymentOf(releaseOf(2, [component('db', '2')]), first), strategy: RECREATE };

async function hostWithFirst(): Promise<FakeHost> {
  const fake = new FakeHost();
  await activitiesOn(fake).prepare(first);
  await activitiesOn(fake).switch(first);
  return fake;
}

/** A reboot of the host: what ran is down, and would come back by its restart policy. */
function reboot(fake: FakeHost): void {
  for (const container of fake.containers.values()) if (container.status === 'running') container.status = 'exited';
}

describe('what must never run twice', () => {
  it('is told to stay down before the new version starts, also where it is down already after a reboot', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    reboot(fake);
    const calls = fake.calls.length;
    await activitiesOn(fake).switch(second);
    const order = fake.calls.slice(calls).filter((call) => /^(stop|start) /.test(call));
    expect(order).toEqual([`stop ${OLD}`, `start ${NEW}`, `stop ${OLD}`]);
  });

  it('is told so too on the way back', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    await activitiesOn(fake).switch(second);
    reboot(fake);
    const calls = fake.calls.length;
    await activitiesOn(fake).restore(second);
    const order = fake.calls.slice(calls).filter((call) => /^(stop|start) /.test(call));
    expect(order.slice(0, 2)).toEqual([`stop ${NEW}`, `start ${OLD}`]);
  });
});
