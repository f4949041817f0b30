import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { until } from '../support/temporal.ts';
import { stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('time-skipping');
});
afterAll(() => lab.stop());

it('the way back of the others waits for a while alone for a skipped host that cannot be put back', async () => {
  const shop = lab.application(PRODUCTION_ALONE);
  const { world } = shop;
  const hosts = [1, 2, 3].map((number) => ({ name: `production-${number}`, site: 'default' }));
  world.policies = { ...world.policies, production: { ...world.policy('production'), hosts } };
  const strategy = { kind: 'rolling', batch: 3, stopAfterFailures: 2 } as const;
  const stages = PRODUCTION_ALONE.map((stage) => (stage.kind === 'deploy' ? { ...stage, strategy } : stage));
  world.pipeline = { ...world.pipeline, stages };
  await shop.serves(1);

  // The first host dies: its step fails, and it does not answer whoever would put it back.
  world.failing.set('switchHost production-1 release 2', terminal('no route to production-1'));
  world.failing.set('restoreHost production-1 release 2', () =>
    ApplicationFailure.retryable('no route to production-1', 'HostUnreachable'),
  );
  // The second one fails for good as soon as the first is being put back, so that all go back.
  const restores = (host: number) => world.asked.filter((line) => line === `restoreHost production-${host} release 2`).length;
  world.failing.set('switchHost production-2 release 2', () =>
    restores(1) > 2 ? terminal('web answered 503')() : ApplicationFailure.retryable('not yet', 'HostUnreachable'),
  );
  await shop.approved(2);
  // Who waits for a result lets time pass.
  const ended = shop.ended(2);
  await until(
    async () => [2, 3].map((number) => world.serving[`production-${number}`]?.release),
    (releases) => restores(2) > 0 && releases.every((release) => release === 1),
  );
  const triedUntilThen = restores(1);
  expect(triedUntilThen).toBeGreaterThanOrEqual(8);
  expect((await shop.environment()).running).not.toBeNull();

  // It is tried again for as long as it takes, and is back in the end.
  world.failing.delete('restoreHost production-1 release 2');
  expect(stageOf(await ended, 'production')).toMatchObject({
    kind: 'rolled-back',
    reason: 'web answered 503',
    hosts: [{ outcome: 'restored' }, { outcome: 'restored' }, { outcome: 'restored' }],
  });
  expect(world.serving['production-1']?.release).toBe(1);
}, 120_000);
