import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ensureUpkeep, UPKEEP_SCHEDULE } from '../../temporal/upkeep-schedule.ts';
import { until } from '../support/temporal.ts';
import { WorkflowLab } from '../support/workflow-lab.ts';
import { component, digestOf } from '../support/world/example.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

it('looks after the secrets of every environment when a worker starts, and of the others where one site does not answer', async () => {
  const { world } = lab.application();
  const { name, run, specHash } = component('web');
  const components = [{ name, image: { repository: 'r/web', digest: digestOf('web-1') }, run, specHash }];
  const at = (site: string, host: string) => ({
    application: 'shop',
    environment: 'production',
    site,
    hosts: [{ name: host, site }],
    components,
  });
  world.charges.push(at('default', 'production-1'), at('default', 'production-2'));
  world.failing.set('reviveHosts production-2', () => new Error('the engine does not answer'));
  await ensureUpkeep(lab.env.client);
  await ensureUpkeep(lab.env.client);
  const schedule = lab.env.client.schedule.getHandle(UPKEEP_SCHEDULE);
  const [first] = await until(
    async () => (await schedule.describe()).info.recentActions,
    (actions) => actions.length > 0,
  );
  expect(await lab.env.client.workflow.getHandle(first?.action.workflow.workflowId ?? '').result()).toEqual([
    { host: 'production-1', refilled: ['web'], started: [] },
    { host: 'production-2', refilled: [], started: [], fault: expect.stringContaining('the engine does not answer') },
  ]);
  expect((await schedule.describe()).spec.intervals).toEqual([expect.objectContaining({ every: 60_000 })]);
});
