import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stage } from '../../domain/pipeline.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { standingChanged, vote } from '../../workflows/messages.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { recordOf } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

const PRODUCTION: Stage = {
  kind: 'deploy',
  name: 'production',
  needs: [],
  environment: 'production',
  strategy: { kind: 'rolling', batch: 2 },
};

beforeEach(() => {
  shop = lab.application([PRODUCTION]);
});

const tell = () => lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).signal(standingChanged);
const gatesOf = (status: Awaited<ReturnType<Shop['status']>>) => {
  const state = stageOf(status, 'production');
  return state?.kind === 'waiting' ? state.gates : [];
};
const reads = () => shop.world.asked.filter((line) => line === 'readGateFacts production').length;

const freeze = () =>
  ({
    kind: 'freeze',
    id: 'f',
    reason: 'the sale',
    by: 'ana',
    at: '2026-01-01T00:00:00Z',
    scope: {},
    owner: 'sales',
    from: '2026-01-01T00:00:00Z',
    until: new Date(Date.now() + 3_600_000).toISOString(),
  }) as const;

describe('a release at the gates', () => {
  it('waits under a freeze after everybody approved, and goes on when it is told that it was lifted', async () => {
    shop.world.standing = { ...NOTHING_STANDS, freezes: [freeze()] };
    await shop.approved(1);
    expect(gatesOf(await shop.status(1))).toMatchObject([
      { kind: 'approval', open: true },
      { kind: 'freeze', open: false, openedBy: ['sales'] },
    ]);
    expect(shop.world.askedOfHosts()).toEqual([]);
    shop.world.standing = NOTHING_STANDS;
    await tell();
    expect((await shop.ended(1)).state).toBe('promoted');
  });

  it('does not open by what was read while a freeze began', async () => {
    const slow = barrier();
    const { approval: _, ...policy } = shop.world.policy('production');
    shop.world.policies = { ...shop.world.policies, production: policy };
    shop.world.held.set('readGateFacts production', slow.closed);
    await shop.start(1);
    await until(
      async () => reads(),
      (count) => count === 1,
    );
    shop.world.standing = { ...NOTHING_STANDS, freezes: [freeze()] };
    await tell();
    slow.open();
    await shop.reached(1, 'production', 'waiting');
    expect(gatesOf(await shop.status(1))).toMatchObject([{ kind: 'freeze', open: false }]);
    expect(shop.world.askedOfHosts()).toEqual([]);
    shop.world.standing = NOTHING_STANDS;
    await tell();
    expect((await shop.ended(1)).state).toBe('promoted');
  });

  it('takes a vote back until it opens, and writes each vote and withdrawal down once, however many come at once', async () => {
    const approvers = Array.from({ length: 10 }, (_, index) => `p${index}`);
    shop.world.policies = {
      ...shop.world.policies,
      production: { ...shop.world.policy('production'), approval: { approvers, count: 10, excludeInitiator: true, deadlineMs: 3_600_000 } },
    };
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    const handle = lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1));
    const all = (decision: 'approve' | 'withdraw', who: readonly string[], times = 1) =>
      Promise.allSettled(
        Array.from({ length: times }, () => who)
          .flat()
          .map((person, index) =>
            // Without the patience of a server: how fast this machine is decides nothing here.
            handle.executeUpdate(vote, {
              args: [{ stage: 'production', decision, person, comment: '' }],
              updateId: `${decision}-${person}-${index}`,
            }),
          ),
      );
    const ok = (answers: readonly PromiseSettledResult<unknown>[]) => answers.filter(({ status }) => status === 'fulfilled').length;
    expect(ok(await all('approve', approvers.slice(1), 2))).toBe(9);
    expect(ok(await all('withdraw', approvers.slice(5)))).toBe(5);
    expect(gatesOf(await shop.status(1))[0]?.reason).toBe('Waiting for 6 of 10 approvals');
    const before = reads();
    expect(ok(await all('approve', [...approvers.slice(5), 'p0']))).toBe(6);
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(shop.world.ledger.filter(({ action }) => action === 'vote')).toHaveLength(20);
    // Votes are judged by what was read; what it opens by is read once more.
    expect(reads() - before).toBeLessThanOrEqual(2);
  });

  it('waits for somebody to promote it where the environment takes no release by itself', async () => {
    const { approval: _, ...policy } = shop.world.policy('production');
    shop.world.policies = { ...shop.world.policies, production: { ...policy, protection: { promotion: 'manual' } } };
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    expect(gatesOf(await shop.status(1))).toMatchObject([{ kind: 'promotion', open: false }]);
    const record = shop.world.records.get(`${shop.name}/1`);
    if (record === undefined) throw new Error('The release was not registered');
    await lab.engine.promote(record, { stage: 'production', person: 'rita', reason: 'now' }, 'by-hand');
    expect((await shop.ended(1)).state).toBe('promoted');
  });

  it('stops before an environment without a gate where who brought it may take nothing, until somebody promotes it who may', async () => {
    const { approval: _, ...policy } = shop.world.policy('production');
    shop.world.policies = { ...shop.world.policies, production: policy };
    await shop.start(1, {}, ['staging']);
    await shop.reached(1, 'production', 'waiting');
    const reason = 'dev brought it this far, and not to production: somebody who may take a release there has to promote it';
    expect(gatesOf(await shop.status(1))).toMatchObject([{ kind: 'promotion', open: false, reason }]);
    expect(shop.world.askedOfHosts()).toEqual([]);
    await lab.engine.promote(recordOf(1, { application: shop.name }), { stage: 'production', person: 'rita', reason: 'now' }, 'by-who-may');
    expect((await shop.ended(1)).state).toBe('promoted');
    // Whoever may take it everywhere is asked for nothing.
    await shop.start(2);
    expect((await shop.ended(2)).state).toBe('promoted');
  });

  it('is explained before and after, and nothing is changed by that', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'reject');
    await shop.ended(1);
    const hosts = shop.world.askedOfHosts();
    expect(await lab.engine.explainGates(shop.name, 1)).toEqual({
      kind: 'explained',
      needs: { production: [] },
      gates: [{ stage: 'production', environment: 'production', gates: [expect.objectContaining({ kind: 'approval', open: false })] }],
    });
    expect(shop.world.askedOfHosts()).toEqual(hosts);
  });
});
