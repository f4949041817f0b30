import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Freeze, type Hold, NOTHING_STANDS } from '../../domain/standing.ts';
import { environmentWorkflowId } from '../../domain/workflow-ids.ts';

import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';

const DECIDED = { reason: 'the sale', by: 'olga', at: '2026-01-01T00:00:00.000Z' };
const FREEZE: Freeze = {
  kind: 'freeze',
  id: 'freeze-1',
  scope: {},
  owner: 'sales',
  from: DECIDED.at,
  until: '2099-01-01T00:00:00.000Z',
  ...DECIDED,
};

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application();
});

/** Nobody has to say yes, so that what waits waits for what is tested. */
function withoutApproval(queue?: 'supersede' | 'train'): void {
  const { approval: _, ...policy } = shop.world.policy('production');
  const policies = { supersede: { kind: 'supersede', supersedeVoted: false }, train: { kind: 'train', leaves: [] } } as const;
  shop.world.policies = { ...shop.world.policies, production: { ...policy, ...(queue !== undefined && { queue: policies[queue] }) } };
}

/** As the server does after a freeze, block or hold began or ended. */
async function told(): Promise<void> {
  await lab.engine.tellStandingChanged({ application: shop.name });
}

/** The environment was looked at, and something in it is held back. */
const held = (environment = 'production') =>
  until(
    () => lab.engine.environmentStatus(shop.name, environment),
    (status) => status.queue.some((waiting) => waiting.held !== undefined),
  );

const serves = (release: number) =>
  until(
    () => shop.environment(),
    (status) => status.current?.release.number === release && status.running === null,
  );

/** The first release serves, the second is being deployed, and the third waits behind it. */
async function threeInARow(): Promise<ReturnType<typeof barrier>> {
  withoutApproval();
  await shop.start(1);
  await shop.ended(1);
  const slow = barrier();
  shop.world.held.set('switchHost production-1', slow.closed);
  await shop.start(2);
  await shop.reached(2, 'production', 'running');
  await until(
    () => shop.environment(),
    ({ running }) => running?.release === 2,
  );
  return slow;
}

describe('a freeze that began while a release waited in the queue', () => {
  it('keeps it there, says why, and lets it go as soon as it is lifted', async () => {
    const slow = await threeInARow();
    await shop.start(3);
    await until(
      () => shop.environment(),
      ({ queue }) => queue.length === 1,
    );
    shop.world.standing = { ...NOTHING_STANDS, freezes: [FREEZE] };
    slow.open();
    const { queue, running } = await held();
    expect(running).toBeNull();
    expect(queue).toMatchObject([
      { release: 3, held: [{ kind: 'freeze', reason: expect.stringContaining('olga has frozen everything'), until: FREEZE.until }] },
    ]);
    await until(
      () => shop.status(3),
      (status) => {
        const state = stageOf(status, 'production');
        return state?.kind === 'queued' && (state.held ?? '').includes('the sale');
      },
    );
    expect(shop.world.asked).not.toContain('prepareHost production-1 release 3');
    // What has begun goes to its end: the freeze came too late for it.
    expect((await shop.ended(2)).state).toBe('promoted');
    shop.world.standing = NOTHING_STANDS;
    await told();
    expect((await shop.ended(3)).state).toBe('promoted');
  });
});

describe('a rollback', () => {
  const hold: Hold = { kind: 'hold', id: 'hold-1', application: 'any', environment: 'production', release: 2, ...DECIDED };

  it('happens under a freeze, a block and a hold, and though the ledger cannot be read, while what waits stays', async () => {
    withoutApproval();
    for (const number of [1, 2]) {
      await shop.start(number);
      await shop.ended(number);
    }
    const block = { kind: 'block', id: 'block-1', application: shop.name, release: 3, ...DECIDED } as const;
    shop.world.standing = { freezes: [FREEZE], blocks: [block], holds: [{ ...hold, application: shop.name }], breakGlass: [] };
    // Its gates do not know of it here: what is shown is the environment's own last look.
    await lab.env.client.workflow.getHandle(environmentWorkflowId(shop.name, 'production')).describe();
    expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
    await serves(1);
    const silent = barrier();
    shop.world.held.set('readStanding production', silent.closed);
    expect(await shop.rollback(2)).toMatchObject({ from: 1, to: 2 });
    await serves(2);
    silent.open();
  });
});

describe('superseding', () => {
  it('gives the place of a release that nobody voted on to a newer one at the same gate, and says so everywhere', async () => {
    shop.world.policies = {
      ...shop.world.policies,
      production: { ...shop.world.policy('production'), queue: { kind: 'supersede', supersedeVoted: false } },
    };
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await shop.start(2);
    const first = await shop.ended(1);
    expect(stageOf(first, 'production')).toMatchObject({ kind: 'superseded', by: 2, reason: 'release 2 took its place in production' });
    expect(first.state).toBe('superseded');
    expect(shop.world.ledger).toContainEqual(
      expect.objectContaining({
        action: 'stage-superseded',
        release: 1,
        stage: 'production',
        reason: 'release 2 took its place in production',
      }),
    );
    expect(shop.world.statuses).toContainEqual(
      expect.objectContaining({
        commit: '1'.repeat(40),
        state: 'error',
        description: 'Superseded: release 2 took its place in production',
      }),
    );
    await expect(shop.vote(1, 'approve')).rejects.toThrow();
    await shop.reached(2, 'production', 'waiting');
    expect((await shop.environment()).atGates).toMatchObject([{ release: 2 }]);
    await shop.vote(2, 'approve');
    expect((await shop.ended(2)).state).toBe('promoted');
    expect((await shop.environment()).atGates).toEqual([]);
  });

  it('leaves one alone that somebody has voted on', async () => {
    const two = { approvers: ['rita', 'ron'], count: 2, excludeInitiator: true, deadlineMs: 3_600_000 };
    shop.world.policies = {
      ...shop.world.policies,
      production: { ...shop.world.policy('production'), approval: two, queue: { kind: 'supersede', supersedeVoted: false } },
    };
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve');
    await shop.start(2);
    await shop.reached(2, 'production', 'waiting');
    await shop.vote(1, 'approve', 'ron');
    expect((await shop.ended(1)).state).toBe('promoted');
    await shop.reached(2, 'production', 'waiting');
    await shop.cancel(2);
    await shop.ended(2);
    expect((await shop.environment()).atGates).toEqual([]);
  });
});

describe('a train', () => {
  it('takes the newest of those that gathered while another was deployed, and tells the rest', async () => {
    withoutApproval('train');
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.start(1);
    await until(
      () => shop.environment(),
      ({ running }) => running?.release === 1,
    );
    for (const number of [2, 3]) await shop.start(number);
    await until(
      () => shop.environment(),
      ({ queue }) => queue.length === 2,
    );
    slow.open();
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({ kind: 'superseded', by: 3 });
    expect((await shop.ended(1)).state).toBe('promoted');
    // The plan that it boarded with has changed meanwhile: it is planned anew, and leaves again.
    expect((await shop.ended(3)).state).toBe('promoted');
    expect(shop.world.asked.filter((line) => line.startsWith('switchHost production') && line.endsWith('release 2'))).toEqual([]);
    await serves(3);
  });
});
