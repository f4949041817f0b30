import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowLab } from '../support/workflow-lab.ts';
import { component, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

const planOf = (name: string, stage = 'production') => lab.engine.plan(name, 1, stage);

describe('the plan of a stage', () => {
  it('is the one that waits for a yes, and looking at it changes nothing', async () => {
    const shop = lab.application();
    await shop.start(1);
    const { stages } = await shop.reached(1, 'production', 'waiting');
    const waiting = stages.find(({ name }) => name === 'production')?.state;
    const before = await shop.status(1);
    const [asked, ledger] = [shop.world.askedOfHosts(), [...shop.world.ledger]];
    const answer = await planOf(shop.name);
    expect(answer).toMatchObject({ kind: 'planned', environment: 'production' });
    expect(answer).toHaveProperty('plan', waiting?.kind === 'waiting' ? waiting.plan : undefined);
    expect(shop.world.askedOfHosts()).toEqual(asked);
    expect(shop.world.ledger).toEqual(ledger);
    expect(await shop.status(1)).toEqual(before);
  });

  it('is not there before the images are, and says whose are missing', async () => {
    const shop = lab.application();
    let open: () => void = () => undefined;
    shop.world.held.set(
      'buildComponent web',
      new Promise<void>((resolve) => {
        open = resolve;
      }),
    );
    await shop.start(1);
    await shop.reached(1, 'build', 'running');
    expect(await planOf(shop.name)).toEqual({ kind: 'unbuilt', stage: 'production', environment: 'production', components: ['web'] });
    open();
    await shop.reached(1, 'production', 'waiting');
  });

  it('of what deploys nothing names the stages that do', async () => {
    const shop = lab.application();
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    expect(await planOf(shop.name, 'build')).toEqual({ kind: 'unknown-stage', stage: 'build', stages: ['staging', 'production'] });
  });

  it('says what did not answer', async () => {
    const shop = lab.application();
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    shop.world.failing.set('planSite', terminal('host production-2 is down'));
    expect(await planOf(shop.name)).toEqual({ kind: 'failed', stage: 'production', reason: 'host production-2 is down' });
  });

  it('is refused where a component would run on no host of its environment, and so is the deployment', async () => {
    const shop = lab.application();
    shop.world.pipeline = { ...shop.world.pipeline, components: [component('web'), { ...component('cron'), hosts: { role: 'jobs' } }] };
    await shop.start(1);
    const failed = await shop.reached(1, 'staging', 'failed');
    const reason = 'No host of staging has role=jobs, so that component cron would run nowhere there';
    expect(failed.stages.find(({ name }) => name === 'staging')?.state).toMatchObject({ reason: expect.stringContaining(reason) });
    expect(await planOf(shop.name, 'staging')).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) });
    expect(shop.world.askedOfHosts()).toEqual([]);
  });
});
