import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type BreakGlass, type Freeze, NOTHING_STANDS } from '../../domain/standing.ts';
import { environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { until } from '../support/temporal.ts';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, PRODUCTION_ALONE } from '../support/world/example.ts';

let lab: WorkflowLab;

// The server that skips time can lose a step of a workflow (ACTIVITY_UNKNOWN), and stands still from then on, as no real one does: once more with a new one.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

beforeEach(async () => {
  lab = await WorkflowLab.start('time-skipping');
});
afterEach(() => lab.stop());

it('lets production expire when nobody approves for seven days, and touches nothing there', async () => {
  const shop = lab.application();
  await shop.start(1);
  const status = await shop.ended(1);
  const production = stageOf(status, 'production');
  expect(production).toMatchObject({ kind: 'expired', reason: 'Nobody opened the approval gate before its deadline' });
  expect(status.state).toBe('expired');
  const { startTime } = await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).describe();
  const waited = production?.kind === 'expired' ? Date.parse(production.at) - startTime.getTime() : 0;
  expect(waited).toBeGreaterThanOrEqual(7 * 24 * 3_600_000);
  expect(Object.keys(shop.world.serving)).toEqual(['staging-1']);
  expect(shop.world.statuses.at(-1)).toMatchObject({ context: 'tidegate/production', state: 'error' });
});

/** The server that skips time loses the step of a workflow that cancels what has ended just now: a rollback is not to meet that. */
async function atRest({ name }: Shop): Promise<void> {
  const environment = lab.env.client.workflow.getHandle(environmentWorkflowId(name, 'production'));
  await until(
    async () => (await environment.describe()).raw.pendingActivities?.length ?? 0,
    (pending) => pending === 0,
  );
}

it('brings no release back whose images nobody can judge by rules that came after it, after some patience', async () => {
  const shop = lab.application(PRODUCTION_ALONE);
  const { approval: _, ...policy } = shop.world.policy('production');
  await shop.serves(1);
  shop.world.policies = { ...shop.world.policies, production: policy };
  await shop.start(2);
  expect((await shop.ended(2)).state).toBe('promoted');
  await atRest(shop);
  const demanded = { ...policy, protection: { trust: 'signed' }, trust: { signed: 'r1' }, policyRevision: 'policy-2' };
  shop.world.policies = { ...shop.world.policies, production: demanded };
  await shop.rollback();
  await lab.env.sleep('1m');
  const { current, last } = await until(
    () => shop.environment(),
    (environment) => environment.running === null && environment.last?.kind === 'rollback',
  );
  expect(last).toMatchObject({ release: 1, outcome: { kind: 'failed', reason: expect.stringContaining('nobody knows'), hosts: [] } });
  expect(current?.release.number).toBe(2);
  expect(shop.world.asked.filter((line) => line === 'readTrust signed')).toHaveLength(3);
  expect(shop.world.serving['production-1']).toMatchObject({ release: 2 });
});

it('closes a gate again when the glass that was broken for it expires before the release could go past', async () => {
  const shop = lab.application(PRODUCTION_ALONE);
  const now = await lab.env.currentTimeMs();
  const after = (hours: number) => new Date(now + hours * 3_600_000).toISOString();
  const decided = { reason: 'nobody can pay', by: 'olga', at: after(0) };
  const place = { application: shop.name, environment: 'production' };
  const freeze: Freeze = { kind: 'freeze', id: 'f', scope: {}, owner: 'sales', from: after(0), until: after(3), ...decided };
  const glass: BreakGlass = {
    ...{ kind: 'break-glass', id: 'g', ...place, release: 1, digests: [digestOf('web-1')], skips: ['approval'], incident: 'INC-7' },
    ...{ expiresAt: after(1), ratifyBy: after(24), consequence: 'freeze', ...decided },
  };
  shop.world.standing = { ...NOTHING_STANDS, freezes: [freeze], breakGlass: [glass] };
  const gates = async () => {
    const state = stageOf(await shop.status(1), 'production');
    return state?.kind === 'waiting' ? state.gates.map(({ kind, open }) => `${kind} ${open ? 'open' : 'closed'}`) : state?.kind;
  };
  await shop.start(1);
  await shop.reached(1, 'production', 'waiting');
  expect(await gates()).toEqual(['approval open', 'freeze closed']);
  await lab.env.sleep('2h');
  expect(await gates()).toEqual(['approval closed', 'freeze closed']);
  await lab.env.sleep('2h');
  // The freeze is over, and nothing of what the glass had opened is left.
  expect(await gates()).toEqual(['approval closed']);
  expect(shop.world.askedOfHosts()).toEqual([]);
  await shop.vote(1, 'approve');
  expect((await shop.ended(1)).state).toBe('promoted');
});
