import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WorkflowLab } from '../support/workflow-lab.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

it('says that no worker answered, to whoever asks and to whoever votes', async () => {
  const shop = lab.application();
  await shop.start(1);
  await shop.reached(1, 'production', 'waiting');
  await lab.stopWorkers();
  const unanswered = { name: 'WorkerUnavailable', message: expect.stringContaining('No worker answered for release 1 of shop-1') };
  const answers = await Promise.allSettled([shop.status(1), shop.vote(1, 'approve')]);
  expect(answers).toMatchObject([
    { status: 'rejected', reason: unanswered },
    { status: 'rejected', reason: unanswered },
  ]);
});
