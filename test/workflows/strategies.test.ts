import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Strategy } from '../../domain/pipeline.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
});

/** Production of as many hosts, in zones where they are given, deployed by the strategy. */
function productionOf(strategy: Strategy, count: number, zones: readonly string[] = []): void {
  const hosts = Array.from({ length: count }, (_, index) => {
    const zone = zones[index];
    return { name: `production-${index + 1}`, site: 'default', ...(zone !== undefined && { labels: { zone } }) };
  });
  const { production } = shop.world.policies;
  if (production === undefined) throw new Error('the world has a production');
  shop.world.policies = { ...shop.world.policies, production: { ...production, hosts } };
  const stages = shop.world.pipeline.stages.map((stage) =>
    stage.kind === 'deploy' && stage.name === 'production' ? { ...stage, strategy } : stage,
  );
  shop.world.pipeline = { ...shop.world.pipeline, stages };
}

const asked = (what: string, release: number): string[] =>
  shop.world.asked
    .filter((line) => line.startsWith(`${what} production`) && line.endsWith(`release ${release}`))
    .map((line) => line.split(' ')[1] ?? '');
const runs = (): (number | undefined)[] => [1, 2, 3, 4].map((number) => shop.world.serving[`production-${number}`]?.release);

describe('a rolling deployment', () => {
  it('has at most so many hosts in flight, and begins with the next one as soon as one is done', async () => {
    productionOf({ kind: 'rolling', batch: 4, maxInFlight: 2 }, 4);
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(1);
    await until(
      async () => asked('switchHost', 1),
      (hosts) => hosts.length === 4,
    );
    expect(shop.world.serving['production-1']).toBeUndefined();
    slow.open();
    expect((await shop.ended(1)).state).toBe('promoted');
  });

  it('keeps to its maximum while nothing ends', async () => {
    productionOf({ kind: 'rolling', batch: 4, maxInFlight: 2 }, 4);
    const slow = barrier();
    for (const host of [1, 2]) shop.world.held.set(`switchHost production-${host}`, slow.closed);
    await shop.approved(1);
    await until(
      async () => asked('switchHost', 1),
      (hosts) => hosts.length === 2,
    );
    await shop.environment();
    // Two that are at work at once begin in any order.
    expect(new Set(asked('switchHost', 1))).toEqual(new Set(['production-1', 'production-2']));
    expect(asked('switchHost', 1)).toHaveLength(2);
    slow.open();
    await shop.ended(1);
    expect(asked('switchHost', 1)).toHaveLength(4);
  });

  it('finishes one zone before the next', async () => {
    productionOf({ kind: 'rolling', batch: 1, orderBy: 'zone' }, 4, ['south', 'north', 'south', 'north']);
    await shop.promoted(1);
    expect(asked('switchHost', 1)).toEqual(['production-1', 'production-3', 'production-2', 'production-4']);
  });

  it('shows whoever is to approve it the hosts in the order in which it goes through them', async () => {
    productionOf({ kind: 'rolling', batch: 1, orderBy: 'zone' }, 4, ['south', 'north', 'south', 'north']);
    await shop.start(1);
    const { stages } = await shop.reached(1, 'production', 'waiting');
    const state = stages.find(({ name }) => name === 'production')?.state;
    const plan = state?.kind === 'waiting' ? state.plan : undefined;
    expect(plan?.hosts.map(({ host }) => host)).toEqual(['production-1', 'production-3', 'production-2', 'production-4']);
    expect(plan?.strategy).toBe('rolling, 1 host at a time, one zone after the other');
  });

  it('leaves out a host that fails where the stage suffers it, puts it back, and is no success', async () => {
    productionOf({ kind: 'rolling', batch: 1, stopAfterFailures: 2 }, 3);
    await shop.serves(1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503 on production-2'));
    const status = await shop.promoted(2);
    expect(status.state).toBe('incomplete');
    expect(stageOf(status, 'production')).toMatchObject({
      kind: 'incomplete',
      reason: expect.stringMatching(/^Left out: production-2 \(web answered 503 on production-2/),
      hosts: [{ outcome: 'switched' }, { host: 'production-2', outcome: 'skipped' }, { outcome: 'switched' }],
    });
    expect(runs().slice(0, 3)).toEqual([2, 1, 2]);
    expect(shop.world.statuses.at(-1)).toMatchObject({ state: 'failure', description: expect.stringContaining('Incomplete') });
    expect(shop.world.ledger.map(({ action }) => action)).toEqual(expect.arrayContaining(['deployment-incomplete', 'stage-incomplete']));
    expect(shop.world.passes.get(`${shop.name}/2`) ?? []).toEqual([]);
    expect(await shop.environment()).toMatchObject({
      current: { release: { number: 2 } },
      behind: [{ host: 'production-2', outcome: 'skipped', runs: 1 }],
    });
  });

  it('goes back everywhere when as many failed as the stage names, and those that were left out are back already', async () => {
    productionOf({ kind: 'rolling', batch: 1, stopAfterFailures: 2 }, 4);
    await shop.serves(1);
    for (const host of [1, 3]) shop.world.failing.set(`switchHost production-${host} release 2`, terminal(`no luck on ${host}`));
    const status = await shop.promoted(2);
    expect(stageOf(status, 'production')).toMatchObject({
      kind: 'rolled-back',
      reason: 'no luck on 3',
      hosts: [{ outcome: 'restored' }, { outcome: 'restored' }, { outcome: 'restored' }, { outcome: 'untouched' }],
    });
    expect(runs()).toEqual([1, 1, 1, 1]);
    const restored = asked('restoreHost', 2);
    expect(restored).toHaveLength(4);
    expect(new Set(restored)).toEqual(new Set(['production-1', 'production-2', 'production-3', 'production-4']));
    expect(asked('switchHost', 2)).not.toContain('production-4');
    expect((await shop.environment()).behind).toEqual([]);
  });

  it('goes back at the first failure where the environment suffers none, whatever the stage would', async () => {
    productionOf({ kind: 'rolling', batch: 1, stopAfterFailures: 3 }, 3);
    const { production } = shop.world.policies;
    if (production === undefined) throw new Error('the world has a production');
    shop.world.policies = { ...shop.world.policies, production: { ...production, stopAfterFailures: 1 } };
    await shop.serves(1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('no luck on 2'));
    const planned = await lab.engine.plan(shop.name, 1, 'production');
    expect(planned).toMatchObject({ plan: { strategy: 'rolling, 1 host at a time' } });
    expect(stageOf(await shop.promoted(2), 'production')).toMatchObject({ kind: 'rolled-back', reason: 'no luck on 2' });
    expect(runs().slice(0, 3)).toEqual([1, 1, 1]);
  });

  it('goes back when no host is left that the release runs on', async () => {
    productionOf({ kind: 'rolling', batch: 1, stopAfterFailures: 5 }, 2);
    await shop.serves(1);
    shop.world.failing.set('switchHost production-1 release 2', terminal('no luck'));
    shop.world.failing.set('prepareHost production-2 release 2', terminal('no space'));
    expect(stageOf(await shop.promoted(2), 'production')).toMatchObject({
      kind: 'rolled-back',
      reason: expect.stringContaining('No host runs the release'),
    });
    expect(runs().slice(0, 2)).toEqual([1, 1]);
    expect(asked('switchHost', 2)).toEqual(['production-1']);
  });

  it('brings a host that was left out to the release when the stage is done again', async () => {
    productionOf({ kind: 'rolling', batch: 1, stopAfterFailures: 2 }, 2);
    await shop.serves(1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('not now'));
    await shop.promoted(2);
    shop.world.failing.clear();
    await lab.engine.promote((await shop.status(2)).release, { stage: 'production', person: 'dev', reason: 'again' }, `${shop.name}-again`);
    await shop.reached(2, 'production', 'waiting');
    await shop.vote(2, 'approve');
    expect((await shop.ended(2)).state).toBe('promoted');
    expect(runs().slice(0, 2)).toEqual([2, 2]);
    expect((await shop.environment()).behind).toEqual([]);
  });

  it('returns a host that was left out to what it ran, and not to what the others ran', async () => {
    productionOf({ kind: 'rolling', batch: 2, stopAfterFailures: 2 }, 2);
    await shop.serves(1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('not now'));
    await shop.promoted(2);
    productionOf({ kind: 'rolling', batch: 2 }, 2);
    shop.world.failing.set('switchHost production-1 release 3', terminal('never'));
    expect((await shop.promoted(3)).state).toBe('rolled-back');
    expect(runs().slice(0, 2)).toEqual([2, 1]);
    expect((await shop.environment()).behind).toMatchObject([{ host: 'production-2', runs: 1 }]);
  });
});

describe('a blue-green deployment', () => {
  it('moves requests on no host before the release is proved on all, and then on all', async () => {
    productionOf({ kind: 'blue-green' }, 3);
    const slow = barrier();
    shop.world.held.set('startHost production-3', slow.closed);
    await shop.approved(1);
    await until(
      async () => asked('startHost', 1),
      (hosts) => hosts.length === 3,
    );
    expect(asked('switchHost', 1)).toEqual([]);
    expect((await shop.environment()).running?.progress).toMatchObject({ phase: 'starting' });
    slow.open();
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(asked('switchHost', 1)).toHaveLength(3);
  });

  it('moves requests nowhere when one host cannot prove the release, and clears away what was started', async () => {
    productionOf({ kind: 'blue-green' }, 3);
    await shop.serves(1);
    shop.world.failing.set('startHost production-2 release 2', terminal('web never got healthy'));
    expect(stageOf(await shop.promoted(2), 'production')).toMatchObject({ kind: 'rolled-back', reason: 'web never got healthy' });
    expect(asked('switchHost', 2)).toEqual([]);
    expect(asked('restoreHost', 2)).toHaveLength(3);
    expect(runs().slice(0, 3)).toEqual([1, 1, 1]);
  });
});

describe('a deployment that stops the old version first', () => {
  it('says so while it waits for approval', async () => {
    shop = lab.application();
    productionOf({ kind: 'recreate', batch: 1 }, 2);
    await shop.start(1);
    const status = await shop.reached(1, 'production', 'waiting');
    expect(status.stages.find(({ name }) => name === 'production')?.warning).toMatch(/nobody is answered meanwhile/);
    expect(status.stages.find(({ name }) => name === 'staging')?.warning).toBeUndefined();
    await shop.vote(1, 'approve');
    expect((await shop.ended(1)).state).toBe('promoted');
  });
});
