import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { standingChanged } from '../../workflows/messages.ts';
import { until } from '../support/temporal.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, recordOf } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  // Some looks at a closed gate make a history long enough.
  lab = await WorkflowLab.start('dev', {}, { serverArguments: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'] });
});
afterAll(() => lab.stop());

const APPROVAL = { approvers: ['rita', 'ron', 'ros', 'sam'], count: 3, excludeInitiator: true, deadlineMs: 7 * 24 * 3_600_000 };

beforeEach(async () => {
  shop = lab.application(PRODUCTION_ALONE);
  const production = {
    ...shop.world.policy('production'),
    ...{ approval: APPROVAL, protection: { promotion: 'manual' as const }, queue: { kind: 'supersede' as const, supersedeVoted: false } },
  };
  shop.world.policies = { ...shop.world.policies, production };
  await shop.start(1);
  await shop.reached(1, 'production', 'waiting');
});

const handle = (release = 1) => lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, release));
const runOf = async (release = 1) => (await handle(release).describe()).runId;
const reads = () => shop.world.asked.filter((line) => line === 'readGateFacts production').length;

/** Looks until the release goes on in another run. */
async function anotherRun(release = 1): Promise<string> {
  const before = await runOf(release);
  return until(
    async () => {
      const seen = reads();
      await handle(release).signal(standingChanged);
      await until(
        async () => reads(),
        (now) => now > seen,
      );
      return runOf(release);
    },
    (now) => now !== before,
  );
}

function vote(person: string, decision: 'approve' | 'withdraw', key: string) {
  return lab.engine.vote(shop.name, 1, { stage: 'production', person, decision, comment: key }, key);
}

const waiting = async () => {
  const state = stageOf(await shop.status(1), 'production');
  if (state?.kind !== 'waiting') throw new Error(`It does not wait: ${JSON.stringify(state)}`);
  return state;
};
const promotion = (person: string) => ({ stage: 'production', person, reason: 'now' });
const record = () => recordOf(1, { application: shop.name });
const count = (action: string) => shop.world.ledger.filter((entry) => entry.action === action).length;

describe('a release that waits so long that its history is long', () => {
  it('waits on in another run with its votes, promoters, deadline and place, and takes no request twice', async () => {
    await vote('rita', 'approve', 'yes of rita');
    await vote('ron', 'approve', 'yes of ron');
    await vote('ron', 'withdraw', 'no of ron');
    await lab.engine.promote(record(), promotion('sam'), 'wish of sam');
    const before = await until(waiting, ({ gates }) => gates[0]?.open === true);
    const [place] = (await shop.environment()).atGates ?? [];
    const told = shop.world.statuses.length;
    const runs = [await runOf(), await anotherRun(), await anotherRun()];
    expect(new Set(runs).size).toBe(3);
    expect(await waiting()).toEqual(before);
    expect(before.gates).toMatchObject([{ kind: 'promotion', open: true }, { reason: 'Waiting for 2 of 3 approvals' }]);
    expect((await shop.environment()).atGates).toEqual([place]);
    // Nothing was told anew, and nothing planned anew.
    expect([shop.world.statuses.length, shop.world.asked.filter((line) => line === 'planSite').length]).toEqual([told, 1]);
    // Lists come to know of another run a little later.
    const { releases } = await until(
      () => lab.engine.listReleases({ application: shop.name, limit: 10 }),
      ({ releases: [first] }) => first?.state === 'waiting' && first.stage === 'production',
    );
    expect(releases).toMatchObject([{ number: 1, state: 'waiting', stage: 'production', commit: '1'.repeat(40) }]);

    // Answers were lost: the same requests come again, late.
    await vote('rita', 'approve', 'yes of rita');
    await vote('ron', 'approve', 'yes of ron');
    await lab.engine.promote(record(), promotion('sam'), 'wish of sam');
    expect(await waiting()).toEqual(before);
    expect([count('vote'), count('promotion-requested')]).toEqual([3, 1]);
    await expect(vote('sam', 'approve', 'yes of sam')).rejects.toThrow('sam');

    await vote('ron', 'approve', 'second yes of ron');
    await vote('ros', 'approve', 'yes of ros');
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(shop.world.askedOfHosts().filter((line) => line.startsWith('switchHost production-1'))).toHaveLength(1);
    for (const runId of [...runs, await runOf()]) {
      const history = await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1), runId).fetchHistory();
      const replayed = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, releaseWorkflowId(shop.name, 1));
      await expect(replayed).resolves.toBeUndefined();
    }
  });

  it('loses and doubles no vote that comes while it goes on in another run', async () => {
    const runs = new Set([await runOf()]);
    const people = ['rita', 'ron'] as const;
    for (let round = 0; round < 6; round += 1) {
      const decision = round % 2 === 0 ? 'approve' : 'withdraw';
      // Signals make it look, and so go on; votes come in between.
      const looks = Array.from({ length: 4 }, () => handle().signal(standingChanged));
      await Promise.all([...looks, ...people.map((person) => vote(person, decision, `${round} of ${person}`))]);
      runs.add(await runOf());
    }
    // Votes came in more than one run.
    expect(runs.size).toBeGreaterThan(1);
    await anotherRun();
    expect(count('vote')).toBe(12);
    expect((await waiting()).gates).toMatchObject([{ kind: 'promotion' }, { reason: 'Waiting for 3 of 3 approvals' }]);
    await shop.cancel(1);
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({ kind: 'cancelled', by: 'dev' });
    expect((await shop.environment()).atGates).toEqual([]);
  });

  it('asks no external check a second time, and takes the answer to what an earlier run asked', async () => {
    const checked = { ...shop.world.policy('production'), protection: { checks: [{ name: 'itsm', deadlineMs: 3_600_000 }] } };
    shop.world.policies = { ...shop.world.policies, production: checked };
    await shop.cancel(1);
    await shop.start(2);
    await shop.reached(2, 'production', 'waiting');
    await until(
      async () => shop.world.questions.length,
      (asked) => asked === 1,
    );
    await anotherRun(2);
    const [question] = shop.world.questions;
    const answer = { stage: 'production', check: 'itsm', question: question?.id ?? '', verdict: 'yes', reason: 'CHG-7' } as const;
    expect(await lab.engine.answerCheck(shop.name, 2, answer, 'first')).toEqual({ verdict: 'yes', reason: 'CHG-7' });
    await anotherRun(2);
    expect(await lab.engine.answerCheck(shop.name, 2, answer, 'again')).toEqual({ verdict: 'yes', reason: 'CHG-7' });
    const state = stageOf(await shop.status(2), 'production');
    expect(state).toMatchObject({ gates: [{ kind: 'approval' }, { kind: 'check', open: true, reason: 'itsm said yes: CHG-7' }] });
    expect([shop.world.questions.length, count('check-answered')]).toEqual([1, 1]);
    await shop.cancel(2);
    await shop.ended(2);
  });

  it('counts the requests of a figure on, so that a long one comes to its end', async () => {
    const source = { kind: 'router', environment: 'production', figure: 'requests', overMs: 3_600_000, minRequests: 1 } as const;
    const protection = { metrics: [{ name: 'traffic', source, atLeast: 1, freshMs: 300_000 }] };
    const { approval: _, ...policy } = shop.world.policy('production');
    shop.world.policies = { ...shop.world.policies, production: { ...policy, protection } };
    const servers = { a: { requests: 5, refused: 0, failed: 0, averageMs: 0 } };
    shop.world.counted = (host) => ({ host, components: [{ component: 'web', since: '1', servers }] });
    await shop.cancel(1);
    await shop.start(2);
    await shop.reached(2, 'production', 'waiting');
    const gate = async () => {
      const state = stageOf(await shop.status(2), 'production');
      return state?.kind === 'waiting' ? state.gates.find(({ kind }) => kind === 'metric') : undefined;
    };
    const before = await gate();
    expect(before).toMatchObject({ open: false, changesAt: expect.any(String) });
    await anotherRun(2);
    await anotherRun(2);
    expect(await gate()).toEqual(before);
    await shop.cancel(2);
    await shop.ended(2);
  });

  it('still gives way to a newer release, from the place that it had', async () => {
    await anotherRun();
    await shop.start(2);
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({ kind: 'superseded', by: 2 });
    expect((await shop.environment()).atGates).toMatchObject([{ release: 2 }]);
    await shop.cancel(2);
    await shop.ended(2);
  });
});

describe('a release that is promoted again after it ended', () => {
  it('knows who took it on by hand before', async () => {
    await lab.engine.promote(record(), promotion('sam'), 'first wish');
    await vote('rita', 'approve', 'rita');
    await shop.cancel(1);
    await shop.ended(1);
    await lab.engine.promote(record(), promotion('ana'), 'second wish');
    await shop.reached(1, 'production', 'waiting');
    await expect(vote('sam', 'approve', 'yes of sam')).rejects.toThrow('sam');
    for (const person of ['rita', 'ron', 'ros']) await vote(person, 'approve', `late ${person}`);
    expect((await shop.ended(1)).state).toBe('promoted');
  });
});
