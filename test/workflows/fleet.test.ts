import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Strategy } from '../../domain/pipeline.ts';
import { deploymentWorkflowId } from '../../domain/workflow-ids.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

/** Events after which this server suggests a new run: a thousand hosts come to 4,096, and these few come to so many. */
const FEW = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'];
const HOSTS = 12;
const ROLLING: Strategy = { kind: 'rolling', batch: 3 };

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev', {}, { serverArguments: FEW });
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
});
afterEach(() => shop.world.letGo());

function productionOf(count: number, strategy: Strategy): void {
  const hosts = Array.from({ length: count }, (_, index) => ({ name: `production-${index + 1}`, site: 'default' }));
  const { production } = shop.world.policies;
  if (production === undefined) throw new Error('the world has a production');
  shop.world.policies = { ...shop.world.policies, production: { ...production, hosts } };
  const stages = PRODUCTION_ALONE.map((stage) => (stage.kind === 'deploy' ? { ...stage, strategy } : stage));
  shop.world.pipeline = { ...shop.world.pipeline, stages };
}

/** Hosts that an activity was asked about for a release, in order. */
const asked = (what: string, release: number): string[] =>
  shop.world.asked
    .filter((line) => line.startsWith(`${what} production`) && line.endsWith(`release ${release}`))
    .map((line) => line.split(' ')[1] ?? '');

/** Waits until lists show that the deployment of a generation began a new run. */
async function changedOver(generation: number): Promise<void> {
  await until(
    () => changeovers(generation),
    (changes) => changes > 0,
  );
}

async function changeovers(generation: number): Promise<number> {
  const id = deploymentWorkflowId(shop.name, 'production', generation);
  let changes = -1;
  for await (const _ of lab.env.client.workflow.list({ query: `WorkflowId = '${id}'` })) changes += 1;
  return changes;
}

/** Whether the deployment of the second generation, in the run that it is in now, was asked to stop. */
async function wasAskedToStop(): Promise<boolean> {
  const { events } = await lab.env.client.workflow.getHandle(deploymentWorkflowId(shop.name, 'production', 2)).fetchHistory();
  return (events ?? []).some((event) => Boolean(event.workflowExecutionCancelRequestedEventAttributes));
}

describe('a deployment whose history becomes long', () => {
  it('goes on in a new run with what it has done, and does nothing twice', async () => {
    productionOf(HOSTS, ROLLING);
    expect((await shop.promoted(1)).state).toBe('promoted');
    for (const activity of ['prepareHost', 'switchHost']) {
      expect(asked(activity, 1)).toHaveLength(HOSTS);
      expect(new Set(asked(activity, 1)).size).toBe(HOSTS);
    }
    await changedOver(1);
    const { last } = await shop.environment();
    expect(last?.outcome).toMatchObject({ kind: 'succeeded' });
    expect(last?.outcome.kind === 'succeeded' && last.outcome.hosts.map(({ outcome }) => outcome)).toEqual(Array(HOSTS).fill('switched'));
  });

  it('takes back what was done in runs before this one', async () => {
    productionOf(HOSTS, ROLLING);
    await shop.serves(1);
    shop.world.failing.set(`switchHost production-${HOSTS} release 2`, terminal('web answers 503'));
    expect((await shop.promoted(2)).state).not.toBe('promoted');
    await changedOver(2);
    expect(new Set(asked('restoreHost', 2))).toEqual(new Set(Array.from({ length: HOSTS }, (_, index) => `production-${index + 1}`)));
    for (let host = 1; host <= HOSTS; host += 1) expect(shop.world.serving[`production-${host}`]).toMatchObject({ release: 1 });
    expect((await shop.environment()).last?.outcome).toMatchObject({ kind: 'rolled-back' });
  });

  it('is stopped by whoever stops its release, in whatever run it is', async () => {
    productionOf(HOSTS, ROLLING);
    await shop.serves(1);
    const slow = barrier();
    shop.world.held.set(`switchHost production-${HOSTS}`, slow.closed);
    await shop.approved(2);
    await until(
      async () => asked('switchHost', 2),
      (hosts) => hosts.length === HOSTS - 1 || hosts.includes(`production-${HOSTS}`),
    );
    await changedOver(2);
    await shop.cancel(2);
    await until(wasAskedToStop, (asked) => asked);
    slow.open();
    // Hosts that it had touched go back.
    expect((await shop.ended(2)).state).toBe('rolled-back');
    for (let host = 1; host <= HOSTS; host += 1) expect(shop.world.serving[`production-${host}`]).toMatchObject({ release: 1 });
  });

  it('counts failed hosts and leaves them out across its runs', async () => {
    productionOf(HOSTS, { ...ROLLING, stopAfterFailures: 3 });
    await shop.serves(1);
    for (const host of [1, HOSTS]) shop.world.failing.set(`switchHost production-${host} release 2`, terminal('web answers 503'));
    await shop.promoted(2);
    await changedOver(2);
    const { last } = await shop.environment();
    expect(last?.outcome).toMatchObject({ kind: 'incomplete' });
    const left = last?.outcome.kind === 'incomplete' ? last.outcome.hosts.filter(({ outcome }) => outcome === 'skipped') : [];
    expect(left.map(({ host }) => host)).toEqual(['production-1', `production-${HOSTS}`]);
  });
});

describe('a deployment to more hosts than are begun at once', () => {
  it('prepares, switches and takes back all of them', async () => {
    const many = 130;
    productionOf(many, { kind: 'blue-green' });
    await shop.serves(1);
    shop.world.failing.set(`switchHost production-${many} release 2`, terminal('web answers 503'));
    await shop.promoted(2);
    for (const activity of ['prepareHost', 'startHost', 'switchHost']) expect(new Set(asked(activity, 2)).size).toBe(many);
    expect(new Set(asked('restoreHost', 2)).size).toBe(many);
    for (let host = 1; host <= many; host += 1) expect(shop.world.serving[`production-${host}`]).toMatchObject({ release: 1 });
  });
});
