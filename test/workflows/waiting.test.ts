import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
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
