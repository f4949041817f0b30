import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, RITA, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

/** Production with as many hosts as are named, which are switched one after the other. */
function productionOn(...names: string[]): void {
  const hosts = names.map((name) => ({ name, site: 'default' }));
  const production = { name: 'production', hosts, approval: RITA, policyRevision: 'policy-1', bakeMs: 3_600_000 };
  shop.world.policies = { ...shop.world.policies, production };
}

it('reports a host that cannot be restored, and restores the others all the same', async () => {
  shop = lab.application(PRODUCTION_ALONE);
  productionOn('production-1', 'production-2', 'production-3', 'production-4');
  await shop.serves(1);
  shop.world.failing.set('switchHost production-3 release 2', terminal('web answered 503 on production-3'));
  shop.world.failing.set('restoreHost production-1', terminal('production-1 is no longer in tidegate.yaml', 'UnknownHost'));

  const status = await shop.promoted(2);

  expect(stageOf(status, 'production')).toMatchObject({
    kind: 'rolled-back',
    reason: 'web answered 503 on production-3',
    to: 1,
    hosts: [
      { host: 'production-1', outcome: 'unrestored', detail: 'not restored: production-1 is no longer in tidegate.yaml', digests: {} },
      { host: 'production-2', outcome: 'restored' },
      { host: 'production-3', outcome: 'restored' },
      { host: 'production-4', outcome: 'untouched' },
    ],
  });
  expect(status.state).toBe('rolled-back');
  // What the report says is what runs, and nobody took the old version from where it could not be asked for.
  const serving = ['production-1', 'production-2', 'production-3', 'production-4'].map((host) => shop.world.serving[host]?.release);
  expect(serving).toEqual([2, 1, 1, 1]);
  expect(shop.world.asked.filter((line) => line === 'restoreHost production-1 release 2')).toHaveLength(1);
  expect(shop.world.asked).not.toContain('switchHost production-4 release 2');
  expect((await shop.environment()).current?.release.number).toBe(1);
});
