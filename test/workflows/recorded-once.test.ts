import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import { DEFAULT_BREAK_GLASS, type GlassWish } from '../../domain/break-glass.ts';
import { breakGlassWorkflowId } from '../../domain/workflow-ids.ts';
import { createTemporalEngine } from '../../temporal/temporal-engine.ts';
import { LEDGER_LABS, OpenLedgers } from '../support/ledger-labs.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, PRODUCTION_ALONE, recordOf } from '../support/world/example.ts';

const open = new OpenLedgers();
const [database] = LEDGER_LABS;
let lab: WorkflowLab;
let shop: Shop;
let ledger: LedgerStore;
/** How often each record was begun. */
let attempts: Map<string, number>;

beforeAll(async () => {
  await database?.start();
  lab = await WorkflowLab.start('dev');
});
afterAll(async () => {
  await lab.stop();
  open.closeAll();
  await database?.stop();
});

beforeEach(async () => {
  if (database === undefined) throw new Error('There is no database for ledgers');
  ledger = await open.open(await database.newPlace());
  attempts = new Map();
  shop = lab.application(PRODUCTION_ALONE);
  const { approval, ...policy } = shop.world.policy('production');
  if (approval === undefined) throw new Error('Production asks nobody');
  rules({ ...policy, approval: { ...approval, count: 2 }, protection: { promotion: 'manual' } });
});

function rules(production: ReturnType<Shop['world']['policy']>): void {
  shop.world.policies = { ...shop.world.policies, production };
}

/** Whoever writes a record dies just before it the first time, and just after it the second time. */
function deadly(): void {
  shop.world.keeps = async (entry) => {
    const attempt = (attempts.get(entry.key) ?? 0) + 1;
    attempts.set(entry.key, attempt);
    if (attempt === 1) throw new Error('killed before the record');
    await ledger.append(entry);
    if (attempt === 2) throw new Error('killed after the record');
  };
}

const actions = async () => (await ledger.entries({ limit: 1_000 })).map(({ entry }) => `${entry.action} by ${entry.actor}`);
const everyRecordDied = () => expect([...attempts.values()].filter((count) => count < 3)).toEqual([]);

const promotion = { stage: 'production', person: 'dev', reason: 'now' };
const record = () => recordOf(1, { application: shop.name });

function wish(): GlassWish {
  return {
    id: `break-glass-${shop.name}`,
    ...{ application: shop.name, environment: 'production', release: 1, digests: [digestOf('web-1')] },
    ...{ skips: ['approval'], incident: 'INC-7', reason: 'nobody can pay', by: 'olga', at: new Date().toISOString() },
  };
}

describe('whoever dies between a decision and its record', () => {
  it('loses and doubles neither a promotion by hand, nor a vote, nor its withdrawal, nor what they open', async () => {
    deadly();
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve');
    await shop.vote(1, 'withdraw');
    await Promise.all([lab.engine.promote(record(), promotion, 'by-hand'), shop.vote(1, 'approve'), shop.vote(1, 'approve', 'ron')]);
    expect((await shop.ended(1)).state).toBe('promoted');
    const seen = await actions();
    expect([...seen].sort()).toEqual(
      [
        ...['deployment-started by dev', 'deployment-succeeded by tidegate', 'promotion-requested by dev'],
        ...['stage-passed by tidegate', 'vote by rita', 'vote by rita', 'vote by rita', 'vote by ron'],
      ].sort(),
    );
    everyRecordDied();
    expect(shop.world.askedOfHosts().filter((line) => line.startsWith('switchHost production-1'))).toHaveLength(1);
  });

  it('loses and doubles neither a broken glass nor its ratification, and carries out no consequence', async () => {
    deadly();
    const glass = await lab.engine.breakGlass(wish());
    expect(glass).toMatchObject({ by: 'olga' });
    await lab.engine.ratifyGlass(glass.id, { person: 'rita', reason: 'seen' }, 'ratified');
    await lab.env.client.workflow.getHandle(breakGlassWorkflowId(glass.id)).result();
    expect(await actions()).toEqual(['glass-broken by olga', 'glass-ratified by rita']);
    everyRecordDied();
  });

  it('carries the consequence of a glass that nobody ratified out once, and records it once', async () => {
    const { approval: _, ...policy } = shop.world.policy('production');
    rules({ ...policy, breakGlass: { ...DEFAULT_BREAK_GLASS, ratifyWithinMs: 500 } });
    deadly();
    const { id } = await lab.engine.breakGlass(wish());
    await lab.env.client.workflow.getHandle(breakGlassWorkflowId(id)).result();
    expect(await actions()).toEqual(['glass-broken by olga', 'glass-consequence by tidegate', 'freeze-begun by tidegate']);
    everyRecordDied();
    expect([...shop.world.decisions.values()].filter(({ kind }) => kind === 'freeze')).toHaveLength(1);
  });
});

describe('a server that dies before it has told what was decided', () => {
  /** What the next server, which remembers nothing, answers to the same request; the first one's answer reached nobody. */
  const another = () => createTemporalEngine(lab.env.client, 'the test server');

  it('is asked again under the same key, and the next one finds the vote and the promotion that were taken', async () => {
    shop.world.keeps = (entry) => ledger.append(entry);
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    const vote = { stage: 'production', person: 'rita', decision: 'approve', comment: '' } as const;
    const slow = barrier();
    shop.world.held.set('appendEntry', slow.closed);
    // The first is on its way to the ledger when its server is gone.
    const lost = [lab.engine.vote(shop.name, 1, vote, 'one vote'), lab.engine.promote(record(), promotion, 'one wish')];
    await until(
      async () => shop.world.asked.filter((line) => line === 'appendEntry').length,
      (count) => count === 2,
    );
    const again = [another().vote(shop.name, 1, vote, 'one vote'), another().promote(record(), promotion, 'one wish')];
    slow.open();
    expect(await Promise.all(again)).toEqual(await Promise.all(lost));
    // And once more, long after it was written.
    expect(await another().vote(shop.name, 1, vote, 'one vote')).toMatchObject({ state: 'waiting' });
    expect(await actions()).toEqual(expect.arrayContaining(['vote by rita', 'promotion-requested by dev']));
    expect(await actions()).toHaveLength(2);
  });

  it('has broken the glass once, also where all of it was over before somebody asked again', async () => {
    shop.world.keeps = (entry) => ledger.append(entry);
    const asked = wish();
    const glass = await lab.engine.breakGlass(asked);
    expect(await another().breakGlass(asked)).toEqual(glass);
    await lab.engine.ratifyGlass(glass.id, { person: 'rita', reason: 'seen' }, 'ratified');
    await lab.env.client.workflow.getHandle(breakGlassWorkflowId(glass.id)).result();
    expect(await another().breakGlass(asked)).toMatchObject({ id: glass.id, by: 'olga', ratified: { by: 'rita' } });
    expect(await actions()).toEqual(['glass-broken by olga', 'glass-ratified by rita']);
  });
});
