import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WorkflowLab } from '../support/workflow-lab.ts';
import { STAGES } from '../support/world/example.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

it('says of an environment that nothing ever reached that nothing was deployed there, to whoever wants it back', async () => {
  const shop = lab.application(STAGES);
  await expect(shop.rollback()).rejects.toMatchObject({
    name: 'NotFound',
    message: expect.stringMatching(/^Nothing of shop-\d+ was ever deployed to production$/),
  });
});

it('says that no worker answered, to whoever asks and to whoever votes, and lets a cancellation in before those who may not yet', async () => {
  const shop = lab.application(STAGES, lab.engineAtOnce);
  await shop.start(1);
  await shop.reached(1, 'production', 'waiting');
  await lab.stopWorkers();
  const unanswered = { name: 'WorkerUnavailable', message: expect.stringContaining('No worker answered for release 1 of shop-2') };
  const votes = Array.from({ length: 12 }, (_, index) => shop.vote(1, 'approve', `p${index}`));
  const answers = await Promise.allSettled([shop.status(1), shop.cancel(1), ...votes]);
  const refused = (reason: object) => ({ status: 'rejected', reason });
  expect(answers.slice(0, 5)).toMatchObject(Array.from({ length: 5 }, () => refused(unanswered)));
  expect(answers.slice(5)).toMatchObject(Array.from({ length: 9 }, () => refused({ name: 'WorkflowBusy' })));
  // What was not answered ends when a worker is back, and so gives its place up.
  await lab.restartWorkers();
  expect((await shop.ended(1)).state).toBe('cancelled');
  await expect(shop.vote(1, 'approve', 'p12')).rejects.toMatchObject({ name: 'NotFound' });
});
