import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import { environmentWorkflowId } from '../../domain/workflow-ids.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  // Every deployment makes a history long enough, so that an environment changes over whenever it is idle.
  lab = await WorkflowLab.start('dev', {}, { serverArguments: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=20'] });
});
afterAll(() => lab.stop());
beforeEach(async () => {
  shop = lab.application(PRODUCTION_ALONE);
  await shop.serves(1);
  await shop.promoted(2);
});

const runOf = async (): Promise<string> =>
  (await lab.env.client.workflow.getHandle(environmentWorkflowId(shop.name, 'production')).describe()).runId;

const anotherRunThan = (run: string): Promise<string> => until(runOf, (now) => now !== run);

const idleOn = (release: number): Promise<EnvironmentStatus> =>
  until(
    () => shop.environment(),
    ({ current, running, queue }) => current?.release.number === release && running === null && queue.length === 0,
  );

/** Rolled back, with a record that the ledger has not taken: the environment would change over, and waits for that alone. */
async function onTheVergeOfANewRun(to: number): Promise<{ readonly run: string; goOn(): void }> {
  const down = barrier();
  shop.world.held.set('appendEntry', down.closed);
  await shop.rollback(to);
  await idleOn(to);
  return { run: await runOf(), goOn: () => down.open() };
}

const requested = () => shop.world.ledger.filter((entry) => entry.action === 'rollback-requested').length;
const switchesTo = (release: number) => shop.world.asked.filter((line) => line === `switchHost production-1 release ${release}`).length;

describe('a rollback that comes while an environment is about to begin a new run', () => {
  it('goes first, and once', async () => {
    const { run, goOn } = await onTheVergeOfANewRun(1);
    expect(await shop.rollback(2)).toMatchObject({ from: 1, to: 2 });
    expect((await idleOn(2)).generation).toBe(4);
    expect(await runOf()).toBe(run);
    goOn();
    await anotherRunThan(run);
    expect(await shop.environment()).toMatchObject({ generation: 4, current: { release: { number: 2 } }, running: null, queue: [] });
    expect([switchesTo(1), switchesTo(2), requested()]).toEqual([1, 2, 2]);
  });

  it('is neither lost nor done twice, whichever of the two is quicker', async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = await shop.environment();
      const from = before.current?.release.number === 1 ? 1 : 2;
      const { run, goOn } = await onTheVergeOfANewRun(3 - from);
      const [answer] = await Promise.all([shop.rollback(from), goOn()]);
      expect(answer).toMatchObject({ from: 3 - from, to: from });
      expect((await idleOn(from)).generation).toBe(before.generation + 2);
      await anotherRunThan(run);
      expect((await shop.environment()).generation).toBe(before.generation + 2);
    }
    await until(
      async () => requested(),
      (count) => count >= 6,
    );
    expect(requested()).toBe(6);
  });

  it('is not done again when its caller asks once more, as the answer was lost', async () => {
    const wish = { person: 'rita', reason: 'customers complain' };
    const ask = (requestId: string) => lab.engine.rollback(shop.name, 'production', wish, requestId);
    await shop.promoted(3);
    const run = await runOf();
    const answer = await ask('the one request');
    expect(answer).toMatchObject({ from: 3, to: 2 });
    await idleOn(2);
    await anotherRunThan(run);

    expect(await ask('the one request')).toEqual(answer);
    expect((await idleOn(2)).generation).toBe(4);
    expect(requested()).toBe(1);
    expect(await ask('another request')).toMatchObject({ from: 2, to: 1 });
  });
});
