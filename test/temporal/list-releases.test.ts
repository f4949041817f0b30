import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import type { ReleaseSummary } from '../../temporal/engine.ts';
import { until } from '../support/temporal.ts';
import { type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
  shop = lab.application();
});
afterAll(() => lab.stop());

/** The list once it shows these states, newest release first: it is made a moment after a workflow has moved. */
async function listed(...states: ReleaseSummary['state'][]): Promise<readonly ReleaseSummary[]> {
  const { releases } = await until(
    () => lab.engine.listReleases({ application: shop.name, limit: 20 }),
    (page) => page.releases.map((release) => release.state).join() === states.join(),
  );
  return releases;
}

it('shows a release that never began as failed, and why, beside those that did begin', async () => {
  shop.world.failing.set('readPipeline', terminal('pipeline.yaml:3:1 stages: a cycle', 'PipelineInvalid'));
  await shop.start(1);
  await shop.ended(1);
  shop.world.failing.clear();
  shop.world.testReport = { ...shop.world.testReport, passed: false, exitCode: 1 };
  await shop.start(2);
  await shop.ended(2);
  shop.world.testReport = { ...shop.world.testReport, passed: true, exitCode: 0 };
  await shop.start(3);
  await shop.reached(3, 'production', 'waiting');

  const [waits, failed, neverBegan] = await listed('waiting', 'failed', 'failed');
  expect(neverBegan).toMatchObject({ number: 1, state: 'failed', stage: '', fault: 'pipeline.yaml:3:1 stages: a cycle' });
  expect(neverBegan?.endedAt).toBeDefined();
  expect(failed).toMatchObject({ number: 2, stage: 'test' });
  expect(failed).not.toHaveProperty('fault');
  expect(waits).toMatchObject({ number: 3, stage: 'production' });
  expect(waits).not.toHaveProperty('fault');

  await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 3)).terminate('an operator');
  const [terminated] = await listed('failed', 'failed', 'failed');
  expect(terminated).toMatchObject({ number: 3, stage: 'production' });
  expect(terminated).not.toHaveProperty('fault');
});

it('needs no worker to say why', async () => {
  await lab.stopWorkers();
  expect((await lab.engine.listReleases({ application: shop.name, limit: 20 })).releases.at(-1)).toMatchObject({
    number: 1,
    fault: 'pipeline.yaml:3:1 stages: a cycle',
  });
});

it('leaves out none of many that began in one moment, page by page', async () => {
  const many = lab.application();
  const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => many.start(number)));
  const all = await until(
    async () => {
      const shown: number[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page = await lab.engine.listReleases({ application: many.name, limit: 3, ...(cursor !== '' && { cursor }) });
        shown.push(...page.releases.map(({ number }) => number));
        cursor = page.next;
      }
      return shown;
    },
    (shown) => shown.length >= numbers.length,
  );
  expect(all.sort((a, b) => a - b)).toEqual(numbers);
});
