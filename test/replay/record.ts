import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WorkflowLab } from '../support/workflow-lab.ts';
import { recordHistory } from './recorded-history.ts';
import { SCENARIOS } from './scenarios.ts';

// No test: `npm run record-histories` runs this file, and it writes the histories of the version that package.json names.

/** Stories of more than one run, on a server that finds a history long soon. */
const OF_SEVERAL_RUNS: readonly string[] = ['release-waited-long'];
const SHORT = { serverArguments: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'] };

let lab: WorkflowLab;
let impatient: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
  impatient = await WorkflowLab.start('dev', {}, SHORT);
});
afterAll(async () => {
  await lab.stop();
  await impatient.stop();
});

it.each(Object.entries(SCENARIOS))('records %s', async (name, play) => {
  const own = OF_SEVERAL_RUNS.includes(name) ? impatient : lab;
  const workflowId = await play(own.application());
  expect(await recordHistory(own.env.client.workflow, workflowId, name)).toContain(name);
});
