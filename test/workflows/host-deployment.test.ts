import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;
let requests = 0;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
});

function bring(host: string, planHash?: string) {
  requests += 1;
  const request = { host, person: 'rita', reason: 'new machine', ...(planHash !== undefined && { planHash }) };
  return lab.engine.bringHost(shop.name, 'production', request, `host-${requests}`);
}

const ended = (requestId: string) =>
  until(
    () => shop.environment(),
    ({ last }) => last?.requestId === requestId,
  );

describe('a host that was rebuilt from nothing', () => {
  it('is planned and brought to what its environment runs, and no other host is touched', async () => {
    await shop.serves(1);
    delete shop.world.serving['production-2'];
    const preview = await lab.engine.planHost(shop.name, 'production', 'production-2');
    expect(preview).toMatchObject({ kind: 'planned', release: 1, plan: { effects: [{ component: 'web', action: 'create' }] } });
    const before = shop.world.askedOfHosts().length;
    const { requestId, release } = await bring('production-2', preview.kind === 'planned' ? preview.plan.hash : undefined);
    const environment = await ended(requestId);
    expect(release).toBe(1);
    expect(environment).toMatchObject({ last: { kind: 'host', outcome: { kind: 'succeeded' } }, generation: 2 });
    expect(shop.world.serving['production-2']).toMatchObject({ release: 1, generation: 2 });
    expect(shop.world.askedOfHosts().slice(before)).toEqual(['prepareHost production-2 release 1', 'switchHost production-2 release 1']);
    expect(shop.world.ledger.filter(({ reason }) => reason.includes('new machine'))).toMatchObject([
      { action: 'deployment-started', actor: 'rita', release: 1 },
    ]);
  });

  it('takes part in what comes afterwards: the next release, and the way back from it', async () => {
    await shop.serves(1);
    delete shop.world.serving['production-2'];
    await ended((await bring('production-2')).requestId);
    await shop.promoted(2);
    expect(shop.world.serving['production-2']).toMatchObject({ release: 2, generation: 3 });
    await shop.rollback(1);
    await until(
      () => shop.environment(),
      ({ current }) => current?.release.number === 1,
    );
    expect(shop.world.serving['production-2']).toMatchObject({ release: 1 });
  });

  it('stays as empty as it was when it fails, and the environment as it is', async () => {
    await shop.serves(1);
    delete shop.world.serving['production-2'];
    shop.world.failing.set('switchHost production-2', terminal('no space'));
    const { last, current, generation } = await ended((await bring('production-2')).requestId);
    expect(last?.outcome).toMatchObject({ kind: 'rolled-back', reason: expect.stringContaining('no space') });
    expect([current?.release.number, current?.generation, generation]).toEqual([1, 1, 2]);
    expect(shop.world.serving['production-2']).toBeUndefined();
    expect(shop.world.serving['production-1']).toMatchObject({ release: 1, generation: 1 });
  });

  it('waits for the deployment that is at work, where everybody can see it, and then gets what that left', async () => {
    await shop.serves(1);
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(2);
    await shop.reached(2, 'production', 'running');
    await until(
      () => shop.environment(),
      ({ running }) => running?.release === 2,
      60_000,
    );
    const { requestId, behind } = await bring('production-2');
    expect(behind).toEqual([2]);
    expect((await shop.environment()).queue).toMatchObject([{ requestId, release: 1, requestedBy: 'rita' }]);
    await expect(bring('production-2')).rejects.toThrow('production-2 is waiting');
    slow.open();
    expect((await ended(requestId)).last).toMatchObject({ release: 2, outcome: { kind: 'succeeded' } });
  });

  it.each(['appendEntry', 'sealLedger'])(
    'holds up no rollback while it waits for the ledger (%s), and is left as it was',
    async (asked) => {
      await shop.serves(1);
      await shop.promoted(2);
      delete shop.world.serving['production-2'];
      const away = barrier();
      shop.world.held.set(asked, away.closed);
      await bring('production-2');
      await until(
        async () => shop.world.asked,
        (all) => all.lastIndexOf(asked) > all.lastIndexOf('planSite'),
      );
      expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
      const back = await until(
        () => shop.environment(),
        ({ current, running }) => running === null && current?.release.number === 1,
      );
      expect([back.queue, back.last]).toMatchObject([[], { kind: 'rollback', outcome: { kind: 'succeeded' } }]);
      away.open();
      const done = (action: string) =>
        shop.world.ledger.filter((entry) => entry.action === action).map(({ release, reason }) => [release, reason]);
      await until(
        async () => done('deployment-succeeded'),
        (ends) => ends.some(([release]) => release === 1),
      );
      expect(done('deployment-failed')).toEqual([[2, 'rita rolled back: customers complain']]);
      expect(
        shop.world
          .askedOfHosts()
          .filter((line) => line.includes('production-2'))
          .at(-1),
      ).toBe('switchHost production-2 release 1');
    },
  );

  it('is left alone when its plan is no longer the one that was seen', async () => {
    await shop.serves(1);
    delete shop.world.serving['production-2'];
    const { last } = await ended((await bring('production-2', 'another plan')).requestId);
    expect(last?.outcome).toMatchObject({ kind: 'plan-changed' });
    expect(shop.world.serving['production-2']).toBeUndefined();
  });

  it('is refused where nothing was ever found good, or no such host is', async () => {
    expect(await lab.engine.planHost(shop.name, 'production', 'production-2')).toEqual({ kind: 'nothing-runs' });
    await shop.serves(1);
    expect(await lab.engine.planHost(shop.name, 'production', 'elsewhere')).toMatchObject({
      kind: 'unknown-host',
      hosts: ['production-1', 'production-2'],
    });
    expect((await ended((await bring('elsewhere')).requestId)).last?.outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('has no host elsewhere'),
    });
  });
});
