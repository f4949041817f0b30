import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { PRODUCTION_ALONE } from '../support/fake-world.ts';
import { until } from '../support/temporal.ts';
import { stageOf, WorkflowLab } from '../support/workflow-lab.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('time-skipping');
});
afterAll(() => lab.stop());

it('lets production expire when nobody approves for seven days, and touches nothing there', async () => {
  const shop = lab.application();
  await shop.start(1);
  const status = await shop.ended(1);
  const production = stageOf(status, 'production');
  expect(production).toMatchObject({ kind: 'expired', reason: 'Nobody opened the approval gate before its deadline' });
  expect(status.state).toBe('expired');
  const { startTime } = await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).describe();
  const waited = production?.kind === 'expired' ? Date.parse(production.at) - startTime.getTime() : 0;
  expect(waited).toBeGreaterThanOrEqual(7 * 24 * 3_600_000);
  expect(Object.keys(shop.world.serving)).toEqual(['staging-1']);
  expect(shop.world.statuses.at(-1)).toMatchObject({ context: 'tidegate/production', state: 'error' });
});

it('brings no release back whose images nobody can judge by rules that came after it, after some patience', async () => {
  const shop = lab.application(PRODUCTION_ALONE);
  const { approval: _, ...policy } = shop.world.policy('production');
  await shop.serves(1);
  shop.world.policies = { ...shop.world.policies, production: policy };
  await shop.start(2);
  expect((await shop.ended(2)).state).toBe('promoted');
  const demanded = { ...policy, protection: { trust: 'signed' }, trust: { signed: 'r1' }, policyRevision: 'policy-2' };
  shop.world.policies = { ...shop.world.policies, production: demanded };
  await shop.rollback();
  await lab.env.sleep('1m');
  const { current, last } = await until(
    () => shop.environment(),
    (environment) => environment.running === null && environment.last?.kind === 'rollback',
  );
  expect(last).toMatchObject({ release: 1, outcome: { kind: 'failed', reason: expect.stringContaining('nobody knows'), hosts: [] } });
  expect(current?.release.number).toBe(2);
  expect(shop.world.asked.filter((line) => line === 'readTrust signed')).toHaveLength(3);
  expect(shop.world.serving['production-1']).toMatchObject({ release: 2 });
});
