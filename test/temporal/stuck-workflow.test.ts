import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '../support/temporal.ts';
import { WorkflowLab } from '../support/workflow-lab.ts';
import { STAGES } from '../support/world/example.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev', {}, { interceptors: [new URL('../support/stuck.ts', import.meta.url).pathname] });
});
afterAll(() => lab.stop());

it('says of a release that fails at every step that it does, and where to look', async () => {
  const shop = lab.application(STAGES, lab.engineAtOnce);
  await shop.start(1);
  const said = await until(
    () => shop.status(1).catch((error: unknown) => error),
    (error) => error instanceof Error && error.name !== 'WorkerUnavailable',
  );
  expect(said).toMatchObject({
    name: 'WorkflowStuck',
    message: expect.stringMatching(/^No worker gets release 1 of shop-1 through its next step: .*Temporal's console/),
  });
});
