import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import type { Stage } from '../../domain/pipeline.ts';
import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { until } from '../support/temporal.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { RITA } from '../support/world/example.ts';

const WIDE = 4;
const ROUNDS = 3;

/** Many stages side by side: their ends, records and statuses meet in every order. */
function wideStages(): Stage[] {
  const test = (index: number): Stage => ({
    kind: 'test',
    name: `test-${index}`,
    needs: ['build'],
    run: { component: 'web', command: ['test'], environment: {} },
    companions: [],
    timeoutMs: 60_000,
  });
  const deploy = (name: string, environment: string, needs: readonly string[]): Stage => ({
    kind: 'deploy',
    name,
    needs,
    environment,
    strategy: { kind: 'rolling', batch: 1 },
  });
  const tests = Array.from({ length: WIDE }, (_, index) => test(index));
  return [
    { kind: 'build', name: 'build', needs: [] },
    ...tests,
    deploy('staging', 'staging', ['build']),
    deploy('production', 'production', ['build']),
  ];
}

let lab: WorkflowLab;

beforeAll(async () => {
  // Nothing is remembered from task to task: each one replays the whole history, as after the death of a worker.
  lab = await WorkflowLab.start('dev', { maxCachedWorkflows: 0 });
});
afterAll(() => lab.stop());

async function story(): Promise<Shop> {
  const shop = lab.application();
  shop.world.pipeline = { ...shop.world.pipeline, stages: wideStages() };
  shop.world.policies.production = { ...shop.world.policy('production'), approval: { ...RITA, count: 2 } };
  await shop.start(1);
  await shop.reached(1, 'production', 'waiting');
  // Under one id each, so that one whose answer takes too long is asked for again and counts once.
  const approve = (person: string) =>
    until(
      () => lab.engine.vote(shop.name, 1, { stage: 'production', decision: 'approve', person, comment: '' }, `vote-${person}`),
      () => true,
    );
  await Promise.all([approve('rita'), approve('ron')]);
  expect((await shop.ended(1)).state).toBe('promoted');
  return shop;
}

describe('a release with many stages side by side', () => {
  it('takes the same steps whenever its history is read again', async () => {
    const shops = await Promise.all(Array.from({ length: ROUNDS }, story));
    for (const shop of shops) {
      const ids = [
        releaseWorkflowId(shop.name, 1),
        ...['staging', 'production'].flatMap((name) => [environmentWorkflowId(shop.name, name), deploymentWorkflowId(shop.name, name, 1)]),
      ];
      for (const id of ids) {
        const history = await lab.env.client.workflow.getHandle(id).fetchHistory();
        const failed = history.events?.filter((event) => event.workflowTaskFailedEventAttributes);
        expect(failed).toEqual([]);
        await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
      }
    }
  });
});
