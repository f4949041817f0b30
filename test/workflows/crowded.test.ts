import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { barrier, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE } from '../support/world/example.ts';

const PLACES = 2;
const silent = barrier();
let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev', { maxConcurrentActivityTaskExecutions: PLACES });
});
afterAll(() => {
  silent.open();
  return lab.stop();
});

it('holds up no release although GitHub keeps every place of a worker busy that it can get', async () => {
  const shops = Array.from({ length: PLACES + 1 }, () => lab.application(PRODUCTION_ALONE));
  for (const shop of shops) shop.world.held.set('reportStatus', silent.closed);
  await Promise.all(shops.map((shop) => shop.approved(1)));
  await Promise.all(shops.map((shop) => shop.reached(1, 'production', 'passed')));
  for (const shop of shops) {
    expect(shop.world.serving['production-2']).toMatchObject({ release: 1 });
    expect(shop.world.statuses).toEqual([]);
  }
  silent.open();
  await Promise.all(shops.map((shop) => shop.ended(1)));
  for (const shop of shops) expect(shop.world.statuses.at(-1)).toMatchObject({ context: 'tidegate/production', state: 'success' });
});

it('holds up no release although alarms of what bakes keep every place that they can get', async () => {
  const watching = Array.from({ length: PLACES + 1 }, () => lab.application(PRODUCTION_ALONE));
  for (const { world } of watching) {
    const alarm = {
      kind: 'http',
      name: 'checkout',
      url: 'https://shop.example/',
      status: 200,
      intervalMs: 1_000,
      timeoutMs: 500,
      failures: 3,
    } as const;
    world.policies = { ...world.policies, production: { ...world.policy('production'), bakeMs: 3_600_000, alarms: [alarm] } };
  }
  // What bakes is watched from then on, and each watch keeps its place for an hour.
  for (const shop of watching) await shop.promoted(1);
  const next = lab.application(PRODUCTION_ALONE);
  await next.promoted(1);
  expect(next.world.serving['production-2']).toMatchObject({ release: 1 });
});
