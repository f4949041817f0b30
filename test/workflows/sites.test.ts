import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StageState } from '../../domain/release.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, RITA } from '../support/world/example.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev', {}, { interceptors: [new URL('../support/impatient.ts', import.meta.url).pathname] });
});
afterAll(() => lab.stop());

/** Production has a host in the site that has a worker, and one in a site that has none. */
function shopWithFarHost(): Shop {
  const shop = lab.application(PRODUCTION_ALONE);
  const hosts = [
    { name: 'production-1', site: 'default' },
    { name: 'far-1', site: 'far' },
  ];
  const production = { name: 'production', hosts, approval: RITA, policyRevision: 'policy-1', bakeMs: 3_600_000 };
  shop.world.policies = { ...shop.world.policies, production };
  return shop;
}

async function productionOf(shop: Shop, release: number): Promise<StageState | undefined> {
  return stageOf(await shop.ended(release), 'production');
}

const asked = (shop: Shop, line: string): Promise<readonly string[]> =>
  until(
    async () => shop.world.asked,
    (all) => all.includes(line),
  );

it('names the site whose hosts nobody planned for, and touches no host', async () => {
  const shop = shopWithFarHost();
  await shop.start(1);
  expect(await productionOf(shop, 1)).toMatchObject({
    kind: 'failed',
    reason: `No worker of site far took "plan release 1" in time. Start one there with 'tidegate worker --site far', and try again`,
  });
  expect(Object.keys(shop.world.serving)).toEqual([]);
});

it('goes back when the worker of a site ends midway, and says so once the site has one again', async () => {
  const shop = shopWithFarHost();
  const far = await lab.startSiteWorker('far');
  await shop.serves(1);
  const slow = barrier();
  shop.world.held.set('switchHost production-1', slow.closed);
  await shop.approved(2);
  await asked(shop, 'switchHost production-1 release 2');
  await far.stop();
  slow.open();

  await asked(shop, 'restoreHost production-1 release 2');
  await until(
    async () => shop.world.serving['production-1']?.release,
    (release) => release === 1,
  );
  expect((await shop.environment()).running).toMatchObject({ release: 2, progress: { hosts: { 'far-1': 'restoring' } } });
  const again = await lab.startSiteWorker('far');
  expect(await productionOf(shop, 2)).toMatchObject({
    kind: 'rolled-back',
    to: 1,
    reason: expect.stringContaining('No worker of site far took "switch far-1" in time.'),
    hosts: [
      { host: 'production-1', outcome: 'restored' },
      { host: 'far-1', outcome: 'restored' },
    ],
  });
  expect(shop.world.asked).not.toContain('switchHost far-1 release 2');
  await again.stop();
});

it('goes back when the worker of a site ends before its hosts have started what all are to prove first', async () => {
  const shop = shopWithFarHost();
  const strategy = { kind: 'blue-green', maxInFlight: 1 } as const;
  const stages = shop.world.pipeline.stages.map((stage) => (stage.kind === 'deploy' ? { ...stage, strategy } : stage));
  shop.world.pipeline = { ...shop.world.pipeline, stages };
  const far = await lab.startSiteWorker('far');
  await shop.serves(1);
  const slow = barrier();
  shop.world.held.set('startHost production-1', slow.closed);
  await shop.approved(2);
  await asked(shop, 'startHost production-1 release 2');
  await far.stop();
  slow.open();

  await asked(shop, 'restoreHost production-1 release 2');
  const again = await lab.startSiteWorker('far');
  expect(await productionOf(shop, 2)).toMatchObject({
    kind: 'rolled-back',
    to: 1,
    reason: expect.stringContaining('No worker of site far took "start far-1" in time.'),
  });
  expect(shop.world.asked.filter((line) => line.startsWith('switchHost') && line.endsWith('-1 release 2'))).toEqual([]);
  await again.stop();
});
