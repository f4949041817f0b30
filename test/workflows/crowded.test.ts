import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { barrier, WorkflowLab } from '../support/workflow-lab.ts';

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
  const shops = Array.from({ length: PLACES + 1 }, () => lab.application());
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
