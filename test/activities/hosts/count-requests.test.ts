import { expect, it } from '@jest/globals';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PUBLISH, releaseOf } from './deployments.ts';

const WEB = 'tidegate-shop.production.web.g1.1';

it("counts what a host's router gave to each component that has requests, and changes nothing", async () => {
  const fake = new FakeHost();
  const first = deploymentOf(releaseOf(1, [component('web', '1', { publish: PUBLISH }), component('worker', '1')]), null);
  await activitiesOn(fake).prepare(first);
  await activitiesOn(fake).switch(first);
  const counted = { requests: 900, refused: 3, failed: 1, averageMs: 12 };
  fake.figures.set(WEB, counted);
  const before = fake.calls.length;
  const counts = await activitiesOn(fake).count(['one']);
  expect(counts).toEqual([{ host: 'one', components: [{ component: 'web', since: '1', servers: { [WEB]: counted } }] }]);
  const together = await activitiesOn(fake).count(['one'], false);
  expect(together).toMatchObject([{ host: 'one', components: [{ component: 'web', since: 'all' }] }]);
  expect(JSON.stringify(together)).not.toContain(WEB);
  expect(fake.calls.slice(before).every((call) => /^(observe|serving|figures) ?/.test(call))).toBe(true);
});

it('says why of a host that cannot be read, and has counted nothing where nothing runs', async () => {
  const fake = new FakeHost();
  expect(await activitiesOn(fake).count(['one'])).toEqual([{ host: 'one', components: [] }]);
  fake.killAt = fake.calls.length + 1;
  expect(await activitiesOn(fake).count(['one'])).toEqual([{ host: 'one', unread: expect.any(String) }]);
});
