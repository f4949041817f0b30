import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BreakGlassRules, GlassWish } from '../../domain/break-glass.ts';
import { DEFAULT_BREAK_GLASS } from '../../domain/break-glass.ts';
import { breakGlassWorkflowId, deploymentWorkflowId } from '../../domain/workflow-ids.ts';
import type { EndOfGlass } from '../../workflows/break-glass.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;
let broken = 0;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
});

/** By rules of the environment's owners. */
function rules(more: Partial<BreakGlassRules>): void {
  const { approval: _, ...policy } = shop.world.policy('production');
  const production = { ...policy, breakGlass: { ...DEFAULT_BREAK_GLASS, ...more } };
  shop.world.policies = { ...shop.world.policies, production };
}

function wish(release = 2): GlassWish {
  broken += 1;
  return {
    id: `break-glass-${shop.name}-${broken}`,
    ...{ application: shop.name, environment: 'production', release, digests: [digestOf(`web-${release}`)] },
    ...{ skips: ['approval', 'freeze'], incident: 'INC-7', reason: 'nobody can pay', by: 'olga', at: new Date().toISOString() },
  };
}

const ended = (id: string): Promise<EndOfGlass> => lab.env.client.workflow.getHandle(breakGlassWorkflowId(id)).result();
const frozen = () => [...shop.world.decisions.values()].filter(({ kind }) => kind === 'freeze');
const includes = (one: string) => (all: readonly string[]) => all.includes(one);
const hasAsked = (what: string) => until(async () => shop.world.asked, includes(what));
const actions = () => shop.world.ledger.map(({ action, actor }) => `${action} by ${actor}`);

describe('broken glass', () => {
  it('is written down before anything else, told at once, and ratified by a second person alone, once', async () => {
    rules({});
    const asked = wish();
    const ledger = barrier();
    shop.world.held.set('appendEntry', ledger.closed);
    const breaking = lab.engine.breakGlass(asked);
    await until(
      async () => shop.world.asked,
      (seen) => seen.includes('appendEntry'),
    );
    expect([shop.world.decisions.size, shop.world.notices.length]).toEqual([0, 0]);
    ledger.open();
    expect(await breaking).toMatchObject({ kind: 'break-glass', id: asked.id, skips: ['approval', 'freeze'], consequence: 'freeze' });
    // Asked again, it is the same.
    expect(await lab.engine.breakGlass({ ...asked, reason: 'another' })).toMatchObject({ reason: 'nobody can pay' });
    await until(
      async () => shop.world.notices,
      (notices) => notices.length === 1,
    );
    expect(shop.world.notices).toMatchObject([{ event: 'glass-broken', summary: expect.stringContaining('olga lets release 2') }]);
    const ratify = (person: string, id = person) => lab.engine.ratifyGlass(asked.id, { person, reason: 'seen' }, id);
    await expect(ratify('olga')).rejects.toThrow('olga broke the glass and cannot ratify it');
    expect(shop.world.decisions.get(asked.id)).not.toHaveProperty('ratified');
    expect(await ratify('rita')).toMatchObject({ ratified: { by: 'rita' } });
    expect(await ended(asked.id)).toMatchObject({ glass: { ratified: { by: 'rita' } } });
    expect(actions()).toEqual(['glass-broken by olga', 'glass-ratified by rita']);
    expect(shop.world.notices.map(({ event }) => event)).toEqual(['glass-broken', 'glass-ratified']);
    expect([...shop.world.decisions.keys()]).toEqual([asked.id]);
  });

  it('is followed by a freeze where nobody ratifies it in time, though nobody takes the notice', async () => {
    rules({ ratifyWithinMs: 1_500, freezeMs: 3_600_000 });
    shop.world.failing.set('sendNotice glass-broken', () => new Error('503'));
    const asked = wish();
    const glass = await lab.engine.breakGlass(asked);
    await until(
      async () => [...shop.world.decisions.values()],
      (all) => all.some(({ kind }) => kind === 'freeze'),
    );
    const [freeze] = shop.world.decisions.values();
    expect(freeze).toMatchObject({
      kind: 'freeze',
      scope: { application: shop.name, environment: 'production' },
      owner: 'olga',
      by: 'tidegate',
    });
    expect(actions()).toEqual(['glass-broken by olga', 'glass-consequence by tidegate', 'freeze-begun by tidegate']);
    expect(shop.world.ledger[1]?.reason).toContain(`was not ratified until ${glass.ratifyBy}: freeze`);
    await expect(lab.engine.ratifyGlass(asked.id, { person: 'rita', reason: '' }, 'late')).rejects.toThrow();
    shop.world.failing.clear();
    expect(await ended(asked.id)).toMatchObject({ consequence: expect.stringContaining('production is frozen until') });
  });

  it('is followed by a rollback where the owners say so, of this release alone', async () => {
    rules({ ratifyWithinMs: 1_000, consequence: 'rollback' });
    await shop.serves(1);
    await shop.start(2);
    await shop.ended(2);
    const other = wish(1);
    await lab.engine.breakGlass(other);
    expect(await ended(other.id)).toMatchObject({ consequence: expect.stringContaining('it is not rolled back') });
    expect((await shop.environment()).current?.release.number).toBe(2);
    const asked = wish(2);
    await lab.engine.breakGlass(asked);
    expect(await ended(asked.id)).toMatchObject({ consequence: 'production returns to release 1' });
    await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    expect((await shop.environment()).last).toMatchObject({ person: 'tidegate', reason: expect.stringContaining('INC-7') });
    expect([...shop.world.decisions.values()].filter(({ kind }) => kind === 'freeze')).toEqual([]);
    expect(shop.world.notices.map(({ event }) => event)).not.toContain('glass-rollback-failed');
  });

  it.each([
    ['there is nothing to go back to', 1, undefined, 'cannot roll back'],
    ['what it goes back to is not healthy', 2, 'switchHost production-1 release 1', 'never healthy'],
    ['what it goes back to is not trusted', 2, 'trust', 'may not come back'],
  ])('is followed by a freeze where the rollback is refused, as %s', async (_, releases, failing, why) => {
    rules({ ratifyWithinMs: 1_000, consequence: 'rollback', freezeMs: 3_600_000 });
    await shop.serves(1);
    if (releases === 2) {
      await shop.start(2);
      await shop.ended(2);
    }
    if (failing === 'trust') {
      const production = { ...shop.world.policy('production'), protection: { trust: 'signed' }, trust: { signed: 'r1' } };
      shop.world.policies = { ...shop.world.policies, production };
      shop.world.trusts = async () => ({ trusted: false, reason: 'web lacks a signature', revision: 'r1' });
    } else if (failing !== undefined) shop.world.failing.set(failing, terminal('never healthy'));
    const asked = wish(releases);
    await lab.engine.breakGlass(asked);
    expect((await ended(asked.id)).consequence).toMatch(new RegExp(`${why}.*; production is frozen until`));
    expect((await shop.environment()).current?.release.number).toBe(releases);
    const kept = [...shop.world.decisions.values()];
    expect(kept.filter(({ kind }) => kind === 'freeze')).toMatchObject([
      { scope: { application: shop.name, environment: 'production' }, by: 'tidegate', reason: expect.stringContaining(why) },
    ]);
    expect(actions().filter((action) => /consequence|freeze|failed|rolled-back/.test(action))).toEqual([
      'glass-consequence by tidegate',
      ...(failing === undefined ? [] : [expect.stringMatching(/^deployment-(failed|rolled-back) by tidegate$/)]),
      'freeze-begun by tidegate',
    ]);
    const told = shop.world.notices.at(-1);
    expect(told).toMatchObject({ event: failing === undefined ? 'glass-not-ratified' : 'glass-rollback-failed' });
    expect(told?.summary).toMatch(/production is frozen until/);
  });

  it.each(['the glass', 'a person'])('is told how its rollback ended though two ask for one, first %s', async (first) => {
    rules({ ratifyWithinMs: 1, consequence: 'rollback' });
    await shop.serves(1);
    const [slow, back] = [barrier(), barrier()];
    shop.world.held.set('switchHost production-1', slow.closed);
    shop.world.held.set('restoreHost production-1', back.closed);
    await shop.start(2);
    await hasAsked('switchHost production-1 release 2');
    const asked = wish(2);
    if (first === 'a person') await shop.rollback();
    await lab.engine.breakGlass(asked);
    await until(async () => actions(), includes('rollback-requested by tidegate'));
    if (first === 'the glass') await shop.rollback();
    slow.open();
    back.open();
    expect(await ended(asked.id)).toMatchObject({ consequence: 'production returns to release 1' });
    expect(frozen()).toEqual([]);
    expect((await shop.environment()).current?.release.number).toBe(1);
  });

  it('joins a rollback that a person, or another broken glass, has begun, and freezes nothing', async () => {
    rules({ ratifyWithinMs: 1, consequence: 'rollback' });
    await shop.serves(1);
    await shop.start(2);
    await shop.ended(2);
    const back = barrier();
    shop.world.held.set('switchHost production-1', back.closed);
    await shop.rollback();
    const both = [wish(2), wish(2)];
    for (const asked of both) await lab.engine.breakGlass(asked);
    const orders = () => actions().filter((action) => action === 'rollback-requested by tidegate').length;
    await until(
      async () => orders(),
      (count) => count === both.length,
    );
    back.open();
    for (const { id } of both) expect(await ended(id)).toMatchObject({ consequence: 'production returns to release 1' });
    expect(frozen()).toEqual([]);
    expect(shop.world.notices.map(({ event }) => event)).not.toContain('glass-rollback-failed');
    expect((await shop.environment()).generation).toBe(3);
  });

  it('is told of the rollback that puts right what a deployment left that was ended from outside', async () => {
    rules({ ratifyWithinMs: 1, consequence: 'rollback', freezeMs: 3_600_000 });
    await shop.serves(1);
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    shop.world.held.set('restoreHost production-1', slow.closed);
    await shop.start(2);
    await hasAsked('switchHost production-1 release 2');
    const asked = wish(2);
    await lab.engine.breakGlass(asked);
    await until(async () => actions(), includes('rollback-requested by tidegate'));
    shop.world.failing.set('switchHost production-1 release 1', terminal('never healthy'));
    await lab.env.client.workflow.getHandle(deploymentWorkflowId(shop.name, 'production', 2)).terminate();
    slow.open();
    expect((await ended(asked.id)).consequence).toMatch(/never healthy.*; production is frozen until/);
    expect(frozen()).toHaveLength(1);
  });
});
