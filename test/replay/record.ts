import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WorkflowLab } from '../support/workflow-lab.ts';
import { recordHistory } from './recorded-history.ts';
import { SCENARIOS } from './scenarios.ts';

// No test: `npm run record-histories` runs this file, and it writes the histories of the version that package.json names.

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

it.each(Object.entries(SCENARIOS))('records %s', async (name, play) => {
  const workflowId = await play(lab.application());
  expect(await recordHistory(lab.env.client.workflow, workflowId, name)).toContain(name);
});
